"""Melody, bass and drums."""
