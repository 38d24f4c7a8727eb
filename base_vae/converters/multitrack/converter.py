"""Bars of several instruments, each a stream of events: what plays, notes on and off, time and loudness.

Simon et al. 2018 (arXiv:1806.00195): one bar, 2 to 8 instruments, at most 64 events each. An array is `int16`
ids, a segment of 64 for each instrument; the id that ends a segment stands alone where nothing plays.
"""

import collections
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.harmony import chords as harmony
from base_vae.converters.harmony.controls import HarmonyControls
from base_vae.converters.multitrack.arrays import (
    Segments,
    carried_on,
    chords_everywhere,
    chords_said,
    places,
    rows,
    silent_bars,
)
from base_vae.converters.multitrack.bars import cut_into_bars, parts_of_one_tempo, with_pedal
from base_vae.converters.multitrack.events import PITCHES, PROGRAMS, SHIFT, Vocabulary, read, write_what_fits
from base_vae.converters.multitrack.rules import choose, ready, whole
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.spaces import NOTHING, Categorical, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

_MAX_SHIFT_QUARTERS = 4


@dataclasses.dataclass(frozen=True)
class MultitrackConverter(Converter):
    """Two-way map between NoteSequences and bars of several instruments.

    The canonical form of a bar: instruments that sound, by program, drums last; in each the program, then
    events in order of time, at one step the note-offs before the note-ons, each of them by start and pitch;
    a velocity only where it changes; every note ended by a note-off, within the bar; shifts that make up the
    whole bar; the end. Where a pitch sounds twice at once, the first note to begin is the first to end.
    Notes for which there is no room are left out from the last on. A chord stands at every event; at the
    very end of a bar it is the one before.

    `extract` gives what the original gives, which is canonical but for two rarities: an instrument whose
    every note rounds to the next bar line is kept as a silent one that says drums, and a chord may change
    at the end of a bar. Equal bars are all kept.

    Attributes:
      num_velocity_bins: ids for velocities; 0 leaves velocities out.
      hop_size_bars: length of an example in bars, with segments for each.
      min_num_instruments, max_num_instruments: how many an example that is extracted may have; the second
        is also how many segments a bar has.
      min_total_events: an example that is extracted has at least so many, programs and ends left aside.
      max_events_per_instrument: length of a segment; the program and the end take two of it.
      steps_per_quarter: resolution of the grid.
      quarters_per_bar: length of a bar.
      first_subsequence_only: take music of at most one example's length, rather than cutting it.
      chord_encoding: "triad" tells the model the chord at each event; None does not.
      max_examples_per_sequence: keep at most the first so many examples of a sequence; None keeps all.
    """

    num_velocity_bins: int = 8
    hop_size_bars: int = 1
    min_num_instruments: int = 2
    max_num_instruments: int = 8
    min_total_events: int = 8
    max_events_per_instrument: int = 64
    steps_per_quarter: int = 24
    quarters_per_bar: int = 4
    first_subsequence_only: bool = False
    chord_encoding: str | None = None
    max_examples_per_sequence: int | None = None

    def __post_init__(self):
        raise_all(setting_errors(self) + errors_of(HarmonyControls.named, self.chord_encoding, False))

    @property
    def bar(self) -> int:
        """Steps in a bar."""
        return self.quarters_per_bar * self.steps_per_quarter

    @property
    def rows_a_bar(self) -> int:
        """Rows of an example that belong to one bar: the events of all its segments."""
        return self.max_num_instruments * self.max_events_per_instrument

    @property
    def segments(self) -> int:
        """Segments in an example."""
        return self.hop_size_bars * self.max_num_instruments

    @property
    def steps(self) -> int:
        """Events in an example, the most it can have."""
        return self.segments * self.max_events_per_instrument

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example; with chords a second column has the chord at each event."""
        return (self.steps, 2) if self.chord_encoding else (self.steps,)

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""
        return np.int16

    @property
    def spaces(self) -> Spaces:
        """What a step is to the model."""
        ids = Categorical(self.vocabulary.depth)
        controls = Categorical(harmony.CHORD_DEPTH) if self.chord_encoding else None
        return Spaces(ids, ids, controls, self.vocabulary.end, self.max_events_per_instrument)

    @property
    def vocabulary(self) -> Vocabulary:
        """What each id says."""
        return Vocabulary(self.num_velocity_bins, _MAX_SHIFT_QUARTERS * self.steps_per_quarter)

    def extract(self, music: NoteSequence | Piece, consecutive: bool = False) -> Extraction:
        """An example of each bar that can be one, in order, and why the others cannot: always `consecutive`.

        Bars are counted in seconds from the beginning and from each change of tempo or time signature. A
        note that goes on into the next bar ends with the bar.
        """
        del consecutive
        rejected: collections.Counter = collections.Counter()
        parts = [ready(part, self, rejected) for part in parts_of_one_tempo(music, rejected) if len(part)]
        parts = [part for part in parts if part is not None]
        if not parts:
            return Extraction(np.zeros((0, *self.shape), self.dtype), rejected)
        bars = cut_into_bars(parts, self.bar, self.hop_size_bars, self.steps_per_quarter)
        arrays = choose(bars, self, rejected).arrays(self)
        return Extraction(arrays[: self.max_examples_per_sequence], rejected)

    def encode_whole(self, music: NoteSequence | Piece) -> np.ndarray:
        """Music of at most `hop_size_bars` bars as one canonical example, silence and single instruments too.

        Raises:
          UserError: if it is longer than the model, or a bar has more instruments or events than one takes.
        """
        return whole(with_pedal(music), self).arrays(self)[0]

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling; any ids will do, of any number of bars.

        Shape and dtype are kept.
        """
        ids, chords = rows(array, self)
        notes, programs, steps = read(ids, self.bar, self.vocabulary)
        bar = np.arange(len(ids)) // self.max_num_instruments
        sounding = np.unique(notes.segment)
        order = sounding[np.lexsort((sounding, programs[sounding], bar[sounding]))]
        new = np.zeros(len(ids), np.int64)
        new[order] = np.arange(len(order))
        notes = dataclasses.replace(notes, segment=new[notes.segment]).in_order()
        _, events = write_what_fits(
            notes, programs[order], self.bar, self.vocabulary, self.max_events_per_instrument
        )
        table = None if chords is None else carried_on(chords_said(chords, steps, self))
        count = len(ids) // self.segments
        segments = Segments(count, events, bar[order], places(bar[order]), table)
        arrays = segments.settled().arrays(self)
        return arrays.reshape(np.shape(array)).astype(np.asarray(array).dtype)

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Examples [examples, *shape], one after the other, as one longer array."""
        arrays = np.asarray(arrays)
        return self.canonical(arrays.reshape(-1, *self.shape[1:]))

    def decode(self, array: np.ndarray, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Notes of an example or of a joined array of them, at `qpm` quarters a minute; no ids are an error.

        An instrument of one bar goes on in the next one in the first that has the same program.
        """
        ids, chords = rows(array, self)
        notes, programs, steps = read(ids, self.bar, self.vocabulary)
        most = self.max_events_per_instrument  # else the notes could not be encoded again
        notes, _ = write_what_fits(notes, programs, self.bar, self.vocabulary, most)
        bars = np.arange(len(ids)) // self.max_num_instruments
        seconds = 60.0 / qpm / self.steps_per_quarter
        sequence = NoteSequence(ticks_per_quarter=220)
        sequence.tempos.add(qpm=qpm)
        sequence.time_signatures.add(numerator=self.quarters_per_bar, denominator=4)
        begun = np.flatnonzero((ids[:, 0] >= 0) & (ids[:, 0] < self.vocabulary.end))
        instruments = _instruments(bars, programs, np.union1d(begun, notes.segment))
        start = (notes.start + bars[notes.segment] * self.bar) * seconds
        end = (notes.end + bars[notes.segment] * self.bar) * seconds
        velocity = self.vocabulary.velocity_of(notes.velocity)
        columns = (notes.segment, notes.pitch, velocity, start, end)
        for i, pitch, loudness, begin, finish in zip(*(x.tolist() for x in columns), strict=True):
            is_drum = programs[i] == PROGRAMS
            sequence.notes.add(
                pitch=pitch,
                velocity=loudness,
                start_time=begin,
                end_time=finish,
                instrument=instruments[i],
                program=0 if is_drum else programs[i],
                is_drum=is_drum,
            )
        sequence.total_time = float(end.max(initial=0.0))
        if chords is not None:
            said = chords_said(chords, steps, self)[:, : self.bar].reshape(-1)
            at = np.flatnonzero(said != NOTHING)
            harmony.add_chords(sequence, said[at], at * seconds)
        return sequence

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """A batch [batch, *shape] as the model takes it; lengths are of each segment, with its end."""
        import tensorflow as tf

        arrays = tf.cast(arrays, tf.int32)
        ids = arrays[..., 0] if self.chord_encoding else arrays
        ends = tf.reshape(ids, [-1, self.segments, self.max_events_per_instrument]) == self.vocabulary.end
        first = tf.argmax(ends, -1, output_type=tf.int32) + 1
        lengths = tf.where(tf.reduce_any(ends, -1), first, self.max_events_per_instrument)
        return Tensors(ids, ids, arrays[..., 1] if self.chord_encoding else None, lengths)

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Examples of the ids that a model said, without what it said after the end of a segment."""
        ids = np.asarray(outputs).reshape(-1, self.max_events_per_instrument)
        is_end = ids == self.vocabulary.end
        over = np.cumsum(is_end, 1) - is_end > 0
        ids = np.where(over, NOTHING, ids).reshape(np.shape(outputs)).astype(self.dtype)
        if not self.chord_encoding:
            return ids
        controls = np.full_like(ids, harmony.NO_CHORD) if controls is None else np.asarray(controls)
        return np.stack([ids, np.where(ids == NOTHING, NOTHING, controls)], -1).astype(self.dtype)

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """Silent examples [segments, *shape], a chord a bar: the music decides when its events come.

        As the original tells chords: none at a segment's program, the bar's at every event.
        """
        if not self.chord_encoding:
            return super().controls_from_chords(chords)
        return silent_bars(chords, self)

    def as_controls(self, arrays: np.ndarray) -> np.ndarray:
        """Examples in whose every segment the chords go on to its last place."""
        return chords_everywhere(arrays, self) if self.chord_encoding else arrays

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Each example [batch, *shape] moved by a random interval that keeps all of it in range.

        Drums stay; chords move along.
        """
        import tensorflow as tf

        ids = arrays[..., 0] if self.chord_encoding else arrays
        pitched = self._pitched(ids, tf.reshape)
        pitch = ids % PITCHES
        low = tf.maximum(semitones[0], -tf.reduce_min(tf.where(pitched, pitch, PITCHES - 1), 1))
        high = tf.minimum(semitones[1], PITCHES - 1 - tf.reduce_max(tf.where(pitched, pitch, 0), 1))
        uniform = tf.random.stateless_uniform(tf.shape(low), seed)
        shift = low + tf.cast(uniform * tf.cast(high - low + 1, tf.float32), tf.int32)
        shift = tf.where(low <= high, shift, 0)  # where no interval fits
        moved = tf.where(pitched, ids + shift[:, tf.newaxis], ids)
        if not self.chord_encoding:
            return moved
        chords = arrays[..., 1]
        told = harmony.rotated_tensor(tf.maximum(chords, 0), shift)
        return tf.stack([moved, tf.where(chords == NOTHING, NOTHING, told)], -1)

    def transposed(self, arrays: np.ndarray, semitones: int) -> tuple[np.ndarray, np.ndarray]:
        """Examples moved by `semitones`, all but their drums, and a mask of those that stay in range."""
        arrays = np.asarray(arrays)
        ids = arrays[..., 0] if self.chord_encoding else arrays
        pitched = self._pitched(ids, np.reshape)
        pitch = ids % PITCHES + semitones
        fits = np.all(~pitched | ((pitch >= 0) & (pitch < PITCHES)), 1)
        moved = np.where(pitched, ids + semitones, ids)[fits].astype(arrays.dtype)
        if not self.chord_encoding:
            return moved, fits
        chords = arrays[fits, :, 1]
        told = harmony.rotated(np.maximum(chords, 0), semitones)
        return np.stack([moved, np.where(chords == NOTHING, NOTHING, told)], -1).astype(arrays.dtype), fits

    def _pitched(self, ids: "np.ndarray | tf.Tensor", reshape: Callable) -> "np.ndarray | tf.Tensor":
        """Which of the ids [batch, steps] are notes of segments that do not begin by saying drums."""
        ids = reshape(ids, [-1, self.segments, self.max_events_per_instrument])
        pitched = (ids >= 0) & (ids < SHIFT) & (ids[..., :1] != self.vocabulary.drums)
        return reshape(pitched, [-1, self.steps])


def _instruments(bars: np.ndarray, programs: np.ndarray, segments: np.ndarray) -> dict[int, int]:
    """The number of the instrument that each of `segments` goes on: the n-th of its bar with its program."""
    numbers: dict[tuple[int, int], int] = {}
    before: collections.Counter = collections.Counter()
    instruments = {}
    for segment in segments.tolist():
        bar, program = int(bars[segment]), int(programs[segment])
        instruments[segment] = numbers.setdefault((program, before[bar, program]), len(numbers))
        before[bar, program] += 1
    return instruments
