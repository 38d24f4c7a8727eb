"""Measurements: conformance with the original, training speed, likeness of personal models."""
