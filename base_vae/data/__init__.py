"""Music files to NoteSequences to arrays to batches."""
