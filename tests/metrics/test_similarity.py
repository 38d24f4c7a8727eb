"""Copies and self-similarity, counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.metrics.similarity import NEAR, OCTAVE, Onsets, nearest, self_similarity, similarities
from tests.countable_pieces import piece, together

SCALE = [(i / 2, 0.5, 60 + 2 * i) for i in range(10)]


def onsets(*pieces, steps=32):
    return Onsets.of(pieces, 4, steps)


def moved(notes, semitones):
    return [(start, length, pitch + semitones) for start, length, pitch in notes]


def test_similarity_by_hand():
    a = piece((0, 1, 60), (1, 1, 62), (2, 1, 64))
    b = piece((0, 2, 60), (1, 1, 63), (2, 0.5, 64), (3, 1, 65))  # shares the first and the third note of a
    found = similarities(onsets(a, b, piece()), onsets(a, b, piece()))
    assert found == pytest.approx(np.array([[1, 4 / 7, 0], [4 / 7, 1, 0], [0, 0, 1]]))


def test_transposed_is_the_same_only_where_that_is_tried():
    up = onsets(piece(*moved(SCALE, 7)))
    here = onsets(piece(*SCALE))
    assert similarities(up, here)[0, 0] < 0.3
    assert similarities(up, here, OCTAVE)[0, 0] == 1
    assert similarities(onsets(piece(*moved(SCALE, 13))), here, OCTAVE)[0, 0] < 1


def test_drums_are_not_transposed():
    beat = [(0, 0.25, 36), (1, 0.25, 38)]
    other = onsets(piece(*moved(beat, 2), is_drum=True))
    assert similarities(onsets(piece(*beat, is_drum=True)), other, OCTAVE)[0, 0] == 0
    assert similarities(onsets(piece(*beat)), onsets(piece(*beat, is_drum=True)), OCTAVE)[0, 0] == 0
    both = together(piece(*beat, is_drum=True), piece(*SCALE))
    above = together(piece(*beat, is_drum=True), piece(*moved(SCALE, -3)))
    assert similarities(onsets(above), onsets(both), OCTAVE)[0, 0] == 1


def test_the_nearest_and_what_counts_as_near():
    changed = [*SCALE[:9], (4.5, 0.5, 50)]  # one note of ten
    two = [*SCALE[:8], (4, 0.5, 49), (4.5, 0.5, 50)]
    training = onsets(piece((0, 4, 60)), piece(*SCALE), piece())
    alike, number = nearest(onsets(*(piece(*notes) for notes in (changed, two, moved(SCALE, 5)))), training)
    assert alike == pytest.approx([0.9, 0.8, 1.0]) and number.tolist() == [1, 1, 1]
    assert (alike >= NEAR - 1e-6).tolist() == [True, False, True]


def test_chunks_change_nothing():
    rng = np.random.default_rng(0)
    pieces = [
        piece(*((i, 1, pitch) for i, pitch in enumerate(rng.integers(55, 70, rng.integers(1, 8)))))
        for _ in range(150)
    ]
    some = onsets(*pieces)
    alike, number = nearest(some, some, transpositions=(0,))
    assert np.all(alike == 1)
    whole = similarities(some, some)
    assert np.all(whole[np.arange(150), number] == 1)
    np.testing.assert_array_equal(similarities(some.part(100, 200), some), whole[100:])


def test_within_a_piece_and_between_pieces():
    bar = [(0, 1, 60), (1, 1, 62)]
    same = [*bar, *((start + 4, length, pitch) for start, length, pitch in bar)]
    half = [*bar, (4, 1, 60), (6, 1, 62)]
    found = self_similarity(onsets(piece(*same), piece(*half), piece(*same)), bar=16)
    assert found.bars == pytest.approx((1 + 0.5 + 1) / 3)
    assert found.pieces == pytest.approx((6 / 8 + 1 + 6 / 8) / 3)  # same and half share three of four notes
    assert found.nearest == pytest.approx((1 + 6 / 8 + 1) / 3)
    alone = self_similarity(onsets(piece(*bar), steps=16), bar=16)
    assert (alone.pieces, alone.nearest, alone.bars) == (None, None, None)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 7), st.just(1), st.integers(50, 70)), max_size=6),
        min_size=1,
        max_size=4,
    )
)
def test_what_similarity_promises(tunes):
    found = onsets(*(piece(*notes) for notes in tunes))
    alike = similarities(found, found)
    np.testing.assert_allclose(alike, alike.T)
    assert np.all(np.diag(alike) == 1) and np.all((alike >= 0) & (alike <= 1))
    assert np.all(similarities(found, found, OCTAVE) >= alike)
    sets = [{(start, pitch) for start, _, pitch in notes} for notes in tunes]
    for i, a in enumerate(sets):
        for j, b in enumerate(sets):
            expected = 2 * len(a & b) / (len(a) + len(b)) if a or b else 1
            assert alike[i, j] == pytest.approx(expected)
