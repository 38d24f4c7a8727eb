"""Critics and actors that steer a trained model (Engel et al. 2018, arXiv:1711.05772): to be written."""
