"""What written scores share: the order and the sound of what is notated."""
