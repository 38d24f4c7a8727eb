"""Translation of one style of music into another."""
