"""The base class of attributes: one number about a piece of music."""

import abc
from typing import ClassVar

import numpy as np

from base_vae.converters.base import as_piece
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import NoteTable, note_table, quantize, steps_per_bar
from base_vae.music.piece import Piece

SIXTEENTHS_A_QUARTER = 4
_BAR, _BAR_OF_THREE = 16, 12  # sixteenths in a bar of 4/4, and in one of 3/4 or 6/8

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


def on_grid(piece: Piece) -> NoteTable:
    """The notes on the grid of sixteenths."""
    return note_table(piece, SIXTEENTHS_A_QUARTER)


def bar_of(piece: Piece) -> int:
    """Sixteenths in a bar: 12 in 3/4 and 6/8, 16 in anything else, as bars of 4/4 are counted there."""
    of_three = steps_per_bar(piece, SIXTEENTHS_A_QUARTER) == _BAR_OF_THREE
    return _BAR_OF_THREE if of_three else _BAR


def bars_of(piece: Piece) -> int:
    """Length in bars, whole ones, at least one."""
    seconds = max(piece.total_time, piece.end.max(initial=0.0))
    steps = int(quantize(seconds, SIXTEENTHS_A_QUARTER * piece.qpm / 60.0))
    return max(-(-steps // bar_of(piece)), 1)


def mean(values: np.ndarray) -> float:
    """The mean of numbers, or the share of true ones; NaN of nothing, without NumPy's warning."""
    return float(np.mean(values)) if len(values) else np.nan
