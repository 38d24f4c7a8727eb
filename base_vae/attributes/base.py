"""The base classes of attributes: one number about a piece of music."""

import abc
from typing import ClassVar

import numpy as np

from base_vae.music.note_batch import SIXTEENTHS_A_QUARTER, NoteBatch
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import NoteTable, note_table
from base_vae.music.piece import Piece, as_piece

PITCHED = frozenset({"melody", "trio", "multitrack"})
EVERYTHING = frozenset({"melody", "drums", "groove", "trio", "multitrack"})


class Attribute(abc.ABC):
    """A property of music as one number. A new one is a class with `measure`, and its line in `registry`.

    Music is taken to have one tempo, as every converter and `data.read` give it, in bars of 4/4, 3/4 or 6/8
    that begin at time 0. Its length is `total_time`, or to the end of its last note, up to the next bar line.

    Attributes:
      name: what it is called in files and flags.
      unit: of the number.
      more, less: what music with a higher and a lower number is called in reports.
      kinds: of converters (`converters.KINDS`) in whose music the number can change.
      in_percent: whether changes can be given in percent, because 0 means that there is none of it.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    more: ClassVar[str]
    less: ClassVar[str]
    kinds: ClassVar[frozenset[str]] = EVERYTHING
    in_percent: ClassVar[bool] = True

    @abc.abstractmethod
    def measure(self, piece: Piece) -> float:
        """The number; NaN where the attribute is not defined, as an average of nothing is not."""

    def __call__(self, music: NoteSequence | Piece) -> float:
        """`measure` of music in either form."""
        return self.measure(as_piece(music))


class BatchAttribute(Attribute):
    """An attribute that is measured of many pieces at once, which costs little more than of one."""

    @abc.abstractmethod
    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """The number of each piece, float64 [pieces]; NaN where the attribute is not defined."""

    def measure(self, piece: Piece) -> float:
        """The number; NaN where the attribute is not defined."""
        return float(self.measure_batch(NoteBatch.of([piece]))[0])


def on_grid(piece: Piece) -> NoteTable:
    """The notes on the grid of sixteenths."""
    return note_table(piece, SIXTEENTHS_A_QUARTER)


def bars_of(piece: Piece) -> int:
    """Length in bars, whole ones, at least one."""
    return int(NoteBatch.of([piece]).bars[0])


def mean(values: np.ndarray) -> float:
    """The mean of numbers, or the share of true ones; NaN of nothing, without NumPy's warning."""
    return float(np.mean(values)) if len(values) else np.nan
