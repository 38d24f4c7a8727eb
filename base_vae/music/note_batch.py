"""The notes of many pieces as one set of columns, so that all are measured at once."""

import dataclasses
import functools
from collections.abc import Iterable

import numpy as np

from base_vae.music.note_table import quantize, steps_per_bar
from base_vae.music.piece import Piece

SIXTEENTHS_A_QUARTER = 4
_BAR, _BAR_OF_THREE = 16, 12  # sixteenths in a bar of 4/4, and in one of 3/4 or 6/8


@dataclasses.dataclass(frozen=True, eq=False)
class NoteBatch:
    """Pieces of one tempo each, note by note.

    Attributes:
      piece: number of the piece that each note is of, int64 [notes].
      pitch, velocity, instrument: int64 [notes].
      start, end: float64 [notes], seconds.
      is_drum: bool [notes].
      qpm: tempo of each piece, float64 [pieces].
      total_time: seconds, float64 [pieces].
      bar: sixteenths in a bar, int64 [pieces].
    """

    piece: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    instrument: np.ndarray
    start: np.ndarray
    end: np.ndarray
    is_drum: np.ndarray
    qpm: np.ndarray
    total_time: np.ndarray
    bar: np.ndarray

    def __len__(self) -> int:
        return len(self.qpm)

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "NoteBatch":
        """The notes of pieces, in their order."""
        pieces = list(pieces)

        def column(name: str, dtype: type) -> np.ndarray:
            columns = [getattr(piece, name) for piece in pieces]
            return np.concatenate([np.zeros(0, dtype), *columns]).astype(dtype)

        return cls(
            piece=np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces]),
            pitch=column("pitch", np.int64),
            velocity=column("velocity", np.int64),
            instrument=column("instrument", np.int64),
            start=column("start", np.float64),
            end=column("end", np.float64),
            is_drum=column("is_drum", bool),
            qpm=np.array([piece.qpm for piece in pieces], np.float64),
            total_time=np.array([piece.total_time for piece in pieces], np.float64),
            bar=np.array([bar_of(piece) for piece in pieces], np.int64),
        )

    def where(self, mask: np.ndarray) -> "NoteBatch":
        """The same pieces with the notes that `mask`, boolean or indices, keeps."""
        columns = ("piece", "pitch", "velocity", "instrument", "start", "end", "is_drum")
        return dataclasses.replace(self, **{name: getattr(self, name)[mask] for name in columns})

    @functools.cached_property
    def first_step(self) -> np.ndarray:
        """The sixteenth that each note begins in, int64 [notes]."""
        return quantize(self.start, self._steps_per_second[self.piece])

    @functools.cached_property
    def last_step(self) -> np.ndarray:
        """The sixteenth before which each note ends, int64 [notes]; a note lasts at least one."""
        end = quantize(self.end, self._steps_per_second[self.piece])
        return np.maximum(end, self.first_step + 1)

    @functools.cached_property
    def bars(self) -> np.ndarray:
        """Length of each piece in bars, whole ones, at least one, int64 [pieces]."""
        seconds = self.total_time.copy()
        np.maximum.at(seconds, self.piece, self.end)
        return np.maximum(-(-quantize(seconds, self._steps_per_second) // self.bar), 1)

    @property
    def _steps_per_second(self) -> np.ndarray:
        return SIXTEENTHS_A_QUARTER * self.qpm / 60.0

    def counts(self) -> np.ndarray:
        """Notes of each piece, int64 [pieces]."""
        return np.bincount(self.piece, minlength=len(self))

    def mean(self, values: np.ndarray) -> np.ndarray:
        """The mean of the numbers of each piece's notes, or the share of true ones, float64 [pieces].

        NaN for a piece without notes.

        Args:
          values: of the notes, [notes].
        """
        return shares(np.bincount(self.piece, values, len(self)), self.counts())

    def highest_of_each_voice(self) -> "NoteBatch":
        """The highest note of each onset of each instrument, in the order of piece, instrument and time."""
        notes = self.where(np.lexsort((-self.pitch, self.first_step, self.instrument, self.piece)))
        first = np.ones(len(notes.piece), bool)
        for column in (notes.first_step, notes.instrument, notes.piece):
            first[1:] &= np.diff(column) == 0
        first[1:] = ~first[1:]
        return notes.where(first)


def shares(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """`parts / wholes`, NaN where the whole is 0."""
    return np.divide(parts, wholes, out=np.full(len(wholes), np.nan), where=wholes != 0)


def bar_of(piece: Piece) -> int:
    """Sixteenths in a bar: 12 in 3/4 and 6/8, 16 in anything else, as bars of 4/4 are counted there."""
    of_three = steps_per_bar(piece, SIXTEENTHS_A_QUARTER) == _BAR_OF_THREE
    return _BAR_OF_THREE if of_three else _BAR
