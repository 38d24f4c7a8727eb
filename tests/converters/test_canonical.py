"""One spelling for many examples at once."""

import dataclasses

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.converters import MelodyConverter

CONVERTERS = {
    **{
        name: get_preset(name).converter
        for name in (
            "cat-mel_2bar_small",
            "nade-drums_2bar_full",
            "groovae_4bar",
            "flat-trio_16bar",
            "hier-multiperf_vel_1bar_med",
        )
    },
    "melodies with an end": dataclasses.replace(MelodyConverter(slice_bars=2), add_end_token=True),
    "melodies with chords": MelodyConverter(slice_bars=2, chord_encoding="triad"),
}


@pytest.mark.parametrize("converter", CONVERTERS.values(), ids=CONVERTERS)
def test_many_at_once_are_as_one_by_one(converter):
    arrays = np.random.default_rng(0).integers(0, 4, (5, *converter.shape)).astype(converter.dtype)
    before = arrays.copy()
    together = converter.all_canonical(arrays)
    one_by_one = np.stack([converter.canonical(array) for array in arrays])
    np.testing.assert_array_equal(together, one_by_one)
    assert together.dtype == one_by_one.dtype == converter.dtype
    assert np.any(one_by_one != before)
    np.testing.assert_array_equal(arrays, before)
