"""LCMusicVAE: a small latent space with a decoder of its own."""
