import numpy as np

import base_vae
from base_vae.tunes.form import form_of
from base_vae.tunes.loading import load
from base_vae.tunes.song import songs_in
from tests.paths import EXAMPLES


def test_the_bars_of_a_reel_are_likelier_in_their_place_than_random_ones() -> None:
    base = base_vae.load("mel_2bar")
    model = load(base)
    reels = [song for song in songs_in([EXAMPLES / "reels"], base.config.converter)[0] if len(song) >= 8]
    better = []
    for number, reel in enumerate(reels):
        segments = reel.segments[:8]
        x = model.denoising.space.inward(base.encode_arrays(segments).mu)
        is_known = np.arange(8) != 3
        random = np.where(is_known[:, np.newaxis], x, np.random.default_rng(number).standard_normal(x.shape))
        forms = [form_of(segments, base.config.converter)] * 2
        true, other = model.denoising.errors(
            np.stack([x, random]).astype(np.float32), np.stack([is_known, is_known]), forms, seed=number
        )
        better.append(true < other)
    assert len(better) >= 4 and np.mean(better) > 0.8
