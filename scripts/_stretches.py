"""Files of music cut into stretches of a model's length, one after the other."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters import Converter
from base_vae.data.read import read_file
from base_vae.data.sources import find_sources
from base_vae.errors import UserError
from base_vae.piece import Piece

if TYPE_CHECKING:
    from base_vae.inference import TrainedModel


def stretches(base: "TrainedModel", paths: list[str]) -> dict[str, np.ndarray]:
    """The stretches of each piece, [stretches, *converter.shape], by its name.

    Args:
      base: whose converter reads the music.
      paths: files and folders.

    Raises:
      UserError: if a file cannot be read or there is nothing in it that the model hears.
    """
    found: dict[str, np.ndarray] = {}
    for source in find_sources(paths)[0]:
        try:
            pieces = read_file(source.path).pieces
        except UserError as error:
            raise UserError(f"{source.path}: {error}") from None
        for number, piece in enumerate(pieces, 1):
            name = source.path if len(pieces) == 1 else f"{source.path}_{number}"
            found[name] = cut(piece, base.config.converter)
    if not found:
        raise UserError("no music was given: name MIDI, ABC or MusicXML files, or folders of them")
    return found


def cut(piece: Piece, converter: Converter) -> np.ndarray:
    """A piece at one tempo as examples that follow each other; a note over a cut ends there."""
    seconds = converter.bars * 4 * 60.0 / piece.qpm
    count = max(1, int(np.ceil(piece.end.max(initial=0.0) / seconds - 1e-6)))
    arrays = []
    for number in range(count):
        begin = number * seconds
        part = piece.where((piece.start >= begin - 1e-6) & (piece.start < begin + seconds - 1e-6))
        arrays.append(converter.encode_whole(_shifted(part, begin, seconds)))
    return np.stack(arrays)


def _shifted(piece: Piece, begin: float, seconds: float) -> Piece:
    chords = [(max(time - begin, 0.0), figure) for time, figure in piece.chords if time < begin + seconds]
    return dataclasses.replace(
        piece,
        start=np.maximum(piece.start - begin, 0.0),
        end=np.minimum(piece.end - begin, seconds),
        total_time=seconds,
        chords=tuple(chords),
    )
