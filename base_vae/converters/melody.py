"""Monophonic melodies as event ids: 0 no event, 1 note off, then one id for each pitch.

Roberts et al. 2018 (arXiv:1803.05428), section 5: two or sixteen bars of sixteenth notes, one event a
step. An array is a `uint8` vector; one-hot vectors are made on the device.
"""

import collections
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from note_seq.protobuf import music_pb2

from base_vae.converters.base import Converter, Extraction, Tensors, as_piece
from base_vae.converters.note_table import NoteTable, metre, note_table, split_on_changes, steps_per_bar
from base_vae.errors import UserError
from base_vae.piece import DEFAULT_QPM, Piece
from base_vae.spaces import Ids, Spaces

if TYPE_CHECKING:
    import tensorflow as tf

NO_EVENT = 0
NOTE_OFF = 1
FIRST_NOTE = 2
OUTPUT_VELOCITY = 80


@dataclasses.dataclass(frozen=True)
class MelodyConverter(Converter):
    """Two-way map between NoteSequences and melody arrays.

    Attributes:
      slice_bars: length of an example in bars.
      max_bars: longer melodies are cut here before slicing.
      gap_bars: a melody ends where this many bars are silent.
      min_pitch, max_pitch: MIDI pitches with an id; a note outside is left out.
      programs: General MIDI programs (0 to 127) that count as melodies.
      steps_per_quarter: resolution of the grid.
      skip_polyphony: reject tracks in which two notes start together, rather than keeping the top one.
      max_examples_per_sequence: keep at most the first so many examples of a sequence; None keeps all.
    """

    slice_bars: int = 2
    max_bars: int = 100
    gap_bars: float = 1.0
    min_pitch: int = 21
    max_pitch: int = 108
    programs: tuple[int, ...] = tuple(range(32))
    steps_per_quarter: int = 4
    skip_polyphony: bool = False
    max_examples_per_sequence: int | None = None

    @property
    def steps(self) -> int:
        """Steps in an example."""
        return self.slice_bars * self.bar

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""
        return (self.steps,)

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""
        return np.uint8

    @property
    def spaces(self) -> Spaces:
        """What a step is to the model."""
        return Spaces(Ids(self.depth), Ids(self.depth))

    @property
    def depth(self) -> int:
        """Number of different ids (90 for the 88 keys of the piano)."""
        return FIRST_NOTE + self.max_pitch - self.min_pitch + 1

    def extract(self, music: music_pb2.NoteSequence | Piece) -> Extraction:
        """All distinct examples in a sequence of any length, one every bar, and why music was left out.

        Each stretch between changes of tempo or time signature is taken by itself, as in the original;
        `data.musical_grid` takes tempo changes out of a file before it comes here.
        """
        rejected: collections.Counter = collections.Counter()
        examples: dict[bytes, None] = {}  # a set that keeps its order: the same input, the same output
        for part in split_on_changes(as_piece(music)):
            if steps_per_bar(part, self.steps_per_quarter) != self.bar:
                rejected["time signature {}/{}, not 4/4".format(*metre(part))] += 1
                continue
            for melody in self._melodies(note_table(part, self.steps_per_quarter), rejected):
                if len(melody) < self.steps:
                    rejected[f"melody shorter than {self.slice_bars} bars"] += 1
                for end in range(self.steps, len(melody) + 1, self.bar):
                    examples[canonical(melody[end - self.steps : end]).tobytes()] = None
        arrays = np.frombuffer(b"".join(examples), np.uint8).reshape(-1, self.steps)
        return Extraction(arrays[: self.max_examples_per_sequence], rejected)

    def encode_whole(self, music: music_pb2.NoteSequence | Piece) -> np.ndarray:
        """A sequence of at most the model's length as one array of shape [steps], rests and all.

        The top note wins where notes start together; every program counts; silence fills the end.

        Raises:
          UserError: if the sequence is longer than the model.
        """
        table = note_table(as_piece(music), self.steps_per_quarter)
        table = table.where(~table.is_drum & (table.velocity > 0) & self._in_range(table.pitch))
        length = max(int(table.end.max(initial=0)), 0)
        if length > self.steps:
            raise UserError(
                f"the sequence is {length} steps long and the model takes {self.steps} "
                f"({self.slice_bars} bars of 4/4): cut it, or use extract() to get every example in it"
            )
        order = np.lexsort((-table.pitch, table.start))
        melody = np.zeros(self.steps, np.uint8)
        previous_start = -1
        for pitch, start, end in zip(table.pitch[order], table.start[order], table.end[order], strict=True):
            if start > previous_start and start >= 0:
                self._write(melody, pitch, start, end)
                previous_start = start
        return canonical(melody)

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling; see `canonical` of this module."""
        return canonical(array)

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Segments [segments, steps], one after the other, as one array [segments * steps].

        A segment that begins with silence ends the note before it, which would otherwise go on.
        """
        arrays = np.array(arrays)
        arrays[:, 0] = np.where(arrays[:, 0] == NO_EVENT, NOTE_OFF, arrays[:, 0])
        return canonical(arrays.reshape(-1))

    def decode(self, array: np.ndarray, qpm: float = DEFAULT_QPM) -> music_pb2.NoteSequence:
        """Notes of an array of shape [steps] with ids in 0 to depth - 1, at `qpm` quarters a minute."""
        sequence = music_pb2.NoteSequence(ticks_per_quarter=220)
        sequence.tempos.add(qpm=qpm)
        sequence.time_signatures.add(numerator=4, denominator=4)
        seconds = 60.0 / qpm / self.steps_per_quarter
        events = canonical(np.asarray(array))
        marks = np.flatnonzero(events)
        for start, end in zip(marks, np.append(marks, len(events))[1:], strict=True):
            if events[start] >= FIRST_NOTE:
                sequence.notes.add(
                    pitch=int(events[start]) - FIRST_NOTE + self.min_pitch,
                    velocity=OUTPUT_VELOCITY,
                    start_time=start * seconds,
                    end_time=end * seconds,
                )
                sequence.total_time = end * seconds
        return sequence

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """A batch of ids [batch, steps] as the model takes it."""
        import tensorflow as tf

        ids = tf.cast(arrays, tf.int32)
        return Tensors(ids, ids)

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Examples of the ids that a model said."""
        return np.asarray(outputs).astype(np.uint8)

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Each melody int32 [batch, steps] moved by a random interval that keeps all of it in range."""
        return random_transposition(arrays, semitones, self.depth, seed)

    def transposed(self, arrays: np.ndarray, semitones: int) -> tuple[np.ndarray, np.ndarray]:
        """Melodies moved by `semitones`, and a mask of those that stay in range."""
        notes = arrays >= FIRST_NOTE
        moved = np.where(notes, arrays.astype(np.int64) + semitones, arrays)
        fits = np.all(~notes | ((moved >= FIRST_NOTE) & (moved < self.depth)), axis=1)
        return moved[fits].astype(arrays.dtype), fits

    def _in_range(self, pitch: np.ndarray) -> np.ndarray:
        return (pitch >= self.min_pitch) & (pitch <= self.max_pitch)

    def _write(self, melody: np.ndarray, pitch: int, start: int, end: int) -> None:
        """Puts a note into `melody`, ending whatever sounds at `start`."""
        melody[start : end + 1] = NO_EVENT
        melody[start] = pitch - self.min_pitch + FIRST_NOTE
        if end < len(melody):
            melody[end] = NOTE_OFF

    def _melodies(self, table: NoteTable, rejected: collections.Counter) -> Iterator[np.ndarray]:
        """Each track's melodies, split at gaps, padded to whole bars, ids of shape [bars * bar]."""
        usable = ~table.is_drum & np.isin(table.program, self.programs)
        outside = usable & ~self._in_range(table.pitch)
        odd = usable & ~outside & ((table.velocity == 0) | (table.start < 0))
        _count(rejected, "drum note", table.is_drum.sum())
        _count(rejected, "instrument that is not a melody's", (~table.is_drum & ~usable).sum())
        _count(rejected, f"note outside pitches {self.min_pitch} to {self.max_pitch}", outside.sum())
        _count(rejected, "note that is silent or begins before the music", odd.sum())
        table = table.where(usable & ~outside & ~odd)
        for instrument in np.unique(table.instrument):
            track = table.where(table.instrument == instrument)
            order = np.lexsort((-track.pitch, track.start))
            notes = np.stack([track.start, track.end, track.pitch], 1)[order]
            together = np.diff(notes[:, 0], prepend=-1) == 0
            if not self.skip_polyphony:
                _count(rejected, "note under another one", together.sum())
            chords = set(notes[together, 0].tolist()) if self.skip_polyphony else set()
            yield from self._split_at_gaps(notes[~together].tolist(), chords, rejected)

    def _split_at_gaps(
        self, notes: list[tuple[int, int, int]], forbidden: set[int], rejected: collections.Counter
    ) -> Iterator[np.ndarray]:
        """Melodies in notes (start, end, pitch) sorted by distinct starts.

        A melody with a note that starts at a `forbidden` step is the end of its track.
        """
        first = 0
        while first < len(notes):
            last = first
            while last + 1 < len(notes) and notes[last + 1][0] - notes[last][1] < self.gap_bars * self.bar:
                last += 1
            if any(start in forbidden for start, _, _ in notes[first : last + 1]):
                rejected["polyphonic track"] += 1
                return
            origin = notes[first][0] // self.bar * self.bar
            length = -(-(notes[last][1] - origin) // self.bar) * self.bar
            melody = np.zeros(length, np.uint8)
            for start, end, pitch in notes[first : last + 1]:
                self._write(melody, pitch, start - origin, end - origin)
            _count(rejected, f"bar past the first {self.max_bars}", length // self.bar - self.max_bars)
            yield melody[: self.max_bars * self.bar]
            # The next melody starts in a bar of its own: notes that begin before this one's end are lost.
            first = last + 1
            while first < len(notes) and notes[first][0] < origin + length:
                first += 1
                rejected["note in the bar where another melody ends"] += 1


def _count(rejected: collections.Counter, reason: str, number: int) -> None:
    if number > 0:
        rejected[reason] += int(number)


def canonical(array: np.ndarray) -> np.ndarray:
    """The same music with one spelling: note-offs only where a note sounds. Shape and dtype are kept."""
    array = np.array(array)
    sounding = np.maximum.accumulate(np.where(array != NO_EVENT, np.arange(len(array)), -1))
    before = np.concatenate([[-1], sounding[:-1]])
    silent = (before < 0) | (array[before] == NOTE_OFF)
    array[(array == NOTE_OFF) & silent] = NO_EVENT
    return array


def random_transposition(
    ids: "tf.Tensor", semitones: tuple[int, int], depth: int, seed: "tf.Tensor"
) -> "tf.Tensor":
    """Moves each melody by a random interval that keeps all of it in range; nothing is clipped.

    Args:
      ids: int32 [batch, steps].
      semitones: lowest and highest transposition.
      depth: number of different ids.
      seed: [2].
    """
    import tensorflow as tf

    is_note = ids >= FIRST_NOTE
    lowest = tf.reduce_min(tf.where(is_note, ids, depth - 1), 1)
    highest = tf.reduce_max(tf.where(is_note, ids, FIRST_NOTE), 1)
    low = tf.maximum(semitones[0], FIRST_NOTE - lowest)
    high = tf.minimum(semitones[1], depth - 1 - highest)
    uniform = tf.random.stateless_uniform(tf.shape(low), seed)
    shift = low + tf.cast(uniform * tf.cast(high - low + 1, tf.float32), tf.int32)
    return tf.where(is_note, ids + shift[:, tf.newaxis], ids)
