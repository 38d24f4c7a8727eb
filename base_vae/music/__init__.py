"""Music as arrays: pieces, notes, the musical grid, chords and sound."""
