"""Configurations of a MusicVAE: presets and files."""
