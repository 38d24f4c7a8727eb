"""The parts of the command `attribute_vectors`."""
