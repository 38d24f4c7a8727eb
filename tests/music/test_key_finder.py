"""The key of music is where it ends and rests."""

import re

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.music.key import Key, find_key, in_key, key_of_piece, named_key
from base_vae.readers.read import read_file
from tests.paths import EXAMPLES

TUNES = sorted(EXAMPLES.glob("*/*.abc"))


def piece_of(path):
    (read,) = read_file(path).as_read
    return read.on_musical_grid()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("G", Key(7, False)),
        ("Bb", Key(10, False)),
        ("F# minor", Key(6, True)),
        ("am", Key(9, True)),
        ("Cb", Key(11, False)),
    ],
)
def test_keys_are_read_as_musicians_write_them(text: str, key: Key) -> None:
    assert named_key(text) == key


@pytest.mark.parametrize("text", ["", "H", "G dorian", "m"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="a key is a note"):
        named_key(text)


def test_a_key_has_a_scale_and_a_chord() -> None:
    assert Key(2, False).scale == (2, 4, 6, 7, 9, 11, 1) and Key(9, True).scale == (9, 11, 0, 2, 4, 5, 7)
    assert Key(9, True).triad == (9, 0, 4)
    assert named_key(str(Key(10, True))) == Key(10, True)


@pytest.mark.parametrize("path", TUNES, ids=[path.stem for path in TUNES])
def test_the_keys_of_the_example_tunes(path) -> None:
    written = re.search(r"^K:\s*(\S+)", path.read_text(), re.MULTILINE)
    assert written
    assert key_of_piece(piece_of(path)) == named_key(written[1])


def test_five_notes_are_in_the_key_that_they_rest_on() -> None:
    pentatonic = [67, 69, 71, 74, 76]  # G A B D E, which C, D and G major hold, and E minor
    in_g = [67, 69, 71, 74, 76, 74, 71, 69, 71, 74, 67]
    in_e = [64, 67, 69, 71, 74, 71, 69, 67, 64, 67, 64]
    lengths = [1] * 10 + [4]
    assert {pitch % 12 for pitch in in_g} == {pitch % 12 for pitch in pentatonic}
    assert find_key(np.array(in_g), np.array(lengths)) == Key(7, False)
    assert find_key(np.array(in_e), np.array(lengths)) == Key(4, True)


def test_a_tune_moves_to_another_tonic_by_the_nearest_way() -> None:
    tune = piece_of(EXAMPLES / "hymns" / "old_hundredth.abc")
    moved = in_key(tune, named_key("D"))
    np.testing.assert_array_equal(moved.pitch - tune.pitch, -5)  # from G
    assert key_of_piece(moved) == Key(2, False)
    np.testing.assert_array_equal(in_key(tune, named_key("G")).pitch, tune.pitch)
    assert set((in_key(tune, named_key("Ab")).pitch - tune.pitch).tolist()) == {1}


def test_nothing_has_a_key_too() -> None:
    nothing = np.zeros(0, np.int64)
    assert find_key(nothing, nothing) == Key(0, False)
    assert find_key(np.array([62, 62]), np.array([1, 1])) == Key(2, False)
