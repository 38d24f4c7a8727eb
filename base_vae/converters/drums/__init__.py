"""Drum patterns."""
