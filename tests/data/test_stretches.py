"""Music cut into stretches of a model's length, and played again."""

import numpy as np
import pytest

from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.data.stretches import cut
from base_vae.music.piece import Piece
from tests.small_music import melody
from tests.tiny_models import CONFIG

CONVERTER = CONFIG.converter


def test_what_takes_the_place_of_a_piece_is_not_longer():
    piece = Piece.from_sequence(melody((60, 62, 64, 65) * 3))  # three bars, of four that are there
    music = cut(piece, CONVERTER)
    full = np.stack([np.full(CONVERTER.shape, FIRST_NOTE + 40, CONVERTER.dtype)] * 2)
    sequence = music.played(CONVERTER, full)
    assert len(sequence.notes) == 48 and sequence.notes[-1].end_time == pytest.approx(6.0)
