"""LSTMs for every device and size, and their parts."""
