"""Melody, bass and drums together: an event of each at every step.

Roberts et al. 2018 (arXiv:1803.05428), section 5: sixteen bars of sixteenth notes.
"""

import collections
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.drums.maps import first_pitches, pitch_classes
from base_vae.converters.harmony.chords import UNREADABLE, UNREADABLE_REASON, HarmonyError, with_harmony
from base_vae.converters.harmony.controls import HarmonyControls
from base_vae.converters.left_out import EARLY, UNDER_ANOTHER, count
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
    top_notes,
)
from base_vae.converters.trio.extraction import (
    BASS_PROGRAMS,
    DRUM_MAP,
    MAX_PITCH,
    MIN_PITCH,
    Voices,
    count_without_id,
    drum_ids,
    has_id,
    voice_ids,
    windows_together,
    without_overlap,
)
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import note_table
from base_vae.music.piece import DEFAULT_QPM, Piece, as_piece
from base_vae.ranges import AT_LEAST_ONE
from base_vae.spaces import MultiCategorical, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

_DEPTH = FIRST_NOTE + MAX_PITCH - MIN_PITCH + 1  # ids of melody and bass
_BASS_INSTRUMENT, _DRUM_INSTRUMENT = 1, 9
_ELECTRIC_BASS = 33


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrioConverter(Converter):
    """Two-way map between NoteSequences and trios.

    An array is int16 [steps, 3 + controls]: the ids of melody and bass, as in `MelodyConverter`, the
    combination of drums, bit by bit, and the chord and key of the step.

    Attributes:
      slice_bars: length of an example in bars.
      gap_bars: how many bars each of the three may rest before its first and after its last bar in a stretch;
        a gap inside may be twice as long.
      max_bars: longer music is cut here before slicing.
      melody_programs: General MIDI programs (0 to 127) that count as melodies; None takes all instruments
        that carry melodies.
      chord_encoding: "triad" to make the chord of each step a control, or None.
      condition_on_key: whether the key is a control.
    """

    slice_bars: int = 16
    gap_bars: int = 2
    max_bars: int = 1024
    melody_programs: tuple[int, ...] | None = tuple(range(32))
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
        """A step of the model's inputs, outputs and controls."""
        drums = 2 ** len(pitch_classes(DRUM_MAP))
        step = MultiCategorical((_DEPTH, _DEPTH, drums), ("melody", "bass", "drums"))
        return Spaces(step, step, self._controls.space)

    @property
    def _controls(self) -> HarmonyControls:
        return HarmonyControls.named(self.chord_encoding, self.condition_on_key)

    def extract(self, music: NoteSequence | Piece, *, consecutive: bool = False) -> Extraction:
        """Every combination of a melody, a bass and drums, every bar, while all three play; why not others.

        Those that are `consecutive` have no bar of one combination in common.
        """
        rejected: collections.Counter[str] = collections.Counter()
        examples = [np.zeros((0, *self.shape), self.dtype)]
        for part in self._countable_parts(as_piece(music), rejected):
            try:
                examples += self._examples(part, rejected, consecutive)
            except HarmonyError as reason:
                rejected[str(reason)] += 1
        return Extraction(np.concatenate(examples)[: self.max_examples_per_sequence], rejected)

    def _encode(self, piece: Piece, left_out: collections.Counter[str]) -> np.ndarray:
        """Notes of neither drums nor a bass are the melody; the top one wins where notes start together."""
        table = note_table(piece, self.steps_per_quarter)
        count(left_out, EARLY, (table.start < 0).sum())
        table = table.where(table.start >= 0)
        length = int(max(table.end[~table.is_drum].max(initial=0), table.start.max(initial=-1) + 1))
        if length > self.steps:
            raise self._too_long("the music is", length, self.steps)
        count_without_id(table, left_out)
        table = table.where(has_id(table))
        bass = ~table.is_drum & np.isin(table.program, BASS_PROGRAMS)
        voices = [table.where(mask) for mask in (~table.is_drum & ~bass, bass)]
        for voice in voices:
            count(left_out, UNDER_ANOTHER, len(voice) - len(top_notes(voice.start, voice.pitch)))
        columns = [*(voice_ids(voice, self.steps) for voice in voices), drum_ids(table, self.steps)]
        ids = np.stack(columns, 1).astype(self.dtype)
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

    def decode(self, array: np.ndarray, *, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Decodes an array of any number of steps at `qpm` quarters a minute."""
        sequence = self._blank_sequence(qpm)
        seconds = 60.0 / qpm / self.steps_per_quarter
        array = self.canonical(np.asarray(array))
        add_notes(sequence, array[:, 0], seconds=seconds, min_pitch=MIN_PITCH)
        bass = {"instrument": _BASS_INSTRUMENT, "program": _ELECTRIC_BASS}
        add_notes(sequence, array[:, 1], seconds=seconds, min_pitch=MIN_PITCH, **bass)
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
        """Makes a batch for the model from examples [batch, *shape]."""
        import tensorflow as tf

        arrays = tf.cast(arrays, tf.int32)
        ids = arrays[..., :3]
        return Tensors(ids, ids, self._controls.tensor(arrays[..., 3:]))

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Makes examples from a model's output ids and its controls (no chord, in C, if there are none)."""
        return self._controls.append(np.asarray(outputs).astype(self.dtype), controls)

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """A silent example [1, *shape] with chords of half bars or whole bars."""
        controls = self._controls.spread(chords, self.bars, self.steps)
        return self._controls.append(np.zeros((1, self.steps, 3), self.dtype), controls[np.newaxis])

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Transposes melody, bass, chords and keys of each example int32 [batch, *shape] together."""
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

    def _examples(
        self, part: Piece, rejected: collections.Counter[str], consecutive: bool
    ) -> list[np.ndarray]:
        """Arrays [examples, *shape] of each combination of instruments in a piece of one tempo.

        Raises:
          HarmonyError: if the chords cannot be controls.
        """
        table = note_table(part, self.steps_per_quarter)
        bars = -(-table.total_steps // self.bar)
        count(rejected, f"bar past the first {self.max_bars}", bars - self.max_bars)
        bars = min(bars, self.max_bars)
        controls = (
            self._read_controls(part, bars) if self._controls.columns else np.zeros((bars * self.bar, 0))
        )
        voices = Voices.of(table, bars, self.bar, rejected, melody_programs=self.melody_programs)
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
        harmony, spq = self._controls, self.steps_per_quarter
        named = with_harmony(part, spq, harmony.chords, harmony.keys)
        seconds = bars * self.bar * 60.0 / part.qpm / spq  # a chord may begin after the last note, in its bar
        named = dataclasses.replace(named, total_time=max(seconds, part.total_time))
        if named.keys is not part.keys:  # the original keeps a piece's own signatures beside inferred ones
            named = dataclasses.replace(named, keys=np.concatenate([part.keys, named.keys]))
        controls = harmony.read(named, spq, bars * self.bar)
        if harmony.chords and np.any(controls[:, 0] == UNREADABLE):
            raise HarmonyError(UNREADABLE_REASON)
        return controls
