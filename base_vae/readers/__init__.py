"""Files of music to pieces: MIDI, ABC, MusicXML and TFRecords."""
