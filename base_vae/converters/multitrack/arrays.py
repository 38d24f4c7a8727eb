"""Segments laid out in arrays, `max_num_instruments` of them a bar, with the chords in a second column."""

import dataclasses

import numpy as np

from base_vae.converters.harmony.chords import CHORD_DEPTH, NO_CHORD
from base_vae.converters.multitrack.events import Events
from base_vae.converters.multitrack.layout import Layout
from base_vae.errors import UserError
from base_vae.spaces import NOTHING

DTYPE = np.int16


@dataclasses.dataclass(frozen=True)
class Segments:
    """The parts of examples.

    Attributes:
      examples: how many of them.
      events: of all segments, those too that are left out.
      bar: int64 [segments], which bar of all bars of all examples a segment is of; -1 leaves it out.
      slot: int64 [segments], which segment of its bar it is.
      chords: int64 [bars, steps in a bar + 1], the chord at each step; None where they are no controls.
    """

    examples: int
    events: Events
    bar: np.ndarray
    slot: np.ndarray
    chords: np.ndarray | None

    def arrays(self, layout: Layout) -> np.ndarray:
        """The examples, [examples, *shape]; where no segment is, there is its end alone."""
        events = self.events
        kept = self.bar[events.segment] >= 0
        segment, column = events.segment[kept], events.column[kept]
        row = (self.bar * layout.instruments + self.slot)[segment]
        width = layout.events
        ids = np.full((self.examples * layout.segments, width), NOTHING, DTYPE)
        ids[:, 0] = layout.vocabulary.end
        ids[row, column] = events.ids[kept]
        if self.chords is None:
            return ids.reshape(self.examples, *layout.shape)
        chords = np.full_like(ids, NOTHING)
        chords[row, column] = self.chords[self.bar[segment], events.step[kept]]
        chords[:, 0] = NO_CHORD  # with the program, or with the end where nothing plays
        return np.stack([ids, chords], -1).reshape(self.examples, *layout.shape)

    def settled(self) -> "Segments":
        """The same, with the chord of the last event before the end of a bar at its end too.

        Notes have no other one there: to them a chord at the end of a bar is of the next.
        """
        if self.chords is None:
            return self
        chords = self.chords.copy()
        end = chords.shape[1] - 1
        last = np.zeros(len(chords), np.int64)
        before = self.events.step < end
        np.maximum.at(last, self.bar[self.events.segment[before]], self.events.step[before])
        chords[:, end] = chords[np.arange(len(chords)), last]
        return dataclasses.replace(self, chords=chords)


def rows(array: np.ndarray, layout: Layout) -> tuple[np.ndarray, np.ndarray | None]:
    """The ids of any number of bars and the chords, if there are any, as int64 [segments, events]."""
    array = np.asarray(array, np.int64)
    width = layout.events
    if layout.has_chords:
        return array[:, 0].reshape(-1, width), array[:, 1].reshape(-1, width)
    return array.reshape(-1, width), None


def chords_at_steps(chords: np.ndarray, steps: np.ndarray, layout: Layout) -> np.ndarray:
    """The chord of the first event of each step, int64 [bars, steps in a bar + 1].

    `NOTHING` where there is no event; at the end of the bar it is too late for a chord to begin.

    Args:
      chords: ids [segments, events].
      steps: int64 [segments, events], -1 where there is no event.
      layout: of the arrays.
    """
    known = (steps >= 0) & (steps < layout.bar) & (chords >= 0) & (chords < CHORD_DEPTH)
    row, column = (x[::-1] for x in np.nonzero(known))  # backwards, since the last one written counts
    table = np.full((len(chords) // layout.instruments, layout.bar + 1), NOTHING)
    table[row // layout.instruments, steps[row, column]] = chords[row, column]
    return table


def carried_on(chords: np.ndarray) -> np.ndarray:
    """Chords [bars, steps] with each going on until the next; no chord before the first of a bar."""
    latest = np.maximum.accumulate(np.where(chords != NOTHING, np.arange(chords.shape[1]), -1), 1)
    return np.where(latest < 0, NO_CHORD, np.take_along_axis(chords, np.maximum(latest, 0), 1))


def silent_bars(chords: np.ndarray, layout: Layout) -> np.ndarray:
    """Silent examples [examples, *shape] with a chord a bar, ids [bars], as in the original.

    Raises:
      UserError: if the bars do not fill the examples.
    """
    if len(chords) % layout.bars:
        raise UserError(
            f"a chord must last a bar, and an example is {layout.bars} bars long: give a multiple "
            f"of {layout.bars} chords (received {len(chords)})"
        )
    column = np.repeat(chords, layout.events_a_bar).reshape(-1, layout.events)
    column[:, 0] = NO_CHORD  # with the program
    ids = np.full_like(column, NOTHING)
    ids[:, 0] = layout.vocabulary.end
    return np.stack([ids, column], -1).reshape(-1, *layout.shape).astype(DTYPE)


def chords_everywhere(arrays: np.ndarray, layout: Layout) -> np.ndarray:
    """Examples [n, *shape] in whose every segment the chords go on to its last place.

    Where a segment ends they are those of its bar's fullest one: other music may have more events.
    """
    arrays = np.array(arrays)
    chords = arrays[..., 1].reshape(-1, layout.instruments, layout.events)
    fullest = (chords != NOTHING).sum(-1).argmax(1)
    row = chords[np.arange(len(chords)), fullest]
    last = np.maximum.accumulate(np.where(row != NOTHING, np.arange(row.shape[1]), 0), 1)
    row = np.take_along_axis(row, last, 1)
    arrays[..., 1] = np.where(chords == NOTHING, row[:, np.newaxis], chords).reshape(arrays.shape[:-1])
    return arrays


def places(groups: np.ndarray) -> np.ndarray:
    """0, 1, ... within each run of equal numbers in `groups`."""
    new = np.flatnonzero(np.diff(groups, prepend=-1))
    return np.arange(len(groups)) - np.repeat(new, np.diff(np.append(new, len(groups))))
