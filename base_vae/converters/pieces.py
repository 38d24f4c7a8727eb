"""Arrays of a converter as pieces of music."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from base_vae.converters import Converter
from base_vae.converters.melody.converter import MelodyConverter
from base_vae.music.note_batch import NoteBatch
from base_vae.music.piece import DEFAULT_QPM, Piece


def pieces_of(arrays: np.ndarray, converter: Converter) -> Iterator[Piece]:
    """Yields the music of examples [examples, *converter.shape], each as long as an example can be."""
    seconds = _seconds(converter)
    for array in arrays:
        piece = Piece.from_sequence(converter.decode(array))
        yield dataclasses.replace(piece, total_time=seconds)


def notes_of(arrays: np.ndarray, converter: Converter) -> NoteBatch:
    """The notes of `pieces_of`; of melodies, of which searches make many, without a piece for each."""
    if not (isinstance(converter, MelodyConverter) and len(arrays)):
        return NoteBatch.of(pieces_of(arrays, converter))
    notes = converter.notes(arrays)
    return dataclasses.replace(notes, total_time=np.full(len(notes), _seconds(converter)))


def _seconds(converter: Converter) -> float:
    """Length of an example at 120 quarters a minute."""
    return converter.bars * converter.bar / converter.steps_per_quarter * 60.0 / DEFAULT_QPM
