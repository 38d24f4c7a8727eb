"""Faders give what is asked, and leave the tune."""

import numpy as np
import pytest

import base_vae
from base_vae.attributes import get_attributes, measure_arrays
from base_vae.data.stretches import cut
from base_vae.errors import UserError
from base_vae.faders import fade, fade_arrays, find_directions
from base_vae.music.piece import Piece
from tests.paths import EXAMPLES


@pytest.fixture(scope="module")
def model():
    return base_vae.load("mel_2bar")


@pytest.fixture(scope="module")
def windows(model):
    """Four pieces of two bars out of the reels."""
    return model.collect(EXAMPLES / "reels").examples[::24][:4]


@pytest.mark.parametrize(
    ("name", "amount"), [("density", 0.5), ("density", -0.5), ("pitch_range", 0.5), ("mean_pitch", 0.5)]
)
def test_music_gets_what_is_asked_and_most_of_it_stays(model, windows, name, amount):
    faded = fade_arrays(model, windows, {name: amount})
    column = faded.names.index(name)
    change = (faded.after - faded.before)[:, column] / find_directions(model).spreads[column]
    assert np.mean(np.abs(change - amount)) < 0.15
    assert np.all(change * amount > 0)
    assert np.mean(faded.kept) > 0.6
    measured = measure_arrays(faded.arrays, model.config.converter, get_attributes([name]))[:, 0]
    np.testing.assert_allclose(measured, faded.after[:, column])


def test_a_value_can_be_asked_for_and_several_at_once(model, windows):
    faded = fade_arrays(model, windows, {"mean_pitch": 0.5}, values={"density": 6})
    density, pitch = (faded.names.index(name) for name in ("density", "mean_pitch"))
    assert np.mean(np.abs(faded.after[:, density] - 6)) < 0.5
    assert np.all(faded.after[:, pitch] > faded.before[:, pitch])


def test_nothing_asked_for_more_leaves_every_note(model, windows):
    faded = fade_arrays(model, windows, {"density": 0.0})
    np.testing.assert_array_equal(faded.arrays, windows)
    np.testing.assert_array_equal(faded.kept, 1)


def test_what_has_to_stay_stays(model, windows):
    assert np.min(fade_arrays(model, windows, {"density": -1}, keep=0.75).kept) >= 0.75


def test_a_seed_gives_the_same_music(model, windows):
    first, again = (fade_arrays(model, windows[:2], {"interval": 1}, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.arrays, again.arrays)


def test_sequences_come_back_as_sequences(model, windows):
    tune = model.config.converter.decode(windows[0])
    (denser,) = fade(model, [tune], {"density": 1}, qpm=90)
    assert len(denser.notes) > len(tune.notes)
    assert denser.tempos[0].qpm == 90


def test_a_longer_piece_keeps_tempo_and_program_and_what_is_not_asked_for(model, windows):
    converter = model.config.converter
    tune = converter.decode(converter.join(windows), qpm=96)
    for note in tune.notes:
        note.program = 40
    (faded,) = fade(model, [tune], "density:-1@3-4")
    assert faded.tempos[0].qpm == 96 and {note.program for note in faded.notes} == {40}
    arrays = cut(Piece.from_sequence(faded), converter).arrays
    same = (arrays == cut(Piece.from_sequence(tune), converter).arrays).all(1)
    np.testing.assert_array_equal(same, [True, False, True, True])


def test_what_repeats_is_changed_alike_and_silence_stays(model, windows):
    silence = np.zeros_like(windows[:1])
    arrays = np.concatenate([windows[:1], silence, windows[:1]])
    faded = fade_arrays(model, arrays, "density:+0.5")
    np.testing.assert_array_equal(faded.arrays[0], faded.arrays[2])
    np.testing.assert_array_equal(faded.arrays[1], silence[0])
    assert np.isnan(faded.wanted[1]).all() and faded.kept[1] == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"densty": 1}, "no attribute densty; it has density"),
        ({"density": float("nan")}, "finite"),
        ({}, "no change is asked for"),
        ({"density": 10**400}, "finite"),
        ({5: 1.0}, "no attribute 5; it has"),
        (5, r"an attribute is asked for like .* \(received 5\)"),
        ([5], r"an attribute is asked for like .* \(received \[5\]\)"),
    ],
)
def test_what_cannot_be_asked_is_said(model, windows, changes, message):
    with pytest.raises(UserError, match=message):
        fade_arrays(model, windows, changes)
