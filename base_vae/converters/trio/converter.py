"""Melody, bass and drums together: an event of each at every step.

Roberts et al. 2018 (arXiv:1803.05428), section 5: sixteen bars of sixteenth notes.
"""

import collections
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.base import Converter, Extraction, as_piece, count
from base_vae.converters.drums.maps import first_pitches, pitch_classes
from base_vae.converters.harmony.chords import UNREADABLE, UNREADABLE_REASON, HarmonyError, with_harmony
from base_vae.converters.harmony.controls import HarmonyControls
from base_vae.converters.melody.events import (
    FIRST_NOTE,
    NO_EVENT,
    NOTE_OFF,
    OUTPUT_VELOCITY,
    add_notes,
    canonical,
    moved,
    moved_tensor,
    random_shift,
)
from base_vae.converters.trio.extraction import (
    BASS_PROGRAMS,
    DRUM_MAP,
    MAX_PITCH,
    MIN_PITCH,
    Voices,
    drum_ids,
    voice_ids,
    windows_together,
    without_overlap,
)
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import UserError, raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import metre, note_table, split_on_changes, steps_per_bar
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.settings import AT_LEAST_ONE
from base_vae.spaces import MultiCategorical, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

_DEPTH = FIRST_NOTE + MAX_PITCH - MIN_PITCH + 1  # ids of melody and bass
_BASS_INSTRUMENT, _DRUM_INSTRUMENT = 1, 9
_ELECTRIC_BASS = 33


@dataclasses.dataclass(frozen=True)
class TrioConverter(Converter):
    """Two-way map between NoteSequences and trios.

    An array is int16 [steps, 3 + controls]: the ids of melody and bass, as in `MelodyConverter`, the
    combination of drums, bit by bit, and the chord and key of the step.

    Attributes:
      slice_bars: length of an example in bars.
      gap_bars: how many bars each of the three may rest before its first and after its last bar in a stretch;
        a gap inside may be twice as long.
      max_bars: longer music is cut here before slicing.
      steps_per_quarter: resolution of the grid.
      max_examples_per_sequence: keep at most the first so many examples of a sequence; None keeps all.
      chord_encoding: "triad" to tell the model the chord of each step, or None.
      condition_on_key: whether to tell it the key.
    """

    slice_bars: int = 16
    gap_bars: int = 2
    max_bars: int = 1024
    steps_per_quarter: int = 4
    max_examples_per_sequence: int | None = None
    chord_encoding: str | None = None
    condition_on_key: bool = False

    def __post_init__(self) -> None:
        errors = setting_errors(self, gap_bars=AT_LEAST_ONE)
        raise_all(errors + errors_of(HarmonyControls.named, self.chord_encoding, self.condition_on_key))

    @property
    def steps(self) -> int:
        """Steps in an example."""
        return self.slice_bars * self.bar

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""
        return (self.steps, 3 + self._controls.columns)

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""
        return np.int16

    @property
    def spaces(self) -> Spaces:
        """What a step is to the model."""
        drums = 2 ** len(pitch_classes(DRUM_MAP))
        step = MultiCategorical((_DEPTH, _DEPTH, drums), ("melody", "bass", "drums"))
        return Spaces(step, step, self._controls.space)

    @property
    def _controls(self) -> HarmonyControls:
        return HarmonyControls.named(self.chord_encoding, self.condition_on_key)

    def extract(self, music: NoteSequence | Piece, consecutive: bool = False) -> Extraction:
        """Every combination of a melody, a bass and drums, every bar, while all three play; why not others.

        Those that are `consecutive` have no bar of one combination in common.
        As in the original, a trio that comes again in the music comes again here, and a note-off may stand
        where no note of the example sounds.
        """
        rejected: collections.Counter = collections.Counter()
        piece = as_piece(music)
        parts = split_on_changes(piece)
        count(rejected, "note outside the time of its piece", len(piece) - sum(map(len, parts)))
        examples = [np.zeros((0, *self.shape), self.dtype)]
        for part in parts:
            if steps_per_bar(part, self.steps_per_quarter) != self.bar:
                rejected["time signature {}/{}, not 4/4".format(*metre(part))] += 1
                continue
            try:
                examples += self._examples(part, rejected, consecutive)
            except HarmonyError as reason:
                rejected[str(reason)] += 1
        return Extraction(np.concatenate(examples)[: self.max_examples_per_sequence], rejected)

    def encode_whole(self, music: NoteSequence | Piece) -> np.ndarray:
        """A sequence of at most the model's length as one array, rests and all.

        What is neither drums nor a bass is the melody. In each voice the top note wins where notes start
        together; silence fills the end.

        Raises:
          UserError: if the sequence is longer than the model.
        """
        piece = as_piece(music)
        table = note_table(piece, self.steps_per_quarter)
        table = table.where(table.start >= 0)
        bass = ~table.is_drum & np.isin(table.program, BASS_PROGRAMS)
        melody = ~table.is_drum & ~bass
        length = int(max(table.end[~table.is_drum].max(initial=0), table.start.max(initial=-1) + 1))
        if length > self.steps:
            raise UserError(
                f"the sequence is {length} steps long and the model takes {self.steps} "
                f"({self.slice_bars} bars of 4/4): cut it, or use extract() to get every example in it"
            )
        voices = [voice_ids(table.where(mask), self.steps) for mask in (melody, bass)]
        ids = np.stack([*voices, drum_ids(table, self.steps)], 1).astype(self.dtype)
        return self._controls.append(ids, self._controls.read_any(piece, self.steps_per_quarter, self.steps))

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling: note-offs only where a note sounds."""
        array = np.array(array)
        array[:, :2] = canonical(array[:, :2].T).T
        return array

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Segments [segments, *shape], one after the other, as one array [segments * steps, ...].

        A voice that begins a segment with silence ends its note before it, which would otherwise go on.
        """
        arrays = np.array(arrays)
        arrays[:, 0, :2] = np.where(arrays[:, 0, :2] == NO_EVENT, NOTE_OFF, arrays[:, 0, :2])
        return self.canonical(arrays.reshape(-1, self.shape[1]))

    def decode(self, array: np.ndarray, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Notes of an array of any number of steps, at `qpm` quarters a minute."""
        sequence = NoteSequence(ticks_per_quarter=220)
        sequence.tempos.add(qpm=qpm)
        sequence.time_signatures.add(numerator=4, denominator=4)
        seconds = 60.0 / qpm / self.steps_per_quarter
        array = self.canonical(np.asarray(array))
        add_notes(sequence, array[:, 0], seconds, MIN_PITCH)
        bass = {"instrument": _BASS_INSTRUMENT, "program": _ELECTRIC_BASS}
        add_notes(sequence, array[:, 1], seconds, MIN_PITCH, **bass)
        pitches = first_pitches(DRUM_MAP)
        hits = array[:, 2, np.newaxis] >> np.arange(len(pitches)) & 1
        for step, drum in np.argwhere(hits).tolist():
            sequence.notes.add(
                pitch=int(pitches[drum]),
                velocity=OUTPUT_VELOCITY,
                start_time=step * seconds,
                end_time=(step + 1) * seconds,
                instrument=_DRUM_INSTRUMENT,
                is_drum=True,
            )
            sequence.total_time = max(sequence.total_time, (step + 1) * seconds)
        self._controls.write(sequence, array[:, 3:], seconds)
        return sequence

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """A batch of examples [batch, *shape] as the model takes it."""
        import tensorflow as tf

        arrays = tf.cast(arrays, tf.int32)
        ids = arrays[..., :3]
        return Tensors(ids, ids, self._controls.tensor(arrays[..., 3:]))

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Examples of the ids that a model said, under the controls it was told (no chord and C if none)."""
        return self._controls.append(np.asarray(outputs).astype(self.dtype), controls)

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """A silent example [1, *shape] under chords, half bars or whole bars of them."""
        told = self._controls.spread(chords, self.bars, self.steps)
        return self._controls.append(np.zeros((1, self.steps, 3), self.dtype), told[np.newaxis])

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Melody, bass, chords and keys of each example int32 [batch, *shape] moved together; drums stay."""
        import tensorflow as tf

        shift = random_shift(tf.concat([arrays[..., 0], arrays[..., 1]], 1), semitones, _DEPTH, seed)
        voices = [moved_tensor(arrays[..., i], shift, _DEPTH) for i in range(2)]
        controls = self._controls.rotated_tensor(arrays[..., 3:], shift)
        return tf.concat([tf.stack([*voices, arrays[..., 2]], -1), controls], -1)

    def transposed(self, arrays: np.ndarray, semitones: int) -> tuple[np.ndarray, np.ndarray]:
        """Examples moved by `semitones`, drums left, and a mask of those that stay in range."""
        arrays = np.array(arrays)
        ids, fits = moved(arrays[..., :2].reshape(len(arrays), -1), semitones, _DEPTH)
        arrays[..., :2] = ids.reshape(*arrays.shape[:2], 2)
        arrays[..., 3:] = self._controls.rotated(arrays[..., 3:], semitones)
        return arrays[fits], fits

    def _examples(self, part: Piece, rejected: collections.Counter, consecutive: bool) -> list[np.ndarray]:
        """Arrays [examples, *shape] of each combination of instruments in a piece of one tempo.

        Raises:
          HarmonyError: why the model cannot be told the chords.
        """
        told, spq = self._controls, self.steps_per_quarter
        table = note_table(part, spq)
        bars = -(-table.total_steps // self.bar)
        count(rejected, f"bar past the first {self.max_bars}", bars - self.max_bars)
        bars = min(bars, self.max_bars)
        controls = self._read_controls(part, bars) if told.columns else np.zeros((bars * self.bar, 0))
        voices = Voices.of(table, bars, self.bar, rejected)
        arrays = []
        for trio in voices.trios():
            starts = windows_together(voices.coverage[:, trio], self.slice_bars, self.gap_bars)
            if not len(starts):
                rejected[f"trio that never plays {self.slice_bars} bars together"] += 1
                continue
            if consecutive:
                starts = without_overlap(starts, self.slice_bars)
            columns = [voices.ids[i] for i in trio]
            whole = np.concatenate([np.stack(columns, 1), controls], 1).astype(self.dtype)
            slices = np.lib.stride_tricks.sliding_window_view(whole, self.steps, 0)[:: self.bar]
            arrays.append(np.moveaxis(slices[starts], 2, 1))
        return arrays

    def _read_controls(self, part: Piece, bars: int) -> np.ndarray:
        """Chord and key of each step [bars * bar, columns], or HarmonyError."""
        told, spq = self._controls, self.steps_per_quarter
        named = with_harmony(part, spq, told.chords, told.keys)
        seconds = bars * self.bar * 60.0 / part.qpm / spq  # a chord may begin after the last note, in its bar
        named = dataclasses.replace(named, total_time=max(seconds, part.total_time))
        if named.keys is not part.keys:  # the original keeps a piece's own signatures beside inferred ones
            named = dataclasses.replace(named, keys=np.concatenate([part.keys, named.keys]))
        controls = told.read(named, spq, bars * self.bar)
        if told.chords and np.any(controls[:, 0] == UNREADABLE):
            raise HarmonyError(UNREADABLE_REASON)
        return controls
