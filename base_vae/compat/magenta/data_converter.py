"""Magenta's converters as notebooks call them: NoteSequences to tensors of zeros and ones, and back."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from base_vae.converters import Converter
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.spaces import NOTHING, Categorical, MultiCategorical, Space


class ConverterTensors(NamedTuple):
    """The result of `to_tensors`, one entry an example.

    Attributes:
      inputs: of the encoder, float32 [time, input depth] each.
      outputs: of the decoder, float32 [time, output depth] each.
      controls: float32 [time, control depth] each.
      lengths: steps of each; an array where segments end early.
    """

    inputs: list[np.ndarray]
    outputs: list[np.ndarray]
    controls: list[np.ndarray]
    lengths: list


class DataConverter:
    """A converter of ours with the methods of Magenta's.

    Args:
      ours: the converter.
    """

    def __init__(self, ours: Converter):
        self.ours = ours

    @property
    def input_depth(self) -> int:
        """Width of a step of the encoder's inputs."""
        return self.ours.spaces.inputs.width

    @property
    def output_depth(self) -> int:
        """Width of a step of the decoder's outputs."""
        return self.ours.spaces.outputs.width

    @property
    def control_depth(self) -> int:
        """Width of a step of the controls; 0 without controls."""
        controls = self.ours.spaces.controls
        return controls.width if controls else 0

    @property
    def end_token(self) -> int | None:
        """Id of the event that ends a piece early, or None."""
        return self.ours.spaces.end_token

    def to_tensors(self, item: NoteSequence) -> ConverterTensors:
        """The examples in a piece by the original's rules, on its exact grid."""
        return self.tensors_of(self.ours.extract(item).examples)

    def tensors_of(self, examples: np.ndarray) -> ConverterTensors:
        """Examples [examples, *shape] of our converter as Magenta's tensors."""
        if not len(examples):
            return ConverterTensors([], [], [], [])
        kind = tf.int32 if np.issubdtype(self.ours.dtype, np.integer) else tf.float32
        batch, spaces = self.ours.tensors(tf.cast(tf.constant(examples), kind)), self.ours.spaces
        controls = np.zeros((len(examples), batch.outputs.shape[1], 0), np.float32)
        if spaces.controls:
            controls = spaces.controls.vectors(batch.controls).numpy()
        lengths = [batch.outputs.shape[1]] * len(examples)
        if batch.lengths is not None:
            lengths = list(batch.lengths.numpy())
        return ConverterTensors(
            list(spaces.inputs.vectors(batch.inputs).numpy()),
            list(spaces.outputs.vectors(batch.outputs).numpy()),
            list(controls),
            lengths,
        )

    def from_tensors(
        self, samples: Sequence[np.ndarray], controls: Sequence[np.ndarray] | None = None
    ) -> list[NoteSequence]:
        """The music of output tensors, [time, output depth] each; it ends where they do."""
        return [
            self._sequence(sample, None if controls is None else controls[i])
            for i, sample in enumerate(samples)
        ]

    to_items = to_notesequences = from_tensors  # earlier names of the same

    def _sequence(self, sample: np.ndarray, controls: np.ndarray | None) -> NoteSequence:
        example = self.examples_of(sample[np.newaxis], None if controls is None else controls[np.newaxis])[0]
        sequence = self.ours.decode(self.ours.canonical(example))
        if len(sample) < self.ours.steps and self.end_token is None:
            _end_at(sequence, len(sample) * 60.0 / DEFAULT_QPM / self.ours.steps_per_quarter)
        return sequence

    def examples_of(self, samples: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Our examples [n, *shape] of output tensors and controls, [n, time, depth] each."""
        spaces, steps = self.ours.spaces, self.ours.steps
        values = np.stack([_filled(values_of(sample, spaces.outputs), steps) for sample in samples])
        if self.end_token is None and np.issubdtype(values.dtype, np.integer):
            values = np.maximum(values, 0)  # a step of zeros is a step without an event
        if spaces.controls is None:
            return self.ours.assemble(values)
        if controls is None:
            controls = np.zeros((len(samples), steps, self.control_depth), np.float32)
        known = [_filled(np.maximum(values_of(each, spaces.controls), 0), steps) for each in controls]
        return self.ours.assemble(values, np.stack(known))


def values_of(vectors: np.ndarray, space: Space) -> np.ndarray:
    """Steps of a space [time, *space.shape], of vectors [time, width]; `NOTHING` for one of zeros."""
    vectors = np.asarray(vectors, np.float32)
    if isinstance(space, Categorical):
        return np.where(vectors.any(-1), vectors.argmax(-1), NOTHING)
    if isinstance(space, MultiCategorical):
        parts = np.split(vectors, np.cumsum(space.depths)[:-1], -1)
        return np.stack([np.where(part.any(-1), part.argmax(-1), NOTHING) for part in parts], -1)
    return vectors


def _filled(values: np.ndarray, steps: int) -> np.ndarray:
    """Values [time, ...] with zeros (no event) after them up to `steps`."""
    missing = [(0, max(steps - len(values), 0))] + [(0, 0)] * (values.ndim - 1)
    return np.pad(values[:steps], missing)


def _end_at(sequence: NoteSequence, seconds: float) -> None:
    """Cuts a sequence: what begins later goes, what sounds then ends."""
    kept = [note for note in sequence.notes if note.start_time < seconds]
    for note in kept:
        note.end_time = min(note.end_time, seconds)
    del sequence.notes[:]
    sequence.notes.extend(kept)
    sequence.total_time = seconds
