"""Music cut into stretches of a model's length, and played again."""

import zipfile

import numpy as np
import pytest

from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.data.stretches import cut, stretches
from base_vae.music.piece import Piece
from base_vae.trained_model import TrainedModel
from tests.readers.scores import ATTRIBUTES, note, score
from tests.small_music import melody, write_midi
from tests.tiny_models import CONFIG, lively_model

CONVERTER = CONFIG.converter


def test_what_takes_the_place_of_a_piece_is_not_longer():
    piece = Piece.from_sequence(melody((60, 62, 64, 65) * 3))  # three bars, of four that are there
    music = cut(piece, CONVERTER)
    full = np.stack([np.full(CONVERTER.shape, FIRST_NOTE + 40, CONVERTER.dtype)] * 2)
    sequence = music.played(CONVERTER, full)
    assert len(sequence.notes) == 48 and sequence.notes[-1].end_time == pytest.approx(6.0)


def test_archives_are_read_and_parts_that_are_left_out_are_named(tmp_path):
    write_midi(tmp_path / "a.mid")
    with zipfile.ZipFile(tmp_path / "songs.zip", "w") as archive:
        archive.write(tmp_path / "a.mid", "inside/tune.mid")
        damaged = note("C4", 8) + note("D4", 4).replace(">4<", ">x<")
        archive.writestr("b.musicxml", score([ATTRIBUTES + damaged]))
    base = TrainedModel(lively_model(), CONFIG)
    found, left_out = stretches(base, [str(tmp_path / "songs.zip")])
    assert list(found) == ["b", "tune"]
    (alone, _) = stretches(base, [str(tmp_path / "a.mid")])
    np.testing.assert_array_equal(found["tune"].arrays, alone["a"].arrays)
    assert len(left_out) == 1 and "songs.zip/b.musicxml: 2 values passed over" in left_out[0]
