"""Beats are found where the notes are, and nothing is moved without good reason."""

import dataclasses

import numpy as np
import pytest
from note_seq.protobuf import music_pb2

from base_vae.music.beats import align_to_beats
from base_vae.music.musical_grid import to_musical_grid
from base_vae.music.note_table import note_table
from base_vae.music.piece import Piece


def tune(starts, numerator=4):
    """Notes of a sixteenth that start at these steps, at 120 quarters a minute."""
    sequence = music_pb2.NoteSequence(total_time=(max(starts) + 1) / 8)
    sequence.time_signatures.add(numerator=numerator, denominator=4)
    for start in starts:
        sequence.notes.add(pitch=60, velocity=80, start_time=start / 8, end_time=(start + 1) / 8)
    return to_musical_grid(Piece.from_sequence(sequence))


@pytest.mark.parametrize("pickup", [1, 2, 3])
def test_a_pickup_ends_the_bar_before_the_first_beat(pickup):
    starts = [0, *(pickup + 4 * i for i in range(40))]
    found = note_table(align_to_beats(tune(starts)), 4).start
    np.testing.assert_array_equal(found[1:] % 4, 0)
    assert found[0] == 16 - pickup
    assert found[1] == 16


@pytest.mark.parametrize(
    ("starts", "numerator"),
    [
        ([4 * i for i in range(40)], 4),
        ([*range(0, 160, 4), *range(2, 160, 4), *range(2, 100, 8)], 4),  # syncopated, but not off the grid
        ([2 + 4 * i for i in range(40)], 3),  # another metre
        ([2 + 4 * i for i in range(10)], 4),  # too short to tell
    ],
    ids=["in place", "syncopated", "3/4", "short"],
)
def test_nothing_is_moved_without_good_reason(starts, numerator):
    piece = tune(starts, numerator)
    assert align_to_beats(piece) is piece


def test_the_rest_of_the_piece_comes_along():
    piece = tune([2 + 4 * i for i in range(40)])
    piece = dataclasses.replace(piece, keys=np.array([[0.5, 7.0]]), chords=((1.0, "Am"),))
    moved = align_to_beats(piece)
    assert moved.total_time == pytest.approx(piece.total_time + 14 / 8)
    assert moved.metres.tolist() == [[0, 4, 4]]
    assert moved.keys.tolist() == [[pytest.approx(0.5 + 14 / 8), 7.0]]
    assert moved.chords == ((pytest.approx(1.0 + 14 / 8), "Am"),)
    assert piece.start[0] == pytest.approx(2 / 8)
