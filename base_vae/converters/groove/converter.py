"""Drumming with its feel: for each step and drum a hit, its velocity and how early it comes.

Gillick et al. 2019 (arXiv:1905.06118), section 4. An array is float32 [steps, drums, 3]: the hit (0 or 1; 2
if the encoder is not to hear it), the velocity (MIDI's, over 127), and the offset in halves of a step, 1 for
early and -1 for late. `groove_tensors` makes of it what a model hears, says and is told.
"""

import collections
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.base import LEFT_OVER, Converter, Extraction, as_piece
from base_vae.converters.drums.converter import DRUM_INSTRUMENT, nearest_steps
from base_vae.converters.drums.maps import DrumMap, classes_of, first_pitches, pitch_classes
from base_vae.converters.groove import tensors
from base_vae.converters.groove.tensors import MIDI_VELOCITIES, TAP_DRUM
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import metre, steps_per_bar
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.settings import Range
from base_vae.spaces import Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

HIT, VELOCITY, OFFSET = range(3)
# Offsets of canonical arrays are multiples of this: far below what can be heard (60 ns at 120 quarters a
# minute), far above the rounding of times in seconds.
_FINEST_OFFSET = 2.0**-20
_LENGTH_TOLERANCE = 0.02  # of a step; MIDI files round times to ticks


@dataclasses.dataclass(frozen=True)
class GrooveConverter(Converter):
    """Two-way map between NoteSequences and grooves.

    Attributes:
      split_bars: length of an example in bars.
      hop_size: steps from one example to the next; None for examples that follow each other.
      steps_per_quarter: resolution of the grid.
      pitch_classes: which pitches count as one drum in training: a name of `drum_maps`, or the classes.
      inference_pitch_classes: the same for `encode_whole` and `decode`; None for `pitch_classes`.
      humanize: the encoder hears neither velocities nor offsets.
      tapify: the encoder hears one drum only, the loudest of each step, as taps on an open hi-hat.
      fixed_velocities: the encoder hears no velocities.
      add_instruments: drums (numbers of classes) that the encoder does not hear.
      max_note_dropout_probability: in training the encoder misses random notes; the probability is another
        for each example, up to this one. None for no drop-out.
      hits_as_controls: the decoder is told the hits, and only has to say how they are played.
      split_instruments: each drum has a step of its own, so that sequences are so many times longer, and the
        decoder is told which drum's turn it is.
      num_velocity_bins, num_offset_bins: make velocities and offsets choices among so many; None for numbers.
      max_examples_per_sequence: keep at most the first so many examples of a sequence; None keeps all.
    """

    split_bars: int = 2
    hop_size: int | None = None
    steps_per_quarter: int = 4
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
    max_examples_per_sequence: int | None = None

    def __post_init__(self):
        bins = Range(2)
        errors = setting_errors(self, num_velocity_bins=bins, num_offset_bins=bins)
        raise_all(errors + (errors_of(pitch_classes, self.pitch_classes) or self._drum_errors()))

    def _drum_errors(self) -> list[str]:
        """What does not go together, in a converter whose drums are known."""
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
    def in_use(self) -> "GrooveConverter":
        """The converter for music that a trained model is given, in the drums of the inference."""
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
        """What a step is to the model."""
        return tensors.spaces(self)

    def extract(self, music: NoteSequence | Piece, consecutive: bool = False) -> Extraction:
        """All examples in a sequence of any length, silent ones too, and why music was left out.

        They come every `hop_size` steps from time 0 on, as in the original, or are `consecutive`; music whose
        tempo or time signature changes has none.
        """
        piece = as_piece(music)
        rejected: collections.Counter = collections.Counter()
        nothing = np.zeros((0, *self.shape), np.float32)
        reason = _changes(piece)
        if reason is None and steps_per_bar(piece, self.steps_per_quarter) != self.bar:
            reason = "time signature {}/{}, not 4/4".format(*metre(piece))
        drum = classes_of(piece.pitch, piece.is_drum, self.pitch_classes)
        used = drum >= 0
        position = piece.start[used] * self.steps_per_quarter * piece.qpm / 60.0
        # Towards zero, as in the original: up to one and a half steps too early, a hit is on the first step.
        step = np.trunc(position + 0.5).astype(np.int64)
        if reason is None and step.min(initial=0) < 0:
            reason = "a note begins before the music"
        if reason is not None:
            return Extraction(nothing, collections.Counter({reason: 1}))
        rejected["note that is not a drum"] += int((~piece.is_drum).sum())
        rejected["drum that is not in the drum map"] += int((piece.is_drum & ~used).sum())
        if not used.any():
            rejected["no drums in it"] += 1
            return Extraction(nothing, +rejected)
        bars = int(step.max()) // self.bar + 1
        velocity = piece.velocity[used] / MIDI_VELOCITIES
        groove = self._loudest(bars * self.bar, step, drum[used], velocity, 2.0 * (step - position))
        rejected["softer hit on the same step"] += int(used.sum() - groove[..., HIT].sum())
        if bars < self.split_bars:
            rejected[f"drums shorter than {self.split_bars} bars"] += 1
            return Extraction(nothing, +rejected)
        hop = self._grid_steps if consecutive else self.hop_size or self._grid_steps
        windows = np.lib.stride_tricks.sliding_window_view(groove, self._grid_steps, axis=0)[::hop]
        left_over = len(groove) - self._grid_steps - (len(windows) - 1) * hop
        rejected[LEFT_OVER] += left_over // self.bar
        examples = np.ascontiguousarray(np.moveaxis(windows, -1, 1))
        return Extraction(examples[: self.max_examples_per_sequence], +rejected)

    def encode_whole(self, music: NoteSequence | Piece) -> np.ndarray:
        """A sequence of at most the model's length as one canonical array [steps, drums, 3], rests and all.

        Raises:
          UserError: if a drum is hit after the model's last step.
        """
        piece = as_piece(music)
        drum = classes_of(piece.pitch, piece.is_drum, self._inference_map)
        used = (drum >= 0) & (piece.velocity > 0)
        steps_per_second = self.steps_per_quarter * piece.qpm / 60.0
        start, end = piece.start[used] * steps_per_second, piece.end[used] * steps_per_second
        position = _before_the_cut(piece.pitch[used], start, end)
        step = nearest_steps(position, self._grid_steps, self.bar)
        velocity = piece.velocity[used] / MIDI_VELOCITIES
        offset = 2.0 * (step - position)
        return self.canonical(self._loudest(self._grid_steps, step, drum[used], velocity, offset))

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

    all_canonical = canonical  # which asks for no number of axes

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Grooves [segments, steps, drums, 3], one after the other, [segments * steps, drums, 3]."""
        return np.asarray(arrays).reshape(-1, self.classes, 3)

    def decode(self, array: np.ndarray, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Notes of a groove [steps, drums, 3], at `qpm` quarters a minute; each lasts a step.

        A hit of the first step that comes before time 0, where no note can be, is cut there: it begins at 0
        and ends as if it had not been cut, so that `encode_whole` sees how early it is.
        """
        sequence = NoteSequence(ticks_per_quarter=220)
        sequence.tempos.add(qpm=qpm)
        sequence.time_signatures.add(numerator=4, denominator=4)
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
        """A batch of grooves [batch, steps, drums, 3] as the model takes it; the task is in the inputs."""
        return tensors.tensors(self, arrays)

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Grooves of what a model said, [batch, time, width]; its hits count, not the ones it was told."""
        return tensors.assemble(self, outputs)

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Each groove float32 [batch, steps, drums, 3] with random notes that the encoder does not hear."""
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
        order = np.lexsort((-np.arange(len(step)), velocity))  # what is written last stays
        hits = np.stack([np.ones(len(step)), velocity, offset], -1)
        groove[step[order], drum[order]] = hits[order]
        return groove


def _changes(piece: Piece) -> str | None:
    """What changes in a piece, counting from 4/4 at 120 quarters a minute at time 0; None if nothing."""
    for what, events, initial in (
        ("tempo", piece.tempos, [DEFAULT_QPM]),
        ("time signature", piece.metres, [4, 4]),
    ):
        if not len(events):
            continue
        first = events[np.argmin(events[:, 0])]
        begins_later = first[0] != 0 and list(first[1:]) != initial
        if begins_later or np.any(events[:, 1:] != events[0, 1:]):
            return f"the {what} changes in it"
    return None


def _before_the_cut(pitch: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Where each hit begins, in steps, with hits that `decode` cut at time 0 where they were before.

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
