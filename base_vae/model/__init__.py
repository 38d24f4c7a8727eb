"""The network: layers, encoders, decoders and the MusicVAE made of them."""
