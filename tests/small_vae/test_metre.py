"""Jigs stay in 6/8: new music has the metre of most of the songs that it is made from."""

import dataclasses

import numpy as np
import pytest

from base_vae.trained_model import TrainedModel
from base_vae.tunes.song import song_of, usual_metre
from base_vae.tunes.songs_file import read_songs_file, write_songs
from small_vae.config import SmallConfig, SmallHParams
from small_vae.training import personalize
from tests.small_music import melody
from tests.tiny_models import lively_model, reduced

CONFIG = reduced("cat-mel_2bar_3beat_small")
SMALL = SmallConfig("tiny", "for tests", SmallHParams(num_steps=2, held_out=0.0))


def tune(metre, seed=0, quarters=0.5):
    pitches = 60 + np.random.default_rng(seed).integers(0, 12, int(24 / quarters))
    return melody(tuple(pitches.tolist()), metres=((0.0, *metre),), quarters=quarters)


def metres(sequences):
    return [(sign.numerator, sign.denominator) for piece in sequences for sign in piece.time_signatures]


@pytest.fixture(scope="module")
def base():
    return TrainedModel(lively_model(CONFIG), CONFIG)


@pytest.fixture(scope="module")
def jigs(base):
    songs = [tune((6, 8), 1), tune((6, 8), 2), tune((3, 4), 3)]
    return personalize(base, songs, config=SMALL)


def test_new_music_is_in_the_metre_of_most_songs(jigs):
    assert (
        metres(jigs.sample(2, num_bars=4) + jigs.play([0] * 4) + jigs.decode(np.zeros((1, 4))))
        == [(6, 8)] * 4
    )
    assert metres(jigs.tunes.compose(1, num_bars=8).sequences) == [(6, 8)]


def test_what_is_made_of_a_piece_is_in_its_metre(jigs):
    short = [tune((3, 4), 4, quarters=4.0), tune((6, 8), 5, quarters=4.0)]
    for piece in short:
        del piece.notes[1:]
        piece.total_time = piece.notes[-1].end_time
    assert metres(jigs.reconstruct(short)) == [(3, 4), (6, 8)]
    assert set(metres(jigs.interpolate(*short, num_steps=3))) == {(3, 4)}


def test_without_songs_it_is_that_of_the_base(base):
    assert usual_metre([]) is None
    assert metres(base.sample(1)) == [(3, 4)]


def test_songs_keep_their_metre_in_a_file(tmp_path):
    songs = [song_of(tune(metre), CONFIG.converter) for metre in ((6, 8), (3, 4))]
    write_songs(tmp_path, [*songs, dataclasses.replace(songs[0], metre=None)])
    assert [song.metre for song in read_songs_file(tmp_path)] == [(6, 8), (3, 4), None]


def test_a_file_of_an_earlier_version_is_read(tmp_path):
    write_songs(tmp_path, [song_of(tune((6, 8)), CONFIG.converter)])
    file = tmp_path / "songs.npz"
    with np.load(file) as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "metres"}
    np.savez(file, **kept)
    assert [song.metre for song in read_songs_file(tmp_path)] == [None]
