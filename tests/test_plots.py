"""Pictures are pictures, of every kind of music there is."""

import numpy as np
from matplotlib.image import imread

from base_vae.plots import piano_rolls
from tests.tiny import CONFIG, melodies


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
