"""Arrays of a converter as pieces of music."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from base_vae.converters import Converter
from base_vae.music.piece import DEFAULT_QPM, Piece


def pieces_of(arrays: np.ndarray, converter: Converter) -> Iterator[Piece]:
    """Yields the music of examples [examples, *converter.shape], each as long as an example can be."""
    seconds = converter.bars * converter.bar / converter.steps_per_quarter * 60.0 / DEFAULT_QPM
    for array in arrays:
        piece = Piece.from_sequence(converter.decode(array))
        yield dataclasses.replace(piece, total_time=seconds)
