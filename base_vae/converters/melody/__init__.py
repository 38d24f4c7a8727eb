"""Melodies."""
