"""Fills at the ends of sections of drumming."""

import dataclasses

import numpy as np
import pytest

import base_vae
from base_vae.tunes.drum_fills import filling, with_fills
from base_vae.tunes.loading import load
from base_vae.tunes.song import songs_in
from tests.paths import EXAMPLES


@pytest.fixture(scope="module")
def drummer():
    return base_vae.load("drums_2bar_hikl")


def songs_of(drummer, path):
    return songs_in(EXAMPLES / "beats" / path, drummer.config.converter)[0]


def test_the_fills_of_the_example_beats_are_found(drummer):
    found = [
        filling(song.segments, drummer.config.converter).tolist()
        for name in ("four_on_the_floor.abc", "sixteenths.abc", "straight_eighths.abc")
        for song in songs_of(drummer, name)
    ]
    assert found == [[False, False, False, True], [False, False, False, True], [False, True, False, True]]


def test_sections_of_new_drumming_end_with_fills_and_the_rest_with_the_beat(drummer):
    model = load(drummer).with_songs(songs_of(drummer, ""))
    made = np.stack([song.segments for song in model.compose(3, num_bars=32, seed=1).songs])
    ends = filling(made.reshape(-1, *made.shape[2:]), drummer.config.converter).reshape(3, 4, 4)
    assert ends[:, :, 3].mean() > 0.9
    assert ends[:, :, :3].mean() < 0.4


def test_songs_without_fills_make_drumming_without_them(drummer):
    (song,) = songs_of(drummer, "four_on_the_floor.abc")
    plain = dataclasses.replace(song, segments=song.segments[[0, 1, 0, 1]])
    model = load(drummer).with_songs([plain])
    tunes, rng = plain.segments[np.newaxis], np.random.default_rng(0)
    same = with_fills(drummer, tunes, model.songbook, rng, temperature=0.0, seed=0)
    np.testing.assert_array_equal(same, tunes)
