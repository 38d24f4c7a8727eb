"""What every converter does: the one interface between music and a model's arrays."""

import abc
import collections
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.spaces import Spaces, Tensors

if TYPE_CHECKING:  # converting music needs no TensorFlow, and it takes seconds to import
    import tensorflow as tf

LEFT_OVER = "bar at the end that fills no example"  # a reason to leave music out


@dataclasses.dataclass(frozen=True)
class Extraction:
    """What a converter found in one sequence.

    Attributes:
      examples: array of shape [examples, *converter.shape].
      rejected: how often each reason kept music out.
    """

    examples: np.ndarray
    rejected: collections.Counter


class Converter(abc.ABC):
    """Two-way map between music and the arrays of one representation; subclasses are frozen dataclasses.

    An example is one compact array of `shape` and `dtype` that holds everything; `tensors` makes of it what
    the encoder hears, what the decoder should say, the controls and the lengths.

    `extract` chooses examples out of long music by the original's rules, counting bars and steps in
    seconds: it is the `exact` grid. `data.musical_grid` makes bars and beats even before, and that is the
    `musical` one.
    """

    steps_per_quarter: int

    @property
    def bar(self) -> int:
        """Steps in a bar of 4/4."""
        return 4 * self.steps_per_quarter

    @property
    def rows_a_bar(self) -> int:
        """Rows of an example that belong to one bar: its steps, where a row is a step."""
        return self.bar

    @property
    def bars(self) -> int:
        """Bars in an example, the most it can have."""
        return self.shape[0] // self.rows_a_bar

    @property
    def in_use(self) -> "Converter":
        """The converter for music that a trained model is given; training may read music differently."""
        return self

    @property
    @abc.abstractmethod
    def steps(self) -> int:
        """Steps in an example, the most it can have."""

    @property
    @abc.abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""

    @property
    @abc.abstractmethod
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""

    @property
    @abc.abstractmethod
    def spaces(self) -> Spaces:
        """What a step is to the model."""

    @abc.abstractmethod
    def extract(self, music: NoteSequence | Piece, consecutive: bool = False) -> Extraction:
        """Examples in music of any length, in order, and why the rest was left out.

        Args:
          music: to look in.
          consecutive: take examples that follow each other, however often one comes again. Otherwise they
            are the original's, which may overlap, and of which melodies and drum patterns come once each.
        """

    @abc.abstractmethod
    def encode_whole(self, music: NoteSequence | Piece) -> np.ndarray:
        """Music of at most the model's length as one canonical example, without the extraction's rules.

        Raises:
          UserError: if it is longer than the model.
        """

    @abc.abstractmethod
    def decode(self, array: np.ndarray, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Notes of an example, at `qpm` quarters a minute."""

    @abc.abstractmethod
    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling; shape and dtype are kept."""

    def all_canonical(self, arrays: np.ndarray) -> np.ndarray:
        """Each of several examples [examples, *shape] with one spelling."""
        return np.stack([self.canonical(array) for array in arrays])

    @abc.abstractmethod
    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Examples [segments, *shape], one after the other, as one longer array for `decode`."""

    @abc.abstractmethod
    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """A batch of examples [batch, *shape] as the model takes it, in TensorFlow's graph."""

    @abc.abstractmethod
    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Examples [batch, *shape] of what a model said, [batch, time, ...], under what it was told."""

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """Silent examples to tell a model chords by, see `TrainedModel.decode`.

        Args:
          chords: ids of `converters.chords`, [chords], which are spread evenly.

        Returns:
          Examples [segments, *shape] that follow each other: one where an example can hold all the chords.

        Raises:
          UserError: if they cannot be spread, or the model is told no chords.
        """
        raise UserError("this model takes no chords (those whose names end in _chords do)")

    def as_controls(self, arrays: np.ndarray) -> np.ndarray:
        """Examples [n, *shape] whose controls hold for other music too, wherever its events are."""
        return arrays

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Each example [batch, *shape] moved by a random interval that keeps all of it in range.

        Args:
          arrays: int32 or float32, of the shape of examples.
          semitones: lowest and highest transposition.
          seed: [2].
        """
        del semitones, seed
        return arrays  # what has no pitch stays as it is

    def transposed(self, arrays: np.ndarray, semitones: int) -> tuple[np.ndarray, np.ndarray]:
        """Examples [n, *shape] moved by `semitones`, and a mask [n] of those that stay in range.

        What has no pitch (drums) fits nowhere but at 0.
        """
        fits = np.full(len(arrays), semitones == 0)
        return arrays[fits], fits


def as_piece(music: NoteSequence | Piece) -> Piece:
    """Either form of a piece of music as arrays."""
    return music if isinstance(music, Piece) else Piece.from_sequence(music)


def count(rejected: collections.Counter, reason: str, number: int) -> None:
    """Adds to a report of what was left out, if there is anything."""
    if number > 0:
        rejected[reason] += int(number)
