"""LSTMs for every device and size, and what they are built from."""
