"""Common to written scores: the order and the sound of what is notated."""
