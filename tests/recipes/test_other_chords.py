"""Melodies over other chords."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from base_vae.configs.presets import get_preset
from base_vae.converters.harmony.chords import chord_id
from base_vae.errors import UserError
from base_vae.model.layers.random_streams import RandomStream
from base_vae.spaces import Tensors
from recipes.other_chords import chord_tones, moved_to_chords, nearest, over_other_chords

CHORDS = get_preset("cat-mel_2bar_med_chords")
LOW, HIGH = 21, 108


def moved(pitches, chords, others):
    events = np.array([[0 if pitch is None else pitch - LOW + 2 for pitch in pitches]], np.int32)
    ids = [np.array([[chord_id(figure) for figure in figures]], np.int32) for figures in (chords, others)]
    result = moved_to_chords(events, *ids, LOW, HIGH).numpy()[0]
    return [None if event < 2 else int(event) - 2 + LOW for event in result]


def test_chord_tones_become_the_nearest_tones_of_the_other_chord_and_others_stay_in_its_key():
    # C E G with a passing F over C, then over Cm (Eb major holds it), then over F.
    tune = [60, 64, 65, 67]
    assert moved(tune, ["C"] * 4, ["C"] * 4) == tune
    assert moved(tune, ["C"] * 4, ["Cm"] * 4) == [60, 63, 65, 67]
    assert moved(tune, ["C"] * 4, ["F"] * 4) == [60, 65, 65, 65]


def test_holds_and_rests_stay_and_notes_stay_in_range():
    events = np.array([[0, 1, 2, 89]], np.int32)  # hold, off, lowest, highest pitch
    for chord in range(49):
        for other in range(49):
            result = moved_to_chords(
                events, np.full_like(events, chord), np.full_like(events, other), LOW, HIGH
            ).numpy()[0]
            assert result[0] == 0 and result[1] == 1 and 2 <= result[2] <= 89 and 2 <= result[3] <= 89


@given(st.lists(st.integers(40, 80), min_size=8, max_size=8), st.integers(1, 48), st.integers(1, 48))
def test_what_was_a_chord_tone_is_one_and_nothing_goes_far(pitches, chord, other):
    events = np.array([pitches], np.int32) - LOW + 2
    result = moved_to_chords(
        events, np.full_like(events, chord), np.full_like(events, other), LOW, HIGH
    ).numpy()
    tones, notes = chord_tones(), result[0] - 2 + LOW
    was, is_now = tones[chord, np.array(pitches) % 12], tones[other, notes % 12]
    assert is_now[was].all()
    assert np.abs(notes - pitches).max() <= 4


def test_nearest_takes_the_lower_of_two_and_leaves_an_empty_set_alone():
    both = np.zeros((2, 12), bool)
    both[0, [0, 4]] = True
    assert nearest(both)[0].tolist() == [0, -1, -2, 1, 0, -1, -2, -3, -4, 3, 2, 1]
    assert not nearest(both)[1].any()


def test_a_share_of_a_batch_is_decoded_over_the_chords_of_its_neighbours():
    generator = np.random.default_rng(0)
    outputs = generator.integers(40, 60, (64, 32)).astype(np.int32)
    controls = np.repeat(generator.integers(1, 48, (64, 2)), 16, 1).astype(np.int32)
    batch = Tensors(inputs=outputs, outputs=outputs, controls=controls, lengths=None)
    target = over_other_chords(0.5, CHORDS)(batch, RandomStream(tf.constant([0, 1])))
    same = (target.controls.numpy() == controls).all(1)
    assert 16 < same.sum() < 48
    np.testing.assert_array_equal(target.outputs.numpy()[same], outputs[same])
    np.testing.assert_array_equal(target.controls.numpy()[~same], np.roll(controls, 1, 0)[~same])
    np.testing.assert_array_equal(target.inputs, outputs)  # the encoder reads what was played


def test_music_without_chords_is_refused():
    with pytest.raises(UserError, match="melodies with chords"):
        over_other_chords(0.5, get_preset("cat-mel_2bar_small"))
