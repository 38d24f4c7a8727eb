"""Bars of several instruments, each a stream of events: program, notes on and off, time and loudness.

Simon et al. 2018 (arXiv:1806.00195): one bar, 2 to 8 instruments, at most 64 events each. An array is `int16`
ids, a segment of 64 for each instrument; the id that ends a segment stands alone where nothing plays.
"""

import collections
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.harmony import chords as harmony
from base_vae.converters.harmony.controls import HarmonyControls
from base_vae.converters.multitrack.arrays import (
    DTYPE,
    Segments,
    carried_on,
    chords_at_steps,
    chords_everywhere,
    places,
    rows,
    silent_bars,
)
from base_vae.converters.multitrack.bars import cut_into_bars, parts_of_one_tempo, with_pedal
from base_vae.converters.multitrack.events import PITCHES, PROGRAMS, SHIFT, Vocabulary, read, write_what_fits
from base_vae.converters.multitrack.layout import Layout
from base_vae.converters.multitrack.rules import choose, ready, whole
from base_vae.converters.validation import errors_of, setting_errors
from base_vae.errors import raise_all
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import note_table
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.spaces import NOTHING, Categorical, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

_MAX_SHIFT_QUARTERS = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultitrackConverter(Converter):
    """Two-way map between NoteSequences and bars of several instruments.

    The canonical form of a bar: instruments that sound, by program, drums last; in each the program, then
    events in order of time, at one step the note-offs before the note-ons, each of them by start and pitch;
    a velocity only where it changes; every note ended by a note-off, within the bar; shifts that make up the
    whole bar; the end. Where a pitch sounds twice at once, the first note to begin is the first to end.
    Notes for which there is no room are left out from the last on. A chord stands at every event; at the
    very end of a bar it is the one before.

    `extract` gives the examples of the original, which are canonical but for two rarities: an instrument
    whose every note rounds to the next bar line is kept as a silent one of drums, and a chord may change at
    the end of a bar. Equal bars are all kept.

    Attributes:
      num_velocity_bins: ids for velocities; 0 leaves velocities out.
      hop_size_bars: length of an example in bars, with segments for each.
      min_num_instruments, max_num_instruments: how many an example that is extracted may have; the second
        is also how many segments a bar has.
      min_total_events: the fewest that an example that is extracted may have, without programs and ends.
      max_events_per_instrument: length of a segment; the program and the end take two of it.
      quarters_per_bar: length of a bar.
      first_subsequence_only: take music of at most one example's length, rather than cutting it.
      chord_encoding: "triad" to make the chord at each event a control, or None.
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

    def __post_init__(self) -> None:
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
    def steps(self) -> int:
        """Events in an example, the most it can have."""
        return self.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example; with chords a second column has the chord at each event."""
        return self._layout.shape

    @property
    def dtype(self) -> type[np.generic]:
        """Type of an example's numbers."""
        return DTYPE

    @property
    def spaces(self) -> Spaces:
        """A step of the model's inputs, outputs and controls."""
        ids = Categorical(self.vocabulary.depth)
        controls = Categorical(harmony.CHORD_DEPTH) if self.chord_encoding else None
        return Spaces(ids, ids, controls, self.vocabulary.end, self.max_events_per_instrument)

    @property
    def vocabulary(self) -> Vocabulary:
        """Meaning of the ids."""
        return Vocabulary(self.num_velocity_bins, _MAX_SHIFT_QUARTERS * self.steps_per_quarter)

    @property
    def _layout(self) -> Layout:
        return Layout(
            vocabulary=self.vocabulary,
            steps_per_quarter=self.steps_per_quarter,
            bar=self.bar,
            bars=self.hop_size_bars,
            instruments=self.max_num_instruments,
            events=self.max_events_per_instrument,
            has_chords=self.chord_encoding is not None,
        )

    def extract(self, music: NoteSequence | Piece, *, consecutive: bool = False) -> Extraction:
        """An example of each bar that can be one, in order, and why the others cannot: always `consecutive`.

        Bars are counted in seconds from the beginning and from each change of tempo or time signature. A
        note that goes on into the next bar ends with the bar.
        """
        del consecutive
        rejected: collections.Counter[str] = collections.Counter()
        layout, parts = self._layout, []
        for part in parts_of_one_tempo(music, rejected):
            if len(part):
                usable = ready(part, layout, rejected, one_example_only=self.first_subsequence_only)
                if usable is not None:
                    parts.append(usable)
        if not parts:
            return Extraction(np.zeros((0, *self.shape), self.dtype), rejected)
        bars = cut_into_bars(parts, self.bar, self.hop_size_bars, self.steps_per_quarter)
        chosen = choose(
            bars,
            layout,
            rejected,
            fewest_instruments=self.min_num_instruments,
            fewest_events=self.min_total_events,
        )
        return Extraction(chosen.arrays(layout)[: self.max_examples_per_sequence], rejected)

    def _encode(self, piece: Piece, left_out: collections.Counter[str]) -> np.ndarray:
        sounding = (piece.velocity > 0) & (piece.start >= 0)
        ends = note_table(piece.where(sounding), self.steps_per_quarter).end
        if ends.max(initial=0) > self.hop_size_bars * self.bar:
            raise self._too_long("the music is", int(ends.max()), self.hop_size_bars * self.bar)
        return whole(piece, self._layout, left_out).arrays(self._layout)[0]

    def _as_piece(self, music: NoteSequence | Piece) -> Piece:
        return with_pedal(music)

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The same music with one spelling; any ids will do, of any number of bars.

        Shape and dtype are kept.
        """
        layout = self._layout
        ids, chords = rows(array, layout)
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
        table = None if chords is None else carried_on(chords_at_steps(chords, steps, layout))
        number = len(ids) // layout.segments
        segments = Segments(number, events, bar[order], places(bar[order]), table)
        arrays = segments.settled().arrays(layout)
        return np.asarray(arrays.reshape(np.shape(array)), np.asarray(array).dtype)

    def join(self, arrays: np.ndarray) -> np.ndarray:
        """Examples [examples, *shape], one after the other, as one longer array."""
        arrays = np.asarray(arrays)
        return self.canonical(arrays.reshape(-1, *self.shape[1:]))

    def decode(self, array: np.ndarray, *, qpm: float = DEFAULT_QPM) -> NoteSequence:
        """Decodes an example or a joined array of them at `qpm` quarters a minute; no ids are an error.

        An instrument of one bar goes on in the next one in the first that has the same program.
        """
        ids, chords = rows(array, self._layout)
        notes, programs, steps = read(ids, self.bar, self.vocabulary)
        most = self.max_events_per_instrument  # else the notes could not be encoded again
        notes, _ = write_what_fits(notes, programs, self.bar, self.vocabulary, most)
        bars = np.arange(len(ids)) // self.max_num_instruments
        seconds = 60.0 / qpm / self.steps_per_quarter
        sequence = self._blank_sequence(qpm)
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
            table = chords_at_steps(chords, steps, self._layout)[:, : self.bar].reshape(-1)
            at = np.flatnonzero(table != NOTHING)
            harmony.add_chords(sequence, table[at], at * seconds)
        return sequence

    def tensors(self, arrays: "tf.Tensor") -> Tensors:
        """Makes a batch for the model from examples [batch, *shape]; lengths of segments, with the end."""
        import tensorflow as tf

        arrays = tf.cast(arrays, tf.int32)
        ids = arrays[..., 0] if self.chord_encoding else arrays
        segments = tf.reshape(ids, [-1, self._layout.segments, self.max_events_per_instrument])
        ends = segments == self.vocabulary.end
        first = tf.argmax(ends, -1, output_type=tf.int32) + 1
        lengths = tf.where(tf.reduce_any(ends, -1), first, self.max_events_per_instrument)
        return Tensors(ids, ids, arrays[..., 1] if self.chord_encoding else None, lengths)

    def assemble(self, outputs: np.ndarray, controls: np.ndarray | None = None) -> np.ndarray:
        """Makes examples from a model's output ids, without those after the end of a segment."""
        ids = np.asarray(outputs).reshape(-1, self.max_events_per_instrument)
        is_end = ids == self.vocabulary.end
        over = np.cumsum(is_end, 1) - is_end > 0
        kept = np.asarray(np.where(over, NOTHING, ids).reshape(np.shape(outputs)), self.dtype)
        if not self.chord_encoding:
            return kept
        controls = np.full_like(kept, harmony.NO_CHORD) if controls is None else np.asarray(controls)
        return np.stack([kept, np.where(kept == NOTHING, NOTHING, controls)], -1).astype(self.dtype)

    def controls_from_chords(self, chords: np.ndarray) -> np.ndarray:
        """Silent examples [segments, *shape] with a chord a bar: the music decides when its events come.

        As in the original, a segment's program has no chord, and every event the bar's.
        """
        if not self.chord_encoding:
            return super().controls_from_chords(chords)
        return silent_bars(chords, self._layout)

    def as_controls(self, arrays: np.ndarray) -> np.ndarray:
        """Examples in whose every segment the chords go on to its last place."""
        return chords_everywhere(arrays, self._layout) if self.chord_encoding else arrays

    def augment(self, arrays: "tf.Tensor", semitones: tuple[int, int], seed: "tf.Tensor") -> "tf.Tensor":
        """Transposes each example [batch, *shape] and its chords by a random interval that keeps it in range.

        Drums stay.
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
        rotated = harmony.rotated_tensor(tf.maximum(chords, 0), shift)
        return tf.stack([moved, tf.where(chords == NOTHING, NOTHING, rotated)], -1)

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
        rotated = harmony.rotated(np.maximum(chords, 0), semitones)
        return np.stack([moved, np.where(chords == NOTHING, NOTHING, rotated)], -1).astype(arrays.dtype), fits

    def _pitched(self, ids: Any, reshape: Callable[..., Any]) -> Any:
        """A mask of the ids [batch, steps] that are notes of segments without the id of drums."""
        ids = reshape(ids, [-1, self._layout.segments, self.max_events_per_instrument])
        pitched = (ids >= 0) & (ids < SHIFT) & (ids[..., :1] != self.vocabulary.drums)
        return reshape(pitched, [-1, self.steps])


def _instruments(bars: np.ndarray, programs: np.ndarray, segments: np.ndarray) -> dict[int, int]:
    """The number of the instrument that each of `segments` goes on: the n-th of its bar with its program."""
    numbers: dict[tuple[int, int], int] = {}
    before: collections.Counter[tuple[int, int]] = collections.Counter()
    instruments = {}
    for segment in segments.tolist():
        bar, program = int(bars[segment]), int(programs[segment])
        instruments[segment] = numbers.setdefault((program, before[bar, program]), len(numbers))
        before[bar, program] += 1
    return instruments
