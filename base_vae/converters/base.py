"""The interface of every converter, between music and a model's arrays."""

import abc
import collections
import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from base_vae.converters.left_out import count, in_words, uncountable
from base_vae.errors import UserError
from base_vae.music.musical_grid import to_musical_grid
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import metre, split_on_changes, steps_in_bar
from base_vae.music.piece import DEFAULT_QPM, Piece, as_piece
from base_vae.spaces import Spaces, Tensors

if TYPE_CHECKING:  # converting music needs no TensorFlow, and it takes seconds to import
    import tensorflow as tf


class NoUsableNotesError(UserError):
    """Music has notes, and a model can represent none of them."""


@dataclasses.dataclass(frozen=True)
class Extraction:
    """The examples that a converter found in one piece.

    Attributes:
      examples: array of shape [examples, *converter.shape].
      rejected: how often each reason kept music out.
    """

    examples: np.ndarray
    rejected: collections.Counter[str]

    def __repr__(self) -> str:
        return f"<Extraction of {len(self.examples)} examples>"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Converter(abc.ABC):
    """Two-way map between music and the arrays of one representation.

    An example is one compact array of `shape` and `dtype` that holds everything; `tensors` makes of it the
    encoder's inputs, the decoder's outputs, the controls and the lengths.

    `extract` chooses examples out of long music by the original's rules, counting bars and steps in seconds.
    `encode_whole` encodes music that already has the model's length, all of it.

    Attributes:
      steps_per_quarter: resolution of the grid.
      max_examples_per_sequence: how many examples of a piece are kept, the first ones; None keeps all.
    """

    steps_per_quarter: int = 4
    max_examples_per_sequence: int | None = None

    @property
    def bar(self) -> int:
        """Steps in a bar, of 4/4 unless the converter has another metre."""
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
    def in_use(self) -> Self:
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
        """A step of the model's inputs, outputs and controls."""

    @abc.abstractmethod
    def extract(self, music: NoteSequence | Piece, *, consecutive: bool = False) -> Extraction:
        """Examples in music of any length, in order, and why the rest was left out.

        The rules are those that a collection is made with for training. `TrainedModel.collect` reads files
        and music in memory as the commands do, without the limits that keep a large collection even.

        Args:
          music: is read on the exact grid of the original; `to_musical_grid` makes bars and beats even
            before.
          consecutive: take examples that follow each other, repeated ones too. Otherwise they are the
            original's, which may overlap, and of which melodies and drum patterns come once each.
        """

    def encode_whole(
        self, music: NoteSequence | Piece, *, left_out: collections.Counter[str] | None = None
    ) -> np.ndarray:
        """Encodes music of at most the model's length as one canonical example, rests and all.

        Music is put on the musical grid first, as that of files is: changes of tempo move no note to another
        step. Silence is a valid example.

        Args:
          music: of the model's metre.
          left_out: counts the notes that the model cannot represent, by reason.

        Raises:
          UserError: if it is longer than the model, or in another metre; `NoUsableNotesError` if it has notes
            and the model can represent none of them.
        """
        piece = to_musical_grid(self._as_piece(music))
        self.check_metre(piece)
        if problem := uncountable(piece):
            raise UserError(f"its steps cannot be counted: {problem}")
        unused: collections.Counter[str] = collections.Counter()
        example = self._encode(piece, unused)
        if left_out is not None:
            left_out.update(unused)
        if len(piece) and unused.total() >= len(piece):
            why = in_words(unused)
            raise NoUsableNotesError(f"the model can represent none of its notes: {why}")
        return example

    def check_metre(self, piece: Piece) -> None:
        """Raises UserError if a piece on the musical grid has a metre that is not the model's."""
        end = max(piece.total_time, piece.end.max(initial=0.0))
        for time, numerator, denominator in piece.metres.tolist():
            if time and time >= end:
                continue
            if not self.takes_metre(int(numerator), int(denominator)):
                raise UserError(
                    f"the music is in {numerator:.0f}/{denominator:.0f} and the model takes {self._metre}, "
                    "or metres whose bars make whole bars of it"
                )

    def takes_metre(self, numerator: int, denominator: int) -> bool:
        """Whether bars of a metre on the musical grid are the model's, or make whole bars of it.

        The grid makes 4/4 of all that makes whole bars of 4/4. Of three quarters are 3/4 and 6/8; two bars of
        3/8 make one, and one of 12/8 makes two.
        """
        steps = steps_in_bar(numerator, denominator, self.steps_per_quarter)
        if steps == self.bar or not steps:
            return steps > 0
        in_threes = self.bar == 3 * self.steps_per_quarter and numerator % 3 == 0
        return in_threes and 0 in (self.bar % steps, steps % self.bar)

    def keep_metre(self, sequence: NoteSequence, source: NoteSequence | Piece) -> NoteSequence:
        """Writes the metre of the music that decoded music comes from, in place; returns it."""
        return self.with_metre(sequence, metre(to_musical_grid(self._as_piece(source))))

    def keep_metres(
        self, sequences: Sequence[NoteSequence], sources: Sequence[NoteSequence]
    ) -> list[NoteSequence]:
        """`keep_metre` for each of several sequences, as many as the music that they come from."""
        return [self.keep_metre(one, source) for one, source in zip(sequences, sources, strict=True)]

    def with_metre(self, sequence: NoteSequence, signature: tuple[int, int]) -> NoteSequence:
        """Writes a time signature, numerator and denominator, to decoded music, in place; returns it.

        Nothing else says of bars of three quarters whether they are 3/4 or 6/8. A metre with other bars than
        the model's is not written.
        """
        numerator, denominator = signature
        if steps_in_bar(numerator, denominator, self.steps_per_quarter) == self.bar:
            for sign in sequence.time_signatures:
                sign.numerator, sign.denominator = numerator, denominator
        return sequence

    @abc.abstractmethod
    def decode(self, array: np.ndarray, *, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Decodes an example, or a longer array of `join`, to notes at `qpm` quarters a minute."""

    @abc.abstractmethod
    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling; shape and dtype are kept."""

    def all_canonical(self, arrays: np.ndarray) -> np.ndarray:
        """Each of several examples [examples, *shape] with one spelling."""
        return np.stack([self.canonical(array) for array in arrays])

    @abc.abstractmethod
    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Joins examples [segments, *shape], one after the other, to one longer array for `decode`."""

    def first_bars(self, joined: np.ndarray, num_bars: int) -> np.ndarray:
        """The first bars of an array of `join`, and what an end token after them needs."""
        past_the_bars = self.shape[0] - self.bars * self.rows_a_bar
        return joined[: num_bars * self.rows_a_bar + past_the_bars]

    @abc.abstractmethod
    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """Makes a batch for the model from examples [batch, *shape], in TensorFlow's graph."""

    @abc.abstractmethod
    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Makes examples [batch, *shape] from a model's outputs and controls, [batch, time, ...] each."""

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """Silent examples with chords, for the `controls` of `TrainedModel.decode`.

        Args:
          chords: ids of `harmony.chords`, [chords], which are spread evenly.

        Returns:
          Examples [segments, *shape] that follow each other: one where an example can hold all the chords.

        Raises:
          UserError: if they cannot be spread, or the model takes no chords.
        """
        raise UserError("this model takes no chords (those whose names end in _chords do)")

    def as_controls(self, arrays: np.ndarray) -> np.ndarray:
        """Examples [n, *shape] whose controls hold for other music too, wherever its events are."""
        return arrays

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Transposes each example [batch, *shape] by a random interval that keeps all of it in range.

        Examples without pitches are returned unchanged.

        Args:
          arrays: int32 or float32, of the shape of examples.
          semitones: lowest and highest transposition.
          seed: int [2].
        """
        del semitones, seed
        return arrays

    def transposed(self, arrays: np.ndarray, semitones: int) -> tuple[np.ndarray, np.ndarray]:
        """Examples [n, *shape] moved by `semitones`, and a mask [n] of those that stay in range.

        Examples without pitches (drums) fit at 0 only.
        """
        fits = np.full(len(arrays), semitones == 0)
        return arrays[fits], fits

    @abc.abstractmethod
    def _encode(self, piece: Piece, left_out: collections.Counter[str]) -> np.ndarray:
        """One canonical example of a piece on the musical grid; `left_out` counts the notes not in it."""

    def _as_piece(self, music: NoteSequence | Piece) -> Piece:
        return as_piece(music)

    def _countable_parts(self, piece: Piece, rejected: collections.Counter[str]) -> Iterator[Piece]:
        """The stretches between changes of tempo or metre that have the model's metre, as in the original."""
        parts = split_on_changes(piece)
        count(rejected, "note outside the time of its piece", len(piece) - sum(map(len, parts)))
        for part in parts:
            if problem := uncountable(part):
                rejected[problem] += 1
            elif not self.takes_metre(*metre(part)):
                rejected["time signature {}/{}, not {}".format(*metre(part), self._metre)] += 1
            else:
                yield part

    @property
    def _metre(self) -> str:
        quarters = self.bar // self.steps_per_quarter
        return "3/4 or 6/8" if quarters == 3 else f"{quarters}/4"

    def _blank_sequence(self, qpm: float) -> NoteSequence:
        """A NoteSequence of one tempo, in the model's metre, without notes."""
        sequence = NoteSequence(ticks_per_quarter=220)
        sequence.tempos.add(qpm=qpm)
        sequence.time_signatures.add(numerator=self.bar // self.steps_per_quarter, denominator=4)
        return sequence

    def _check_hits(self, position: np.ndarray, steps: int) -> None:
        """Raises UserError if a drum is hit after the last of `steps`; positions [hits] are in steps."""
        last = float(position.max(initial=0.0))
        if last >= steps:
            raise self._too_long("the drums are", int(last) + 1, steps)

    def _too_long(self, subject: str, steps: int, limit: int) -> UserError:
        """The error for music that is longer than an example."""
        return UserError(
            f"{subject} {steps} steps long and the model takes {limit} ({limit // self.bar} bars of "
            f"{self._metre}): cut it, or let the model's collect() take every example out of it"
        )
