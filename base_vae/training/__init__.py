"""Training a MusicVAE: steps, runs, devices and evaluation."""
