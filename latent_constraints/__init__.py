"""Steering a trained model after training (Engel et al. 2018, arXiv:1711.05772)."""
