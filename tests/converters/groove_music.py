"""Small grooves, as notes and as arrays."""

import numpy as np
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from base_vae.converters import GrooveConverter

CONVERTER = GrooveConverter(inference_pitch_classes="REDUCED")
SPLIT = GrooveConverter(split_instruments=True, hits_as_controls=True)
BINS = GrooveConverter(num_velocity_bins=8, num_offset_bins=5)
SPLIT_BINS = GrooveConverter(split_instruments=True, num_velocity_bins=4, num_offset_bins=8)
KICK, SNARE, HAT, RIM = 36, 38, 42, 37  # RIM is a snare


def sequence_of(hits, **fields):
    """Drums (pitch, start, velocity) with starts in sixteenths at 120 quarters a minute."""
    sequence = music_pb2.NoteSequence()
    sequence.tempos.add(qpm=120)
    for pitch, start, velocity in hits:
        note = sequence.notes.add(
            pitch=pitch, start_time=start / 8, end_time=start / 8 + 0.05, velocity=velocity, is_drum=True
        )
        for name, value in fields.items():
            setattr(note, name, value)
    sequence.total_time = max((note.end_time for note in sequence.notes), default=0)
    return sequence


def groove_of(*hits):
    """An array [1, 32, 9, 3] of hits (step, drum, velocity, offset)."""
    array = np.zeros((1, 32, 9, 3), np.float32)
    for step, drum, velocity, offset in hits:
        array[0, step, drum] = 1, velocity, offset
    return array


HITS = st.tuples(st.integers(0, 31), st.integers(0, 8), st.floats(0, 1), st.floats(-1, 1))
GROOVES = st.lists(HITS, max_size=30).map(lambda hits: groove_of(*hits)[0])
