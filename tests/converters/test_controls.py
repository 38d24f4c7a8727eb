"""What every converter says of itself to those who use it, and the controls that new music is told."""

import dataclasses

import numpy as np
import pytest

from base_vae.configs.presets import PRESETS, get_preset
from base_vae.converters import DrumsConverter, MelodyConverter, MultitrackConverter, TrioConverter
from base_vae.converters.harmony.chords import chord_id
from base_vae.errors import UserError
from base_vae.spaces import NOTHING

CHORDS = np.array([chord_id(figure) for figure in ("C", "G", "Am", "F")])
BARS = {"2bar": 2, "16bar": 16, "4bar": 4, "1bar": 1}


@pytest.mark.parametrize("name", PRESETS)
def test_bars(name):
    converter = get_preset(name).converter
    assert converter.bars == next(bars for part, bars in BARS.items() if part in name.split("_"))
    joined = converter.join(np.zeros((3, *converter.shape), converter.dtype))
    assert len(joined) == 3 * converter.bars * converter.rows_a_bar


def test_bars_of_odd_settings():
    assert MelodyConverter(slice_bars=None, max_bars=8, add_end_token=True).bars == 8
    groove = dataclasses.replace(get_preset("groovae_4bar").converter, split_instruments=True)
    assert groove.bars == 4
    assert MultitrackConverter(hop_size_bars=2).bars == 2


def test_in_use_grooves_are_read_in_the_drums_that_they_are_written_in():
    converter = get_preset("groovae_2bar_humanize").converter
    assert converter.pitch_classes == "ROLAND" and converter.in_use.pitch_classes == "REDUCED"
    assert converter.in_use.shape == converter.shape
    melody = get_preset("cat-mel_2bar_small").converter
    assert melody.in_use is melody


def test_chords_are_spread_evenly():
    melody = MelodyConverter(slice_bars=2, chord_encoding="triad", condition_on_key=True)
    (array,) = melody.controls_from_chords(CHORDS)
    np.testing.assert_array_equal(array[:, 1], np.repeat(CHORDS, 8))
    assert not array[:, [0, 2]].any()
    ending = MelodyConverter(slice_bars=2, chord_encoding="triad", add_end_token=True)
    assert ending.controls_from_chords(CHORDS[:1]).shape == (1, *ending.shape)
    (trio,) = TrioConverter(chord_encoding="triad").controls_from_chords(CHORDS)
    np.testing.assert_array_equal(trio[:, 3], np.repeat(CHORDS, 64))
    bars = MultitrackConverter(chord_encoding="triad").controls_from_chords(CHORDS)
    assert bars.shape == (4, 512, 2)
    for bar, chord in zip(bars, CHORDS, strict=True):
        told = bar[:, 1].reshape(8, 64)
        assert np.all(told[:, 0] == 0) and np.all(told[:, 1:] == chord)


@pytest.mark.parametrize(
    ("converter", "count", "message"),
    [
        (MelodyConverter(), 1, "takes no chords"),
        (DrumsConverter(), 1, "takes no chords"),
        (MultitrackConverter(), 1, "takes no chords"),
        (MelodyConverter(chord_encoding="triad"), 3, r"2 bars have 1, 2 or 4 of them \(received 3\)"),
        (MultitrackConverter(chord_encoding="triad", hop_size_bars=2), 3, "a multiple of 2 chords"),
    ],
)
def test_chords_that_cannot_be_spread(converter, count, message):
    with pytest.raises(UserError, match=message):
        converter.controls_from_chords(CHORDS[:count])


def test_chords_of_a_bar_hold_for_music_with_more_events():
    converter = MultitrackConverter(chord_encoding="triad")
    array = np.full((1, *converter.shape), NOTHING, np.int16)
    array[0, ::64] = [converter.vocabulary.end, 0]
    array[0, 64:70, 1] = [0, 5, 5, 5, 9, 9]
    told = converter.as_controls(array)[0, :, 1].reshape(8, 64)
    np.testing.assert_array_equal(told, np.tile([0, 5, 5, 5, *[9] * 60], (8, 1)))
    assert array[0, 1, 1] == NOTHING  # the example itself stays
    melody = np.zeros((1, 32), np.uint8)
    assert MelodyConverter().as_controls(melody) is melody
