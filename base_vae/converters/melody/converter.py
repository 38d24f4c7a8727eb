"""Monophonic melodies as event ids: 0 no event, 1 note off, then one id for each pitch.

Roberts et al. 2018 (arXiv:1803.05428), section 5: two or sixteen bars of sixteenth notes, one event a
step. One-hot vectors are made on the device.
"""

import collections
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.harmony.chords import UNREADABLE, UNREADABLE_REASON, HarmonyError, with_harmony
from base_vae.converters.harmony.controls import HarmonyControls
from base_vae.converters.left_out import EARLY, LEFT_OVER, SILENT, UNDER_ANOTHER, count
from base_vae.converters.melody.events import (
    FIRST_NOTE,
    NO_EVENT,
    NOTE_OFF,
    add_notes,
    canonical,
    canonical_with_end,
    events_of,
    length_to_end,
    moved,
    moved_tensor,
    note_batch,
    random_shift,
    top_notes,
)
from base_vae.converters.melody.extraction import (
    MelodyRules,
    find_melodies,
    out_of_range,
    programs_that_carry_melodies,
    usable_notes,
)
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import raise_all
from base_vae.music.note_batch import NoteBatch, bar_of
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import note_table
from base_vae.music.piece import DEFAULT_QPM, Piece, as_piece
from base_vae.spaces import Categorical, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf


@dataclasses.dataclass(frozen=True, kw_only=True)
class MelodyConverter(Converter):
    """Two-way map between NoteSequences and melody arrays.

    An array is uint8 [steps], or [steps, 1 + controls] with the chord (and the key) of each step beside the
    event. With an end token the first one ends the melody; zeros come after it.

    Attributes:
      slice_bars: length of an example in bars; None takes whole melodies of up to `max_bars`.
      max_bars: longer melodies are cut here before slicing.
      gap_bars: a melody ends where this many bars are silent; 0 or None lets it go on.
      min_pitch, max_pitch: MIDI pitches with an id; a note outside is left out.
      programs: General MIDI programs (0 to 127) that count as melodies; None takes the instruments that
        carry melodies, and any others in music that has none of those.
      skip_polyphony: reject tracks in which two notes start together, rather than keeping the top one.
      add_end_token: whether the last id ends a melody; whole melodies, of different lengths, need it.
      chord_encoding: "triad" to make the chord of each step a control, or None.
      condition_on_key: whether the key is a control.
      quarters_per_bar: length of a bar; of 3 are bars of 3/4 and of 6/8.
    """

    slice_bars: int | None = 2
    max_bars: int = 100
    gap_bars: float | None = 1.0
    min_pitch: int = 21
    max_pitch: int = 108
    programs: tuple[int, ...] | None = tuple(range(32))
    skip_polyphony: bool = False
    add_end_token: bool = False
    chord_encoding: str | None = None
    condition_on_key: bool = False
    quarters_per_bar: int = 4

    def __post_init__(self) -> None:
        errors = setting_errors(self)
        errors += errors_of(HarmonyControls.named, self.chord_encoding, self.condition_on_key)
        if self.slice_bars is None and not self.add_end_token:
            errors.append("whole melodies differ in length: slice_bars=None needs add_end_token=True")
        raise_all(errors)

    @property
    def bar(self) -> int:
        """Steps in a bar."""
        return self.quarters_per_bar * self.steps_per_quarter

    @property
    def steps(self) -> int:
        """Steps in an example, its end token included."""
        return self._music_steps + self.add_end_token

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""
        return (self.steps, 1 + self._controls.columns) if self._controls.columns else (self.steps,)

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""
        return np.uint8

    @property
    def spaces(self) -> Spaces:
        """A step of the model's inputs, outputs and controls."""
        ids = Categorical(self.depth)
        return Spaces(ids, ids, self._controls.space, self._end if self.add_end_token else None)

    @property
    def depth(self) -> int:
        """Number of different ids (90 for the 88 keys of the piano, and one more with an end token)."""
        return self._end + self.add_end_token

    @property
    def _end(self) -> int:
        """The end token, one above the highest note."""
        return FIRST_NOTE + self.max_pitch - self.min_pitch + 1

    @property
    def _music_steps(self) -> int:
        return (self.slice_bars or self.max_bars) * self.bar

    @property
    def _controls(self) -> HarmonyControls:
        return HarmonyControls.named(self.chord_encoding, self.condition_on_key)

    def extract(self, music: NoteSequence | Piece, *, consecutive: bool = False) -> Extraction:
        """All distinct examples in a piece of any length, one every bar, and why music was left out.

        Those that are `consecutive` follow each other from where a melody begins, and are not all distinct.
        Each stretch between changes of tempo or time signature is taken by itself, as in the original.
        """
        rejected: collections.Counter[str] = collections.Counter()
        examples: list[bytes] = []
        piece = as_piece(music)
        rules = self._rules(piece)
        for part in self._countable_parts(piece, rejected):
            try:
                rows = self._examples(usable_notes(part, rules, rejected), rules, rejected, consecutive)
            except HarmonyError as reason:
                rejected[str(reason)] += 1
                continue
            examples += [row.tobytes() for row in rows]
        # A dict is a set that keeps its order: the same input, the same output.
        kept = examples if consecutive else dict.fromkeys(examples)
        arrays = np.frombuffer(b"".join(kept), np.uint8).reshape(-1, *self.shape)
        return Extraction(arrays[: self.max_examples_per_sequence], rejected)

    def _encode(self, piece: Piece, left_out: collections.Counter[str]) -> np.ndarray:
        """The top note wins where notes start together; every program counts; silence fills the end."""
        table = note_table(piece, self.steps_per_quarter)
        in_range = (table.pitch >= self.min_pitch) & (table.pitch <= self.max_pitch)
        sounding = ~table.is_drum & (table.velocity > 0) & in_range
        count(left_out, "drum note", table.is_drum.sum())
        count(left_out, out_of_range(self.min_pitch, self.max_pitch), (~table.is_drum & ~in_range).sum())
        count(left_out, SILENT, (~table.is_drum & in_range & (table.velocity == 0)).sum())
        count(left_out, EARLY, (sounding & (table.start < 0)).sum())
        table = table.where(sounding)
        length, limit = max(int(table.end.max(initial=0)), 0), self._music_steps
        if length > limit:
            raise self._too_long("the music is", length, limit)
        table = table.where(table.start >= 0)
        highest = top_notes(table.start, table.pitch)
        count(left_out, UNDER_ANOTHER, len(table) - len(highest))
        table = table.where(highest)
        events = events_of(table.start, table.end, table.pitch - self.min_pitch + FIRST_NOTE, limit)
        controls = self._controls.read_any(piece, self.steps_per_quarter, limit)
        return self.canonical(self._arrays(events[np.newaxis], controls[np.newaxis])[0])

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling; see `melody.events`.

        Args:
          array: [steps] or [steps, columns], of any number of steps.
        """
        array = np.array(array)
        columns = array.reshape(len(array), -1)
        if not self.add_end_token:
            columns[:, 0] = canonical(columns[:, 0])
            return columns.reshape(array.shape)
        return canonical_with_end(columns, self._end, self.bar).reshape(array.shape)

    def all_canonical(self, arrays: np.ndarray) -> np.ndarray:
        """Each of several melodies [examples, *shape] with one spelling."""
        if self.add_end_token:
            return super().all_canonical(arrays)
        arrays = np.array(arrays)
        columns = arrays.reshape(*arrays.shape[:2], -1)
        columns[..., 0] = canonical(columns[..., 0])
        return columns.reshape(arrays.shape)

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Examples [segments, *shape], one after the other, as one longer array for `decode`.

        A segment that begins with silence ends the note before it, which would otherwise go on.
        """
        segments = []
        for array in arrays:
            columns = self.canonical(array).reshape(len(array), -1)
            stop = self._length(columns[:, 0])
            if columns[0, 0] == NO_EVENT:
                columns[0, 0] = NOTE_OFF
            segments.append(columns[:stop])
        if self.add_end_token:
            segments.append(np.zeros_like(segments[0][:1]))
            segments[-1][0, 0] = self._end
        return self.canonical(np.concatenate(segments).reshape(-1, *self.shape[1:]))

    def decode(self, array: np.ndarray, *, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Decodes an array of any number of steps with ids of 0 to depth - 1, at `qpm` quarters a minute."""
        sequence = self._blank_sequence(qpm)
        seconds = 60.0 / qpm / self.steps_per_quarter
        columns = self.canonical(np.asarray(array)).reshape(len(array), -1)
        columns = columns[: self._length(columns[:, 0])]
        add_notes(sequence, columns[:, 0], seconds=seconds, min_pitch=self.min_pitch)
        self._controls.write(sequence, columns[:, 1:], seconds)
        return sequence

    def notes(self, arrays: np.ndarray) -> NoteBatch:
        """The notes that `decode` gives of each of several examples [examples, *shape]."""
        ids = self.all_canonical(arrays).reshape(len(arrays), -1, 1 + self._controls.columns)[..., 0]
        seconds = 60.0 / DEFAULT_QPM / self.steps_per_quarter
        bar = bar_of(Piece.from_sequence(self._blank_sequence(DEFAULT_QPM)))
        return note_batch(ids, self._end, seconds=seconds, min_pitch=self.min_pitch, bar=bar)

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """Makes a batch for the model from examples [batch, *shape]."""
        import tensorflow as tf

        arrays = tf.cast(arrays, tf.int32)
        if not self._controls.columns:
            return Tensors(arrays, arrays, None, self._lengths(arrays))
        ids = arrays[..., 0]
        return Tensors(ids, ids, self._controls.tensor(arrays[..., 1:]), self._lengths(ids))

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Makes examples from a model's output ids and its controls (no chord, in C, if there are none)."""
        ids = np.asarray(outputs).astype(np.uint8)
        columns = self._controls.append(ids[..., np.newaxis], controls)
        return columns if self._controls.columns else ids

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """A silent example [1, *shape] with chords of half bars or whole bars."""
        controls = self._controls.spread(chords, self.bars, self._music_steps).astype(np.uint8)
        return self._arrays(np.zeros((1, self._music_steps), np.uint8), controls[np.newaxis])

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Transposes each example int32 [batch, *shape] by a random interval that keeps it in range."""
        import tensorflow as tf

        ids = arrays[..., 0] if self._controls.columns else arrays
        shift = random_shift(ids, semitones, self._end, seed)
        ids = moved_tensor(ids, shift, self._end)
        if not self._controls.columns:
            return ids
        return tf.concat([ids[..., tf.newaxis], self._controls.rotated_tensor(arrays[..., 1:], shift)], -1)

    def transposed(self, arrays: np.ndarray, semitones: int) -> tuple[np.ndarray, np.ndarray]:
        """Examples moved by `semitones`, and a mask of those that stay in range."""
        columns = arrays.reshape(len(arrays), self.steps, 1 + self._controls.columns)
        ids, fits = moved(columns[..., 0], semitones, self._end)
        controls = self._controls.rotated(columns[..., 1:], semitones)
        result = np.concatenate([ids[..., np.newaxis].astype(arrays.dtype), controls], -1)
        return result[fits].reshape(-1, *self.shape), fits

    def _rules(self, piece: Piece) -> MelodyRules:
        """The rules for melodies in a piece."""
        return MelodyRules(
            self.bar,
            self.gap_bars,
            self.max_bars,
            self.min_pitch,
            self.max_pitch,
            programs_that_carry_melodies(piece) if self.programs is None else self.programs,
            self.skip_polyphony,
        )

    def _examples(
        self, part: Piece, rules: MelodyRules, rejected: collections.Counter[str], consecutive: bool
    ) -> list[np.ndarray]:
        """Examples of each melody in a piece of one tempo.

        Raises:
          HarmonyError: if the chords cannot be controls.
        """
        harmony, spq = self._controls, self.steps_per_quarter
        part = with_harmony(part, spq, harmony.chords, harmony.keys)
        hop, arrays = self._music_steps if consecutive else self.bar, []
        melodies = list(find_melodies(note_table(part, spq), rules, rejected))
        controls = harmony.read(part, spq, max((at + len(melody) for at, melody in melodies), default=0))
        for at, melody in melodies:
            around = controls[at : at + len(melody)]
            if self.slice_bars is None:
                arrays.append(self._arrays(melody[np.newaxis], around[np.newaxis]))
            elif len(melody) < self._music_steps:
                rejected[f"melody shorter than {self.slice_bars} bars"] += 1
            else:
                events, controls_then = (self._windows(each, hop) for each in (melody, around))
                arrays.append(self._arrays(canonical(events), controls_then))
                count(rejected, LEFT_OVER, (len(melody) - self._music_steps) % hop // self.bar)
        if harmony.chords and any(np.any(array[..., 1] == UNREADABLE) for array in arrays):
            raise HarmonyError(UNREADABLE_REASON)
        return [row for array in arrays for row in array]

    def _windows(self, array: np.ndarray, hop: int) -> np.ndarray:
        """Slices [slices, steps, ...] of [all steps, ...], one every `hop` steps."""
        windows = np.lib.stride_tricks.sliding_window_view(array, self._music_steps, 0)[::hop]
        return np.moveaxis(windows, -1, 1)

    def _arrays(self, events: np.ndarray, controls: np.ndarray) -> np.ndarray:
        """Examples [n, *shape] of events [n, at most steps] and controls [n, the same, columns].

        The end token stands right after the events, under the controls of the last one.
        """
        columns = np.concatenate([events[..., np.newaxis], controls], -1)
        if self.add_end_token:
            padding = np.zeros((len(columns), self.steps - events.shape[1], columns.shape[2]), np.uint8)
            padding[:, 0] = columns[:, -1]
            padding[:, 0, 0] = self._end
            columns = np.concatenate([columns, padding], 1)
        return columns.reshape(-1, *self.shape)

    def _length(self, ids: np.ndarray) -> int:
        """Events before the end token, if there is one."""
        return length_to_end(ids, self._end) if self.add_end_token else len(ids)

    def _lengths(self, ids: "tf.Tensor") -> "tf.Tensor | None":
        """Steps of each example up to its end token and with it, int32 [batch]."""
        import tensorflow as tf

        if not self.add_end_token:
            return None
        ends = tf.pad(tf.equal(ids, self._end), [[0, 0], [0, 1]], constant_values=True)
        return tf.minimum(tf.argmax(tf.cast(ends, tf.int32), 1, tf.int32) + 1, tf.shape(ids)[1])
