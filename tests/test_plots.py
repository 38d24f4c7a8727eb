"""Pictures are pictures, of every kind of music there is."""

import numpy as np
import pytest
from matplotlib.image import imread

from base_vae.plots import piano_rolls
from base_vae.presets import get_preset
from tests.tiny import CONFIG, examples_for, melodies, reduced


def test_one_picture_with_a_roll_for_each(tmp_path):
    converter = CONFIG.converter
    music = [converter.decode(ids) for ids in melodies(3)] + [converter.decode(np.zeros(32))]
    piano_rolls(music, tmp_path / "four.png", ["a", "b", "c", "silence"])
    piano_rolls(music[:1], tmp_path / "one.png")
    four, one = (imread(tmp_path / f"{name}.png") for name in ("four", "one"))
    assert four.shape[1] > one.shape[1] and four.shape[0] > one.shape[0]
    blue = (four[..., 2] > 0.6) & (four[..., 0] < 0.3)
    left_top, right_bottom = (
        blue[: len(blue) // 2, : blue.shape[1] // 2],
        blue[len(blue) // 2 :, blue.shape[1] // 2 :],
    )
    assert left_top.mean() > 0.005  # notes
    assert right_bottom.mean() < left_top.mean() / 10  # silence


def examples_of(name):
    """A piece with everything that the preset can say."""
    config = reduced(name)
    return config.converter.decode(examples_for(config, 1)[0])


@pytest.mark.parametrize(
    "name",
    ["cat-drums_2bar_small", "groovae_2bar_humanize", "flat-trio_16bar", "hier-multiperf_vel_1bar_med"],
)
def test_drums_are_dark_and_voices_have_colours_of_their_own(tmp_path, name):
    music = examples_of(name)
    piano_rolls([music], tmp_path / "one.png")
    picture = imread(tmp_path / "one.png")[..., :3]
    flat = picture.reshape(-1, 3)
    colourful = flat[flat.max(1) - flat.min(1) > 0.45]
    hues = {tuple(np.round(colour * 4).astype(int)) for colour in colourful}
    voices = {(note.instrument, note.program) for note in music.notes if not note.is_drum}
    assert bool(len(colourful)) == bool(voices)
    assert len(hues) >= min(len(voices), 8)
    if any(note.is_drum for note in music.notes):
        bluish = (flat[:, 2] - flat[:, 0] > 0.02) & (flat[:, 2] - flat[:, 0] < 0.15) & (flat.mean(1) < 0.8)
        assert bluish.mean() > 0.001


def test_nothing_but_rests_is_a_picture_too(tmp_path):
    for name in ("cat-drums_2bar_small", "hier-multiperf_vel_1bar_med"):
        converter = get_preset(name).converter
        silence = converter.decode(converter.canonical(np.zeros(converter.shape, converter.dtype)))
        piano_rolls([silence], tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 1000
