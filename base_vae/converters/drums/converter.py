"""Drum patterns: the drums that are hit at each step.

Roberts et al. 2018 (arXiv:1803.05428), section 5: two bars of sixteenth notes. An array is bits; to a
model each step is a roll (one number a drum) or one id out of all combinations.
"""

import collections
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.drums.maps import DrumMap, classes_of, first_pitches, pitch_classes
from base_vae.converters.left_out import LEFT_OVER, SILENT, count
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import UserError, raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import note_table, quantize
from base_vae.music.piece import DEFAULT_QPM, Piece, as_piece
from base_vae.ranges import Range
from base_vae.spaces import Binary, Categorical, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

OUTPUT_VELOCITY = 80
DRUM_INSTRUMENT = 9
_MOST_CLASSES_AS_IDS = 16  # a softmax over 2**16 combinations


@dataclasses.dataclass(frozen=True, kw_only=True)
class DrumsConverter(Converter):
    """Two-way map between NoteSequences and drum patterns.

    Attributes:
      slice_bars: length of an example in bars.
      max_bars: longer patterns are cut here before slicing.
      gap_bars: a pattern ends where this many bars are silent; infinity lets it go on.
      pitch_classes: which pitches count as one drum: a name of `drums.maps`, or the classes themselves.
      roll_input: whether the encoder's input is a number for each drum, and one more that is 1 where no drum
        is hit, rather than an id for each combination of drums.
      roll_output: whether the decoder's output is a number for each drum rather than an id.
    """

    slice_bars: int = 2
    max_bars: int = 100
    gap_bars: float = 1.0
    pitch_classes: DrumMap = "REDUCED"
    roll_input: bool = True
    roll_output: bool = False

    def __post_init__(self) -> None:
        errors = setting_errors(self, gap_bars=Range(0, above=True, infinite=True))
        raise_all(errors + errors_of(self._check_classes))

    def _check_classes(self) -> None:
        """Raises UserError if there are too many drums for the ids of their combinations."""
        if self.classes > _MOST_CLASSES_AS_IDS and not (self.roll_input and self.roll_output):
            raise UserError(
                f"{self.classes} drums have too many combinations for one id each (at most "
                f"{_MOST_CLASSES_AS_IDS} drums do): set roll_input and roll_output"
            )

    @property
    def steps(self) -> int:
        """Steps in an example."""
        return self.slice_bars * self.bar

    @property
    def classes(self) -> int:
        """Number of drums."""
        return len(pitch_classes(self.pitch_classes))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""
        return (self.steps, self.classes)

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers, which are 0 and 1."""
        return np.uint8

    @property
    def spaces(self) -> Spaces:
        """A step of the model's inputs and outputs."""
        return Spaces(
            Binary(self.classes + 1) if self.roll_input else Categorical(2**self.classes),
            Binary(self.classes) if self.roll_output else Categorical(2**self.classes),
        )

    def extract(self, music: NoteSequence | Piece, *, consecutive: bool = False) -> Extraction:
        """All distinct examples in a piece of any length, one every bar, and why music was left out.

        Those that are `consecutive` follow each other from where a pattern begins, and are not all distinct.
        Each stretch between changes of tempo or time signature is taken by itself, as in the original.
        """
        rejected: collections.Counter[str] = collections.Counter()
        hop = self.steps if consecutive else self.bar
        examples: list[bytes] = []
        for part in self._countable_parts(as_piece(music), rejected):
            for pattern in self._patterns(part, rejected):
                if len(pattern) < self.steps:
                    rejected[f"drum pattern shorter than {self.slice_bars} bars"] += 1
                    continue
                ends = range(self.steps, len(pattern) + 1, hop)
                examples += [pattern[end - self.steps : end].tobytes() for end in ends]
                count(rejected, LEFT_OVER, (len(pattern) - ends[-1]) // self.bar)
        # A dict is a set that keeps its order: the same input, the same output.
        kept = examples if consecutive else dict.fromkeys(examples)
        arrays = np.frombuffer(b"".join(kept), np.uint8).reshape(-1, *self.shape)
        return Extraction(arrays[: self.max_examples_per_sequence], rejected)

    def _encode(self, piece: Piece, left_out: collections.Counter[str]) -> np.ndarray:
        drum = classes_of(piece.pitch, piece.is_drum, self.pitch_classes)
        used = (drum >= 0) & (piece.velocity > 0)
        count_unused_drums(piece, drum, left_out)
        position = piece.start[used] * (self.steps_per_quarter * piece.qpm / 60.0)
        self._check_hits(position, self.steps)
        bits = np.zeros(self.shape, np.uint8)
        bits[nearest_steps(position, self.steps), drum[used]] = 1
        return bits

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling: a drum is hit (1) or not (0)."""
        return np.asarray(np.asarray(array) != 0, self.dtype)

    def all_canonical(self, arrays: np.ndarray) -> np.ndarray:
        """Each of several patterns with one spelling."""
        return self.canonical(arrays)  # which takes any number of axes

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Patterns [segments, steps, classes], one after the other, [segments * steps, classes]."""
        return np.asarray(arrays).reshape(-1, self.classes)

    def decode(self, array: np.ndarray, *, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Decodes a pattern [steps, classes] at `qpm` quarters a minute; each note lasts a step."""
        sequence = self._blank_sequence(qpm)
        seconds = 60.0 / qpm / self.steps_per_quarter
        pitches = first_pitches(self.pitch_classes)
        for step, drum in np.argwhere(array).tolist():
            sequence.notes.add(
                pitch=int(pitches[drum]),
                velocity=OUTPUT_VELOCITY,
                instrument=DRUM_INSTRUMENT,
                is_drum=True,
                start_time=step * seconds,
                end_time=(step + 1) * seconds,
            )
            sequence.total_time = (step + 1) * seconds
        return sequence

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """Makes a batch for the model from bits [batch, steps, classes]: rolls or ids."""
        import tensorflow as tf

        bits = tf.cast(arrays, tf.int32)
        roll = tf.cast(bits, tf.float32)
        inputs = tf.concat([roll, 1.0 - tf.reduce_max(roll, -1, keepdims=True)], -1)
        if self.roll_input and self.roll_output:
            return Tensors(inputs, roll)
        ids = tf.reduce_sum(bits * tf.constant(2 ** np.arange(self.classes), tf.int32), -1)
        return Tensors(inputs if self.roll_input else ids, roll if self.roll_output else ids)

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Makes patterns from a model's output ids [batch, steps] or rolls [batch, steps, classes]."""
        if self.roll_output:
            return np.asarray(np.asarray(outputs) > 0.5, self.dtype)
        ids = np.asarray(outputs).astype(np.int64)[..., np.newaxis]
        return np.asarray(ids >> np.arange(self.classes) & 1, self.dtype)

    def _patterns(self, part: Piece, rejected: collections.Counter[str]) -> Iterator[np.ndarray]:
        """Yields patterns of a piece of one tempo, split at gaps: bits [bars * bar, classes]."""
        table = note_table(part, self.steps_per_quarter)
        drum = classes_of(table.pitch, table.is_drum, self.pitch_classes)
        count_unused_drums(part, drum, rejected)
        used = (drum >= 0) & (table.velocity > 0)
        count(rejected, "no drums in it", not used.any())
        start, drum = table.start[used], drum[used]
        hits = np.unique(start)
        # A gap counts from the end of the step of a hit, and drums have no length.
        ends = np.diff(hits) - 1 >= self.gap_bars * self.bar
        lasts = np.append(np.flatnonzero(ends), len(hits) - 1)
        first = 0
        while first < len(hits):
            last = int(lasts[np.searchsorted(lasts, first)])
            origin = int(hits[first]) // self.bar * self.bar
            length = -(-(int(hits[last]) + 1 - origin) // self.bar) * self.bar
            inside = (start >= hits[first]) & (start <= hits[last])
            bits = np.zeros((length, self.classes), np.uint8)
            bits[start[inside] - origin, drum[inside]] = 1
            count(rejected, f"bar past the first {self.max_bars}", length // self.bar - self.max_bars)
            yield bits[: self.max_bars * self.bar]
            # The next pattern starts in a bar of its own: after a gap of less than a bar, hits can be lost.
            first = int(np.searchsorted(hits, origin + length))
            count(rejected, "step with drums in the bar where another pattern ends", first - last - 1)


def count_unused_drums(piece: Piece, drum: np.ndarray, rejected: collections.Counter[str]) -> None:
    """Counts what `count_other_notes` counts, and hits that are silent."""
    count_other_notes(piece, drum, rejected)
    count(rejected, SILENT, ((drum >= 0) & (piece.velocity == 0)).sum())


def count_other_notes(piece: Piece, drum: np.ndarray, rejected: collections.Counter[str]) -> None:
    """Counts the notes that are none of a model's drums.

    Args:
      piece: the notes.
      drum: the class of each, int64 [notes], from `classes_of`.
      rejected: counts them by reason.
    """
    count(rejected, "note that is not a drum", (~piece.is_drum).sum())
    count(rejected, "drum that is not in the drum map", (piece.is_drum & (drum < 0)).sum())


def nearest_steps(position: np.ndarray, steps: int) -> np.ndarray:
    """The step of each hit in music that is taken whole.

    A hit just before the end, nearer to the step after it, stays on the last step; one before the music goes
    on the first.

    Args:
      position: float64 [hits], in steps, below `steps`.
      steps: how many the model takes.
    """
    return np.asarray(np.clip(quantize(position, 1.0), 0, steps - 1))
