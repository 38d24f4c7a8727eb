"""Files of music cut into stretches of a model's length, one after the other."""

import collections
import dataclasses
import itertools
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from base_vae.converters import MelodyConverter
from base_vae.converters.base import Converter, NoUsableNotesError
from base_vae.converters.left_out import in_words, uncountable
from base_vae.errors import UserError, in_short
from base_vae.music.key import Key, in_key
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import PassedOver, ReadPiece, read_pieces
from base_vae.readers.sources import find_sources

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel


class Stretches(NamedTuple):
    """A piece, and as examples that follow each other, [stretches, *converter.shape], in its tempo."""

    arrays: np.ndarray
    qpm: float
    piece: Piece

    def played(
        self, converter: Converter, arrays: np.ndarray | None = None, *, qpm: float | None = None
    ) -> NoteSequence:
        """The music of the examples, or of others in their place, in the piece's metre, its tempo or another.

        It is as many bars long as the piece. A melody has the program of the piece; other converters give
        each voice its own.
        """
        joined = converter.join(self.arrays if arrays is None else arrays)
        seconds = converter.bar / converter.steps_per_quarter * 60.0 / self.qpm
        joined = converter.first_bars(joined, _count(self.piece.end.max(initial=0.0), seconds))
        sequence = converter.decode(joined, qpm=qpm or self.qpm)
        if isinstance(converter, MelodyConverter):
            programs = self.piece.program[~self.piece.is_drum]
            program = int(np.bincount(np.maximum(programs, 0)).argmax()) if len(programs) else 0
            for note in sequence.notes:
                note.program = program
        return converter.keep_metre(sequence, self.piece)

    def in_key(self, key: Key, converter: Converter) -> "Stretches":
        """The piece moved to the tonic of a key; see `music.key.in_key`."""
        return cut(in_key(self.piece, key), converter)


def stretches(
    base: "TrainedModel", paths: list[str], *, limits: Limits = DEFAULT_LIMITS
) -> tuple[dict[str, Stretches], list[str]]:
    """The stretches of each piece, by its own name; and the music left out, a line each.

    Args:
      base: its converter reads the music.
      paths: files and folders.
      limits: how large files and pieces may be.

    Raises:
      UserError: if nothing can be used, with the reason for each file.
    """
    found: dict[str, Stretches] = {}
    left_out: list[str] = []
    sources, _ = find_sources(paths, limits=limits)
    for source in sources:
        pieces: list[ReadPiece] = []
        try:
            for read in read_pieces(source, limits=limits):
                if isinstance(read, PassedOver):
                    left_out.append(f"{source.name}: {read.reason}")
                else:
                    pieces.append(read)
        except UserError as error:
            left_out.append(f"{source.name}: {error}")
        for piece in pieces:
            unused: collections.Counter[str] = collections.Counter()
            try:
                music = cut(piece.on_musical_grid(), base.config.converter, left_out=unused)
            except UserError as error:
                left_out.append(f"{source.name}: {error}")
                continue
            except Exception as error:  # whatever an odd piece does, it costs no other piece anything
                left_out.append(f"{source.name}: it cannot be used ({in_short(error)})")
                continue
            found[_new_name(Path(source.inside or source.path).stem, found)] = music
            if unused:
                left_out.append(f"{source.name}: {in_words(unused)}")
    if not found:
        why = "; ".join(left_out) or "name MIDI, ABC or MusicXML files, or folders of them"
        raise UserError(f"there is no music to change: {why}")
    return found, left_out


def _new_name(stem: str, taken: Container[str]) -> str:
    """`stem`, with a number where another piece has that name."""
    names = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def cut(piece: Piece, converter: Converter, *, left_out: collections.Counter[str] | None = None) -> Stretches:
    """Cuts a piece of one tempo into stretches; a note over a cut ends there.

    Args:
      piece: on the musical grid.
      converter: encodes each stretch.
      left_out: counts the notes that the model cannot represent, by reason.

    Raises:
      UserError: if the piece is in another metre than the model, or has notes and none for the model.
    """
    converter.check_metre(piece)
    if problem := uncountable(piece):
        raise UserError(problem)
    seconds = converter.bars * converter.bar / converter.steps_per_quarter * 60.0 / piece.qpm
    number = _count(piece.end.max(initial=0.0), seconds)
    arrays: list[np.ndarray] = []
    silent: list[NoUsableNotesError] = []
    used = False
    for i in range(number):
        begin = i * seconds
        part = piece.where((piece.start >= begin - 1e-6) & (piece.start < begin + seconds - 1e-6))
        part = _shifted(part, begin, seconds)
        try:
            arrays.append(converter.encode_whole(part, left_out=left_out))
            used |= len(part) > 0
        except NoUsableNotesError as error:  # the model rests here
            silent.append(error)
            arrays.append(converter.encode_whole(part.where(slice(0))))
    if silent and not used:
        raise silent[0]
    return Stretches(np.stack(arrays), piece.qpm, piece)


def _count(total: float, seconds: float) -> int:
    """How many times `seconds` it takes to hold `total`, at least once."""
    return max(1, int(np.ceil(total / seconds - 1e-6)))


def _shifted(piece: Piece, begin: float, seconds: float) -> Piece:
    chords = [(max(time - begin, 0.0), figure) for time, figure in piece.chords if time < begin + seconds]
    return dataclasses.replace(
        piece,
        start=np.maximum(piece.start - begin, 0.0),
        end=np.minimum(piece.end - begin, seconds),
        total_time=seconds,
        metres=piece.metres[:1],
        chords=tuple(chords),
    )
