"""The features of Yang and Lerch, on pieces small enough to count."""

import numpy as np
import pytest

from base_vae.metrics.features import FEATURES, NOTE_LENGTHS, features_of
from tests.countable_pieces import piece, together

# C4 for a beat, E4 for half a beat, C5 for two beats, after a rest G3 for a dotted beat.
TUNE = piece((0, 1, 60), (1, 0.5, 64), (1.5, 2, 72), (4, 1.5, 55))


def of(name, *pieces):
    return features_of(pieces, 4)[name]


def length(quarters):
    return int(np.isclose(NOTE_LENGTHS, quarters).argmax())


def test_a_tune_by_hand():
    found = {name: values[0] for name, values in features_of([TUNE]).items()}
    assert found["pitch_count"] == [4] and found["note_count"] == [4]
    assert found["pitch_range"] == [72 - 55]
    assert found["average_interval"] == pytest.approx([(4 + 8 + 17) / 3])
    assert found["inter_onset_interval"] == pytest.approx([(1 + 0.5 + 2.5) / 3])
    assert found["pitch_class"][[0, 4, 7]] == pytest.approx([0.5, 0.25, 0.25])
    assert found["interval"][[12 + 4, 12 + 8, 0]] == pytest.approx(
        [1 / 3] * 3
    )  # 17 down is an octave or more
    assert found["note_length"][[length(1), length(0.5), length(2), length(1.5)]] == pytest.approx([0.25] * 4)
    assert found["onset_position"][[0, 4, 6]] == pytest.approx([0.5, 0.25, 0.25])  # beat 4 begins a bar
    pairs = [(0, 4), (4, 0), (0, 7)]
    assert found["pitch_class_transitions"][[a * 12 + b for a, b in pairs]] == pytest.approx([1 / 3] * 3)
    pairs = [(1, 0.5), (0.5, 2), (2, 1.5)]
    cells = [length(a) * 12 + length(b) for a, b in pairs]
    assert found["note_length_transitions"][cells] == pytest.approx([1 / 3] * 3)


def test_histograms_sum_to_one_or_are_undefined():
    found = features_of([TUNE, piece((0, 1, 60)), piece()])
    assert list(found) == list(FEATURES)
    for name, values in found.items():
        if values.shape[1] > 1:
            assert values[0].sum() == pytest.approx(1), name
        assert np.isnan(values[2]).all() == (name != "note_count"), name
    assert found["note_count"][:, 0].tolist() == [4, 1, 0]
    # A single note has a pitch and a length, but nothing that it goes to.
    single = {name for name, values in found.items() if np.isnan(values[1]).any()}
    assert single == {
        "average_interval",
        "interval",
        "pitch_class_transitions",
        "inter_onset_interval",
        "note_length_transitions",
    }


def test_intervals_stay_within_a_voice_and_take_the_top_note():
    low = piece((0, 1, 40), (1, 1, 41), instrument=1)
    chords = piece((0, 1, 60), (0, 1, 64), (1, 1, 65), (1, 1, 67))
    both = together(low, chords)
    assert of("average_interval", both) == pytest.approx(np.array([[(1 + 3) / 2]]))
    assert of("inter_onset_interval", both)[0, 0] == 1
    assert of("pitch_count", both)[0, 0] == 6


def test_drums_have_rhythm_and_no_pitch():
    drums = piece((0, 0.25, 36), (0, 0.25, 42), (0.5, 0.25, 42), (1, 0.25, 38), is_drum=True)
    found = {name: values[0] for name, values in features_of([drums]).items()}
    assert found["note_count"] == [4] and found["inter_onset_interval"] == [0.5]
    assert found["onset_position"][[0, 2, 4]] == pytest.approx([0.5, 0.25, 0.25])
    defined = {name for name, values in found.items() if not np.isnan(values).any()}
    assert defined == {"note_count", "inter_onset_interval", "onset_position"}


def test_lengths_count_as_the_nearest_and_the_grid_may_be_finer():
    assert of("note_length", piece((0, 1.25, 60)))[0, length(4 / 3)] == 1
    assert of("note_length", piece((0, 6, 60)))[0, length(4)] == 1
    finer = features_of([piece((0, 1 / 3, 60), (1 / 3, 1 / 3, 62), (2.75, 1, 64))], steps_per_quarter=24)
    assert finer["note_length"][0, length(1 / 3)] == pytest.approx(2 / 3)
    assert finer["onset_position"][0, [0, 1, 11]] == pytest.approx([1 / 3] * 3)
    assert finer["inter_onset_interval"][0, 0] == pytest.approx((1 / 3 + 2.75 - 1 / 3) / 2)
