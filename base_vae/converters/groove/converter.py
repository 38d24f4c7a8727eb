"""Drumming with its feel: for each step and drum a hit, its velocity and how early it comes.

Gillick et al. 2019 (arXiv:1905.06118), section 4. An array is float32 [steps, drums, 3]: the hit (0 or 1; 2
where it is hidden from the encoder), the velocity (MIDI's, over 127), and the offset in halves of a step, 1
for early and -1 for late. `groove.tensors` makes the model's inputs, outputs and controls of it.
"""

import collections
import dataclasses
from typing import TYPE_CHECKING, Self

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.drums.converter import (
    DRUM_INSTRUMENT,
    count_other_notes,
    count_unused_drums,
    nearest_steps,
)
from base_vae.converters.drums.maps import DrumMap, classes_of, first_pitches, pitch_classes
from base_vae.converters.groove import tensors
from base_vae.converters.groove.layout import HIT, MIDI_VELOCITIES, OFFSET, TAP_DRUM, VELOCITY, Layout
from base_vae.converters.left_out import LEFT_OVER, count, uncountable
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import metre, steps_per_bar
from base_vae.music.piece import DEFAULT_QPM, Piece, as_piece
from base_vae.ranges import Range
from base_vae.spaces import Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

# Offsets of canonical arrays are multiples of this: far below anything audible (60 ns at 120 quarters a
# minute), far above the rounding of times in seconds.
_FINEST_OFFSET = 2.0**-20
_SOFTER = "softer hit on the same step"  # a reason to leave music out
_LENGTH_TOLERANCE = 0.02  # of a step; MIDI files round times to ticks


@dataclasses.dataclass(frozen=True, kw_only=True)
class GrooveConverter(Converter):
    """Two-way map between NoteSequences and grooves.

    Attributes:
      split_bars: length of an example in bars.
      hop_size: steps from one example to the next; None for examples that follow each other.
      pitch_classes: which pitches count as one drum in training: a name of `drums.maps`, or the classes.
      inference_pitch_classes: the same for `encode_whole` and `decode`; None for `pitch_classes`.
      humanize: leaves velocities and offsets out of the encoder's input.
      tapify: leaves all but one drum out of it, the loudest of each step, as taps on an open hi-hat.
      fixed_velocities: leaves velocities out of it.
      add_instruments: drums (numbers of classes) that are left out of it.
      max_note_dropout_probability: in training random notes are hidden from the encoder; each example has a
        probability of its own, up to this one. None hides none.
      hits_as_controls: whether the hits are controls, so that only how they are played is left to find.
      split_instruments: whether each drum has a step of its own, with the number of the drum as a control.
      num_velocity_bins, num_offset_bins: make velocities and offsets choices among this many; None: numbers.
    """

    split_bars: int = 2
    hop_size: int | None = None
    pitch_classes: DrumMap = "ROLAND"
    inference_pitch_classes: DrumMap | None = None
    humanize: bool = False
    tapify: bool = False
    fixed_velocities: bool = False
    add_instruments: tuple[int, ...] = ()
    max_note_dropout_probability: float | None = None
    hits_as_controls: bool = False
    split_instruments: bool = False
    num_velocity_bins: int | None = None
    num_offset_bins: int | None = None

    def __post_init__(self) -> None:
        bins = Range(2)
        errors = setting_errors(self, num_velocity_bins=bins, num_offset_bins=bins)
        raise_all(errors + (errors_of(pitch_classes, self.pitch_classes) or self._drum_errors()))

    def _drum_errors(self) -> list[str]:
        """Messages for settings that do not go together, in a converter whose drums are valid."""
        drums, in_inference = self.classes, len(pitch_classes(self._inference_map))
        added = self.add_instruments
        problems = {
            f"there must be as many drums in inference as in training, {drums} (received {in_inference})": (
                drums != in_inference
            ),
            "`num_velocity_bins` and `num_offset_bins` must be given both or neither": (
                (self.num_velocity_bins is None) != (self.num_offset_bins is None)
            ),
            f"`tapify` needs at least {TAP_DRUM + 1} drums (received {drums})": (
                self.tapify and drums <= TAP_DRUM
            ),
            f"`add_instruments` must be whole numbers within 0 and {drums - 1} (received {added})": any(
                drum not in range(drums) for drum in added
            ),
        }
        return [problem for problem, found in problems.items() if found]

    @property
    def steps(self) -> int:
        """Steps of the model in an example: as many as in the music, times the drums if they are split."""
        return self._grid_steps * (self.classes if self.split_instruments else 1)

    @property
    def in_use(self) -> Self:
        """The converter for music that a trained model is given, with the drums of inference."""
        return dataclasses.replace(self, pitch_classes=self._inference_map)

    @property
    def classes(self) -> int:
        """Number of drums."""
        return len(pitch_classes(self.pitch_classes))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""
        return (self._grid_steps, self.classes, 3)

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""
        return np.float32

    @property
    def spaces(self) -> Spaces:
        """A step of the model's inputs, outputs and controls."""
        return tensors.spaces(self._layout)

    @property
    def _layout(self) -> Layout:
        velocities, offsets = self.num_velocity_bins, self.num_offset_bins
        return Layout(
            steps=self.steps,
            classes=self.classes,
            bins=None if velocities is None or offsets is None else (velocities, offsets),
            humanize=self.humanize,
            tapify=self.tapify,
            fixed_velocities=self.fixed_velocities,
            add_instruments=self.add_instruments,
            hits_as_controls=self.hits_as_controls,
            split_instruments=self.split_instruments,
        )

    def extract(self, music: NoteSequence | Piece, *, consecutive: bool = False) -> Extraction:
        """All examples in a sequence of any length, silent ones too, and why music was left out.

        They come every `hop_size` steps from time 0 on, as in the original, or are `consecutive`; music whose
        tempo or time signature changes has none.
        """
        piece = as_piece(music)
        rejected: collections.Counter[str] = collections.Counter()
        examples = np.zeros((0, *self.shape), np.float32)
        reason = self._why_not(piece)
        if reason is not None:
            rejected[reason] += 1
            return Extraction(examples, rejected)
        drum = classes_of(piece.pitch, piece.is_drum, self.pitch_classes)
        count_other_notes(piece, drum, rejected)
        used = drum >= 0
        if not used.any():
            rejected["no drums in it"] += 1
            return Extraction(examples, rejected)
        position = self._positions(piece)[used]
        step = _step_of(position)
        bars = int(step.max()) // self.bar + 1
        velocity = piece.velocity[used] / MIDI_VELOCITIES
        groove = self._loudest(bars * self.bar, step, drum[used], velocity, 2.0 * (step - position))
        count(rejected, _SOFTER, int(used.sum() - groove[..., HIT].sum()))
        if bars < self.split_bars:
            rejected[f"drums shorter than {self.split_bars} bars"] += 1
            return Extraction(examples, rejected)
        hop = self._grid_steps if consecutive else self.hop_size or self._grid_steps
        windows = np.lib.stride_tricks.sliding_window_view(groove, self._grid_steps, axis=0)[::hop]
        left_over = len(groove) - self._grid_steps - (len(windows) - 1) * hop
        count(rejected, LEFT_OVER, left_over // self.bar)
        examples = np.ascontiguousarray(np.moveaxis(windows, -1, 1))
        return Extraction(examples[: self.max_examples_per_sequence], rejected)

    def _why_not(self, piece: Piece) -> str | None:
        """Why a piece can have no examples; None if it can."""
        if reason := _changes(piece) or uncountable(piece):
            return reason
        if steps_per_bar(piece, self.steps_per_quarter) != self.bar:
            return "time signature {}/{}, not {}".format(*metre(piece), self._metre)
        drum = classes_of(piece.pitch, piece.is_drum, self.pitch_classes)
        if _step_of(self._positions(piece)[drum >= 0]).min(initial=0) < 0:
            return "a note begins before the music"
        return None

    def _positions(self, piece: Piece) -> np.ndarray:
        """The onset of each note, in steps, float64 [notes]; rounded as the original does, for ties."""
        return np.asarray(piece.start * (self.steps_per_quarter * piece.qpm / 60.0))

    def _encode(self, piece: Piece, left_out: collections.Counter[str]) -> np.ndarray:
        drum = classes_of(piece.pitch, piece.is_drum, self._inference_map)
        count_unused_drums(piece, drum, left_out)
        used = (drum >= 0) & (piece.velocity > 0)
        steps_per_second = self.steps_per_quarter * piece.qpm / 60.0
        start, end = piece.start[used] * steps_per_second, piece.end[used] * steps_per_second
        position = _before_the_cut(piece.pitch[used], start, end)
        self._check_hits(position, self._grid_steps)
        step = nearest_steps(position, self._grid_steps)
        velocity = piece.velocity[used] / MIDI_VELOCITIES
        groove = self._loudest(self._grid_steps, step, drum[used], velocity, 2.0 * (step - position))
        count(left_out, _SOFTER, int(used.sum() - groove[..., HIT].sum()))
        return self.canonical(groove)

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling: velocities of MIDI and no softer than 1, zeros where no hit is.

        A hit lies less than half a step from its step, or it would belong to another one.
        """
        array = np.asarray(array, np.float64)
        hit = array[..., HIT] > 0.5
        velocity = np.clip(np.round(array[..., VELOCITY] * MIDI_VELOCITIES), 1, MIDI_VELOCITIES)
        offset = np.round(array[..., OFFSET] / _FINEST_OFFSET) * _FINEST_OFFSET
        offset = np.clip(offset, _FINEST_OFFSET - 1.0, 1.0 - _FINEST_OFFSET)
        numbers = np.stack([hit, velocity / MIDI_VELOCITIES, offset], -1)
        return np.where(hit[..., np.newaxis], numbers, 0.0).astype(np.float32)

    def all_canonical(self, arrays: np.ndarray) -> np.ndarray:
        """Each of several grooves with one spelling."""
        return self.canonical(arrays)  # which takes any number of axes

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Grooves [segments, steps, drums, 3], one after the other, [segments * steps, drums, 3]."""
        return np.asarray(arrays).reshape(-1, self.classes, 3)

    def decode(self, array: np.ndarray, *, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Decodes a groove [steps, drums, 3] at `qpm` quarters a minute; each note lasts a step.

        A hit of the first step that comes before time 0, where no note can be, is cut there: it begins at 0
        and ends as if it had not been cut, so that `encode_whole` can tell how early it is.
        """
        sequence = self._blank_sequence(qpm)
        seconds = 60.0 / qpm / self.steps_per_quarter
        pitches = first_pitches(self._inference_map)
        groove = self.canonical(array).astype(np.float64)
        steps, drums = np.nonzero(groove[..., HIT])
        _, velocities, offsets = groove[steps, drums].T
        starts = (steps - offsets / 2.0) * seconds
        for pitch, velocity, start in zip(
            pitches[drums].tolist(), np.round(velocities * MIDI_VELOCITIES), starts.tolist(), strict=True
        ):
            sequence.notes.add(
                pitch=pitch,
                velocity=int(velocity),
                instrument=DRUM_INSTRUMENT,
                is_drum=True,
                start_time=max(start, 0.0),
                end_time=start + seconds,
            )
        sequence.total_time = float(starts.max(initial=-seconds) + seconds)
        return sequence

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """Makes a batch for the model from grooves [batch, steps, drums, 3]; its inputs set the task."""
        return tensors.tensors(self._layout, arrays)

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Makes grooves from a model's outputs [batch, time, width]; its own hits count."""
        return tensors.assemble(self._layout, outputs)

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Hides random notes of each groove float32 [batch, steps, drums, 3] from the encoder."""
        if self.max_note_dropout_probability is None:
            return arrays
        return tensors.drop_notes(arrays, self.max_note_dropout_probability, seed)

    @property
    def _inference_map(self) -> DrumMap:
        return self.pitch_classes if self.inference_pitch_classes is None else self.inference_pitch_classes

    @property
    def _grid_steps(self) -> int:
        """Steps of the music in an example."""
        return self.split_bars * self.bar

    def _loudest(
        self, steps: int, step: np.ndarray, drum: np.ndarray, velocity: np.ndarray, offset: np.ndarray
    ) -> np.ndarray:
        """A groove [steps, drums, 3] of hits [notes]; of several in one place the loudest, then the first."""
        groove = np.zeros((steps, self.classes, 3), np.float32)
        order = np.lexsort((-np.arange(len(step)), velocity))  # the last one written stays
        hits = np.stack([np.ones(len(step)), velocity, offset], -1)
        groove[step[order], drum[order]] = hits[order]
        return groove


def _step_of(position: np.ndarray) -> np.ndarray:
    """The step of each position in steps, int64 [notes].

    Towards zero, as in the original: up to one and a half steps too early, a hit is on the first step.
    """
    return np.asarray(np.trunc(position + 0.5), np.int64)


def _changes(piece: Piece) -> str | None:
    """Names a change of tempo or metre, from 4/4 at 120 quarters a minute at time 0 on; None without one."""
    for name, events, initial in (
        ("tempo", piece.tempos, [DEFAULT_QPM]),
        ("time signature", piece.metres, [4, 4]),
    ):
        if not len(events):
            continue
        first = events[np.argmin(events[:, 0])]
        begins_later = first[0] != 0 and list(first[1:]) != initial
        if begins_later or np.any(events[:, 1:] != events[0, 1:]):
            return f"the {name} changes in it"
    return None


def _before_the_cut(pitch: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The onset of each hit, in steps; hits that `decode` cut at time 0 are where they were before.

    It did if it wrote the music: then hits last a step, except those at 0, which are shorter by what was cut,
    at most half a step. Read from a MIDI file, a hit also ends where one of the same drum before it does.
    """
    length = end - start
    cut = (start <= 0.0) & (length >= 0.5 - _LENGTH_TOLERANCE) & (length < 1.0)
    meant = np.where(cut, end, start + 1.0)
    order = np.lexsort((start, pitch))
    last, this = order[:-1], order[1:]
    stopped = np.zeros(len(start), bool)
    stopped[this] = (pitch[last] == pitch[this]) & (np.abs(end[this] - meant[last]) <= _LENGTH_TOLERANCE)
    ours = cut | stopped | (np.abs(length - 1.0) <= _LENGTH_TOLERANCE)
    return np.where(cut, end - 1.0, start) if ours.all() else start
