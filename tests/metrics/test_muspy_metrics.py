"""What muspy says of pieces that can be counted by hand."""

import sys

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.metrics.muspy_metrics import METRICS, require_muspy, standard_metrics
from tests.countable_pieces import piece, together

# Bar 1: C4 and E4 together for two beats, G4 for one, a beat of rest. Bar 2: C4 for four beats.
TUNE = piece((0, 2, 60), (0, 2, 64), (2, 1, 67), (4, 4, 60))


def test_a_tune_by_hand():
    found = {name: values[0] for name, values in standard_metrics([TUNE]).items()}
    assert list(found) == list(METRICS)
    assert found["pitch_range"] == 7
    assert found["n_pitches_used"] == found["n_pitch_classes_used"] == 3
    assert found["polyphony"] == pytest.approx((2 * 2 + 1 + 4) / 7)  # of the seven beats that sound
    assert found["polyphony_rate"] == pytest.approx(2 / 8)
    assert found["scale_consistency"] == 1  # all in C major
    entropy = -(0.5 * np.log2(0.5) + 2 * 0.25 * np.log2(0.25))
    assert found["pitch_entropy"] == found["pitch_class_entropy"] == pytest.approx(entropy)
    assert found["empty_measure_rate"] == 0
    assert found["empty_beat_rate"] == pytest.approx(1 / 8)
    # Bar 1 has onsets at steps 0 and 8, bar 2 at 0: they differ in one of sixteen.
    assert found["groove_consistency"] == pytest.approx(1 - 1 / 16)


def test_out_of_scale_and_empty_bars():
    chromatic = piece(*((i, 0.5, 60 + i) for i in range(4)), (12, 1, 60), quarters=16)
    found = {name: values[0] for name, values in standard_metrics([chromatic]).items()}
    assert found["scale_consistency"] < 1
    assert found["empty_measure_rate"] == pytest.approx(2 / 4)


def test_silence_and_drums_have_no_value_rather_than_a_wrong_one():
    drums = piece((0, 0.25, 36), (1, 0.25, 38), (4, 0.25, 36), (5, 0.25, 38), is_drum=True)
    found = standard_metrics([piece(), drums, together(drums, TUNE)])
    assert all(np.isnan(values[0]) for values in found.values())
    for name in ("scale_consistency", "pitch_entropy", "polyphony"):
        assert np.isnan(found[name][1]), name
    assert found["groove_consistency"][1] == 1 and found["empty_measure_rate"][1] == 0
    assert not any(np.isnan(values[2]) for values in found.values())
    assert found["pitch_range"][2] == 7  # drums have no pitch


def test_a_muspy_that_does_not_work_is_told_from_one_that_does(monkeypatch):
    require_muspy()
    monkeypatch.setattr("muspy.pitch_entropy", lambda _: 1 / 0)
    with pytest.raises(UserError, match=r"is installed but does not work \(ZeroDivisionError"):
        require_muspy()


def test_without_muspy_there_is_a_hint(monkeypatch):
    monkeypatch.setitem(sys.modules, "muspy", None)
    with pytest.raises(UserError, match=r"pip install muspy"):
        standard_metrics([TUNE])
