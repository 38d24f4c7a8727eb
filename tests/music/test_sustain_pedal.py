"""The pedal holds notes as note-seq says."""

import collections

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from note_seq import sequences_lib

from base_vae.converters.multitrack.bars import parts_of_one_tempo, with_pedal
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece

TIMES = st.integers(0, 24).map(lambda sixteenth: sixteenth / 8)
NOTES = st.tuples(
    TIMES, st.integers(1, 12), st.sampled_from([60, 61]), st.integers(1, 3), st.integers(0, 1), st.booleans()
)
PEDALS = st.tuples(TIMES, st.sampled_from([0, 63, 64, 127]), st.integers(0, 1))


@st.composite
def sequences(draw, tempos: bool) -> NoteSequence:
    sequence = NoteSequence()
    for start, length, pitch, velocity, instrument, is_drum in draw(st.lists(NOTES, min_size=1, max_size=12)):
        end = start + length / 8
        sequence.notes.add(
            pitch=pitch,
            velocity=velocity,
            start_time=start,
            end_time=end,
            instrument=instrument,
            is_drum=is_drum,
        )
        sequence.total_time = max(sequence.total_time, end)
    for time, value, instrument in draw(st.lists(PEDALS, min_size=1, max_size=8)):
        sequence.control_changes.add(time=time, control_number=64, control_value=value, instrument=instrument)
    for time in draw(st.lists(TIMES, max_size=3)) if tempos else []:
        sequence.tempos.add(time=time, qpm=100 + 10 * time)
    return sequence


def assert_same(piece: Piece, sequence: NoteSequence) -> None:
    expected = Piece.from_sequence(sequence)
    for name in ("pitch", "velocity", "start", "end", "instrument", "is_drum"):
        np.testing.assert_array_equal(getattr(piece, name), getattr(expected, name))
    assert piece.total_time == expected.total_time


@given(sequences(tempos=False))
def test_the_pedal_holds_what_note_seq_holds(sequence: NoteSequence) -> None:
    assert_same(with_pedal(sequence), sequences_lib.apply_sustain_control_changes(sequence))


@given(sequences(tempos=True))
def test_a_pedal_stays_down_over_a_change_of_tempo(sequence: NoteSequence) -> None:
    parts = parts_of_one_tempo(sequence, collections.Counter())
    expected = sequences_lib.split_note_sequence_on_time_changes(sequence)
    for part, split in zip(parts, expected, strict=True):
        assert_same(part, sequences_lib.apply_sustain_control_changes(split))
