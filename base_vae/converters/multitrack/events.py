"""One bar of one instrument as event ids, and back, for many of them at once.

Simon et al. 2018 (arXiv:1806.00195), section 3: note-ons, note-offs, shifts of time and changes of velocity,
between the id of a program and one that ends. Such a bar of one instrument is a segment here.
"""

import dataclasses

import numpy as np

PITCHES = 128
PROGRAMS = 128  # the General MIDI programs; the id after the last of them is of drums
NOTE_OFF = PITCHES  # a note-on is the pitch itself
SHIFT = 2 * PITCHES  # of one step; the next id is of two
_LOUDEST = 127
_DEFAULT = 100  # velocity of notes before the first event of one, and of all where there are none


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """Meaning of the ids from `SHIFT` on.

    Attributes:
      velocity_bins: number of ids for velocities, 0 for none.
      max_shift: longest shift of time, in steps.
    """

    velocity_bins: int
    max_shift: int

    @property
    def velocity(self) -> int:
        """Id of the softest velocity."""
        return SHIFT + self.max_shift

    @property
    def program(self) -> int:
        """Id of program 0."""
        return self.velocity + self.velocity_bins

    @property
    def drums(self) -> int:
        """Id of drums, in the place of a program."""
        return self.program + PROGRAMS

    @property
    def end(self) -> int:
        """Id that ends a segment, and all there is of one where nothing plays."""
        return self.drums + 1

    @property
    def depth(self) -> int:
        """Number of different ids."""
        return self.end + 1

    def bin_of(self, velocity: np.ndarray) -> np.ndarray:
        """Bins, 1 to `velocity_bins`, of MIDI velocities 1 to 127; 0 where there are no bins."""
        return (velocity - 1) // self._bin_size + 1 if self.velocity_bins else np.zeros_like(velocity)

    def velocity_of(self, bins: np.ndarray) -> np.ndarray:
        """The softest MIDI velocity of each bin."""
        return 1 + (bins - 1) * self._bin_size if self.velocity_bins else np.full_like(bins, _DEFAULT)

    @property
    def _bin_size(self) -> int:
        return -(-_LOUDEST // self.velocity_bins)


@dataclasses.dataclass(frozen=True)
class Notes:
    """Notes of many segments as columns, int64 [notes]; times in steps since the segment began.

    Attributes:
      segment: which segment a note is in.
      pitch: MIDI pitch.
      start, end: steps, the end above the start.
      velocity: bin, 1 or more; 0 where there are no bins.
    """

    segment: np.ndarray
    pitch: np.ndarray
    start: np.ndarray
    end: np.ndarray
    velocity: np.ndarray

    def where(self, mask: np.ndarray) -> "Notes":
        """The notes that `mask`, boolean or indices, keeps."""
        return Notes(*(getattr(self, field.name)[mask] for field in dataclasses.fields(self)))

    def in_order(self) -> "Notes":
        """The notes in the order of their ids: by segment, start and pitch.

        Where one pitch sounds twice at once, ids cannot show which of the two a note-off ends: the first to
        begin is the first to end. Notes that begin together keep the order they have.
        """
        group = self.segment * PITCHES + self.pitch
        begin, finish = np.lexsort((self.start, group)), np.lexsort((self.end, group))
        paired = dataclasses.replace(self.where(begin), end=self.end[finish])
        return paired.where(np.lexsort((paired.pitch, paired.start, paired.segment)))


@dataclasses.dataclass(frozen=True)
class Events:
    """The ids of many segments as columns, int64 [events].

    Attributes:
      ids: the events.
      segment, column: which segment an event is in, and where in it.
      step: when it happens; the end of a segment counts with the event before it.
      lengths: int64 [segments].
    """

    ids: np.ndarray
    segment: np.ndarray
    column: np.ndarray
    step: np.ndarray
    lengths: np.ndarray


def write(notes: Notes, programs: np.ndarray, bar: int, vocabulary: Vocabulary) -> Events:
    """The events of `notes`, which are in order.

    Within a step note-offs come first. All shifts of a segment together make a whole bar.

    Args:
      notes: as `Notes.in_order` leaves them.
      programs: int64 [segments], `PROGRAMS` for drums.
      bar: steps in a bar.
      vocabulary: meaning of the ids.
    """
    segments = np.arange(len(programs))
    zeros, whole = np.zeros_like(segments), np.full_like(segments, bar)
    segment = np.concatenate([segments, notes.segment, notes.segment, segments])
    step = np.concatenate([zeros, notes.end, notes.start, whole])
    kind = np.repeat(np.arange(4), [len(segments), len(notes.pitch), len(notes.pitch), len(segments)])
    ids = np.concatenate(
        [vocabulary.program + programs, NOTE_OFF + notes.pitch, notes.pitch, zeros + vocabulary.end]
    )
    silent = np.zeros(len(segments) + len(notes.pitch), np.int64)
    velocity = np.concatenate([silent, _changes(notes), zeros])
    order = np.argsort((segment * (bar + 1) + step) * 4 + kind, kind="stable")
    segment, step, kind, ids, velocity = (x[order] for x in (segment, step, kind, ids, velocity))

    # An event is preceded by the shifts that lead to it and by the velocity, where that changes.
    moved = np.where(kind > 0, np.diff(step, prepend=0), 0)
    shifts = -(-moved // vocabulary.max_shift)
    sizes = shifts + (velocity > 0) + 1
    last = np.cumsum(sizes) - 1
    all_ids, all_steps = np.empty(sizes.sum(), np.int64), np.repeat(step, sizes)
    all_ids[last] = ids
    louder = velocity > 0
    all_ids[last[louder] - 1] = vocabulary.velocity + velocity[louder] - 1
    event = np.repeat(np.arange(len(sizes)), shifts)
    nth = _count_up(shifts)
    at = (last + 1 - sizes)[event] + nth
    before = nth * vocabulary.max_shift
    all_ids[at] = SHIFT - 1 + np.minimum(vocabulary.max_shift, moved[event] - before)
    all_steps[at] = (step - moved)[event] + before
    ends = last[kind == 3]
    all_steps[ends] = all_steps[ends - 1]

    all_segments = np.repeat(segment, sizes)
    lengths = np.bincount(all_segments, minlength=len(segments))
    return Events(all_ids, all_segments, _count_up(lengths), all_steps, lengths)


def write_what_fits(
    notes: Notes, programs: np.ndarray, bar: int, vocabulary: Vocabulary, most: int
) -> tuple[Notes, Events]:
    """`write`, without the last notes of segments that would have more than `most` events; the notes too."""
    while True:
        events = write(notes, programs, bar, vocabulary)
        over = events.lengths > most
        if not over.any():
            return notes, events
        last = np.append(notes.segment[1:] != notes.segment[:-1], True)
        notes = notes.where(~(last & over[notes.segment]))


def read(ids: np.ndarray, bar: int, vocabulary: Vocabulary) -> tuple[Notes, np.ndarray, np.ndarray]:
    """The notes of any ids, as a player would play them; nothing is an error.

    Ids after an end, and notes after the bar, do not count. A note-off ends the note of its pitch
    that sounds longest, or nothing; notes that still sound end with the bar. The first program counts.

    Args:
      ids: integers [segments, events].
      bar: steps in a bar.
      vocabulary: meaning of the ids.

    Returns:
      The notes in order; the programs, int64 [segments], `PROGRAMS` for drums; and the step of each event,
      int64 [segments, events], -1 where there is none.
    """
    ids = np.asarray(ids, np.int64)
    valid = (ids >= 0) & (ids < vocabulary.end) & (np.cumsum(ids == vocabulary.end, 1) == 0)
    is_program = valid & (ids >= vocabulary.program)
    first = np.argmax(is_program, 1)
    rows = np.arange(len(ids))
    programs = np.where(is_program.any(1), ids[rows, first] - vocabulary.program, 0)
    is_shift = valid & (ids >= SHIFT) & (ids < vocabulary.velocity)
    shift = np.where(is_shift, ids - SHIFT + 1, 0)
    steps = np.cumsum(shift, 1) - shift
    velocity = _velocities(ids, valid, vocabulary)
    row, column = np.nonzero(valid & (ids < SHIFT))
    pitch, off = ids[row, column] % PITCHES, ids[row, column] >= NOTE_OFF
    order = np.argsort(row * PITCHES + pitch, kind="stable")
    row, column, pitch, off = row[order], column[order], pitch[order], off[order]
    time = np.minimum(steps[row, column], bar)
    end = _ends(row * PITCHES + pitch, off, time, bar)
    row, column, pitch, start = row[~off], column[~off], pitch[~off], time[~off]
    notes = Notes(row, pitch, start, end, velocity[row, column])
    return notes.where(end > start).in_order(), programs, np.where(valid & ~is_program, steps, -1)


def _changes(notes: Notes) -> np.ndarray:
    """The velocity of each note where it is another than of the note before in the segment, else 0."""
    same = np.diff(notes.segment, prepend=-1) == 0
    return np.where(same & (np.diff(notes.velocity, prepend=0) == 0), 0, notes.velocity)


def _count_up(sizes: np.ndarray) -> np.ndarray:
    """0, 1, ... for each of `sizes`, one after the other."""
    return np.asarray(np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes))


def _velocities(ids: np.ndarray, valid: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Bin of the latest velocity at each event; int64 [segments, events]."""
    is_velocity = valid & (ids >= vocabulary.velocity) & (ids < vocabulary.program)
    latest = np.maximum.accumulate(np.where(is_velocity, np.arange(ids.shape[1]), -1), axis=1)
    bins = np.take_along_axis(ids, np.maximum(latest, 0), 1) - vocabulary.velocity + 1
    # With an odd number of bins the last ones are for velocities that do not exist.
    loudest, default = vocabulary.bin_of(np.array([_LOUDEST, _DEFAULT]))
    return np.asarray(np.where(latest < 0, default, np.minimum(bins, loudest)))


def _ends(group: np.ndarray, off: np.ndarray, time: np.ndarray, bar: int) -> np.ndarray:
    """The end of each note-on, int64 [note-ons], given note-ons and note-offs sorted by group.

    Args:
      group: int64 [events], the same for events of the same segment and pitch.
      off: bool [events], whether it is a note-off.
      time: int64 [events], steps, ascending in each group.
      bar: when those end that no note-off ends.
    """
    if not len(group):
        return group
    new = np.diff(group, prepend=-1) != 0
    rank = np.cumsum(new) - 1
    change = np.where(off, -1, 1)
    total = np.cumsum(change)
    level = total - (total - change)[new][rank]  # note-ons less note-offs, since the group began
    # A note-off with nothing to end is one that takes the level below all before it, and below 0. To find
    # the lowest level so far in every group at once, each group is put far below the group before.
    far = rank * (len(group) + 1)
    lowest = np.minimum.accumulate(np.minimum(level, 0) - far) + far
    before = np.where(new, 0, np.concatenate([[0], lowest[:-1]]))
    effective = off & (lowest == before)
    groups = rank[-1] + 1
    offs, ons = np.bincount(rank[effective], minlength=groups), np.bincount(rank[~off], minlength=groups)
    nth = _count_up(ons)
    mine = rank[~off]
    ended = nth < offs[mine]
    ends = np.full(len(nth), bar)
    ends[ended] = time[effective][(np.cumsum(offs) - offs)[mine[ended]] + nth[ended]]
    return ends
