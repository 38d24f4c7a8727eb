"""The report of `music_vae_train` and `latent_plot`: music and pictures."""
