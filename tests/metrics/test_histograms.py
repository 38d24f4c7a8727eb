"""Figures about music, on music simple enough to count by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from base_vae.metrics import (
    active_units,
    copy_rate,
    distinct_rate,
    histograms,
    overlap_area,
    silent_share,
)
from tests.tiny_models import melodies

C4 = 60 - 21 + 2


def melody(*events):
    """Pairs (step, id) in 32 steps."""
    array = np.zeros((1, 32), np.uint8)
    for step, event in events:
        array[0, step] = event
    return array


def test_histograms_by_hand():
    found = histograms(melody((0, C4), (4, C4 + 4), (6, 1), (16, C4 + 4 - 24)))
    assert found["pitch_class"][[0, 4]] == pytest.approx([1 / 3, 2 / 3])
    assert found["interval"][[12 + 4, 0]] == pytest.approx([0.5, 0.5])  # two octaves down count as one
    assert found["note_length"][[3, 1, 15]] == pytest.approx([1 / 3] * 3)  # 4, 2 and 16 steps
    assert found["onset_position"][[0, 4]] == pytest.approx([2 / 3, 1 / 3])
    assert found["density"][3] == 1


def test_intervals_do_not_cross_from_one_example_to_the_next():
    two = np.concatenate([melody((0, C4)), melody((0, C4 + 7))])
    assert histograms(two)["interval"].sum() == 0
    assert histograms(two)["note_length"][16] == 1  # longer than a bar


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_overlap_is_symmetric_and_one_only_for_the_same(seed, other):
    p, q = (histograms(melodies(5, s))["pitch_class"] for s in (seed, other))
    assert overlap_area(p, p) == pytest.approx(1)
    assert overlap_area(p, q) == overlap_area(q, p) <= 1 + 1e-12
    assert all(h.sum() == pytest.approx(1) for h in histograms(melodies(5, seed)).values())


def test_copies_and_repetitions():
    training = melodies(10)
    assert copy_rate(training[:4], training) == 1
    assert copy_rate(np.concatenate([training[:1], melodies(3, seed=9)]), training) == 0.25
    assert distinct_rate(np.concatenate([training[:2], training[:2]])) == 0.5


def test_silence():
    assert silent_share(np.zeros((2, 32), np.uint8)) == 1
    assert silent_share(melody((8, C4), (16, 1))) == 24 / 32
    assert silent_share(melody((0, C4))) == 0


def test_active_units():
    means = np.random.default_rng(0).normal(size=(500, 3)) * [1.0, 0.05, 0.2]
    assert active_units(means) == 2
