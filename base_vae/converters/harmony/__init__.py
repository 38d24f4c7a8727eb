"""Chords and keys as controls."""
