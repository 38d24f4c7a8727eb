"""Checkpoints of the original MusicVAE, both ways."""
