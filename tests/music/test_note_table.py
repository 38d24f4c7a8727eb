"""Cutting a piece where its tempo or metre changes, and metres there are not."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from note_seq import sequences_lib
from note_seq.protobuf import music_pb2

from base_vae.music.note_table import split_on_changes, steps_per_bar
from base_vae.music.piece import Piece

CHORD_SYMBOL = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL
TIMES = st.integers(0, 12).map(lambda step: step / 3)


@st.composite
def sequences(draw):
    """Music in which everything changes everywhere, before and after its end too."""
    sequence = music_pb2.NoteSequence(filename="a.mid", ticks_per_quarter=220)
    for time in draw(st.lists(TIMES, max_size=4)):
        sequence.tempos.add(time=time, qpm=draw(st.sampled_from([60.0, 120.0, 97.3])))
    for time in draw(st.lists(TIMES, max_size=3)):
        numerator = draw(st.sampled_from([3, 4]))
        sequence.time_signatures.add(time=time, numerator=numerator, denominator=4)
    for time in draw(st.lists(TIMES, max_size=3)):
        sequence.key_signatures.add(time=time, key=draw(st.integers(0, 11)))
    for time in draw(st.lists(TIMES, max_size=3)):
        text = draw(st.sampled_from(["C", "Am", "G7"]))
        sequence.text_annotations.add(time=time, text=text, annotation_type=CHORD_SYMBOL)
    for time in draw(st.lists(TIMES, max_size=8)):
        note = sequence.notes.add(start_time=time, end_time=time + draw(TIMES), velocity=90)
        note.pitch, note.is_drum = draw(st.integers(0, 127)), draw(st.booleans())
    sequence.total_time = draw(TIMES)
    return sequence


@given(sequences())
def test_the_parts_are_note_seqs(sequence):
    expected = sequences_lib.split_note_sequence_on_time_changes(sequence)
    found = split_on_changes(Piece.from_sequence(sequence))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, map(Piece.from_sequence, expected), strict=True):
        for field in dataclasses.fields(Piece):
            a, b = getattr(ours, field.name), getattr(theirs, field.name)
            np.testing.assert_array_equal(a, b, err_msg=field.name)


@pytest.mark.parametrize(
    ("metre", "steps"), [((4, 4), 16), ((2, 2), 16), ((6, 8), 12), ((3, 3), 0), ((4, 0), 0), ((0, 4), 0)]
)
def test_steps_in_a_bar(metre, steps):
    sequence = music_pb2.NoteSequence()
    sequence.time_signatures.add(numerator=metre[0], denominator=metre[1])
    assert steps_per_bar(Piece.from_sequence(sequence), 4) == steps
