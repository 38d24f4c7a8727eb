"""Files of music cut into stretches of a model's length, one after the other."""

import dataclasses
import itertools
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from base_vae.converters import Converter
from base_vae.errors import UserError
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import read_file
from base_vae.readers.sources import find_sources

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel


class Stretches(NamedTuple):
    """A piece as examples that follow each other, [stretches, *converter.shape], and its tempo."""

    arrays: np.ndarray
    qpm: float


def stretches(
    base: "TrainedModel", paths: list[str], *, limits: Limits = DEFAULT_LIMITS
) -> tuple[dict[str, Stretches], list[str]]:
    """The stretches of each piece, by its own name; and what was left out.

    Args:
      base: whose converter reads the music.
      paths: files and folders.
      limits: how large files and pieces may be.

    Raises:
      UserError: if nothing can be used; it says why, file by file.
    """
    found: dict[str, Stretches] = {}
    left_out = []
    sources, _ = find_sources(paths, limits=limits)
    for source in sources:
        if source.problem:
            left_out.append(f"{source.path}: {source.problem}")
            continue
        try:
            pieces = [
                cut(piece, base.config.converter) for piece in read_file(source.path, limits=limits).pieces
            ]
        except UserError as error:
            left_out.append(f"{source.path}: {error}")
            continue
        for piece in pieces:
            found[_new_name(Path(source.path).stem, found)] = piece
    if not found:
        why = "; ".join(left_out) or "name MIDI, ABC or MusicXML files, or folders of them"
        raise UserError(f"there is no music to change: {why}")
    return found, left_out


def _new_name(stem: str, taken: Container[str]) -> str:
    """`stem`, with a number where another piece has that name."""
    names = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def cut(piece: Piece, converter: Converter) -> Stretches:
    """The stretches of a piece at one tempo; a note over a cut ends there."""
    seconds = converter.bars * 4 * 60.0 / piece.qpm
    count = max(1, int(np.ceil(piece.end.max(initial=0.0) / seconds - 1e-6)))
    arrays = []
    for number in range(count):
        begin = number * seconds
        part = piece.where((piece.start >= begin - 1e-6) & (piece.start < begin + seconds - 1e-6))
        arrays.append(converter.encode_whole(_shifted(part, begin, seconds)))
    return Stretches(np.stack(arrays), piece.qpm)


def _shifted(piece: Piece, begin: float, seconds: float) -> Piece:
    chords = [(max(time - begin, 0.0), figure) for time, figure in piece.chords if time < begin + seconds]
    return dataclasses.replace(
        piece,
        start=np.maximum(piece.start - begin, 0.0),
        end=np.minimum(piece.end - begin, seconds),
        total_time=seconds,
        chords=tuple(chords),
    )
