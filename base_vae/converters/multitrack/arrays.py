"""Segments laid out in arrays, `max_num_instruments` of them a bar, with the chords in a second column."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.harmony.chords import CHORD_DEPTH, NO_CHORD
from base_vae.converters.multitrack.events import Events
from base_vae.errors import UserError
from base_vae.spaces import NOTHING

if TYPE_CHECKING:
    from base_vae.converters.multitrack.converter import MultitrackConverter


@dataclasses.dataclass(frozen=True)
class Segments:
    """What examples are made of.

    Attributes:
      examples: how many of them.
      events: of all segments, those too that are left out.
      bar: int64 [segments], which bar of all bars of all examples a segment is of; -1 leaves it out.
      slot: int64 [segments], which segment of its bar it is.
      chords: int64 [bars, steps in a bar + 1], the chord at each step; None where none are told.
    """

    examples: int
    events: Events
    bar: np.ndarray
    slot: np.ndarray
    chords: np.ndarray | None

    def arrays(self, settings: "MultitrackConverter") -> np.ndarray:
        """The examples, [examples, *shape]; where no segment is, there is its end alone."""
        events = self.events
        kept = self.bar[events.segment] >= 0
        segment, column = events.segment[kept], events.column[kept]
        row = (self.bar * settings.max_num_instruments + self.slot)[segment]
        width = settings.max_events_per_instrument
        ids = np.full((self.examples * settings.segments, width), NOTHING, settings.dtype)
        ids[:, 0] = settings.vocabulary.end
        ids[row, column] = events.ids[kept]
        if self.chords is None:
            return ids.reshape(self.examples, *settings.shape)
        told = np.full_like(ids, NOTHING)
        told[row, column] = self.chords[self.bar[segment], events.step[kept]]
        told[:, 0] = NO_CHORD  # with what plays, or with the end where nothing does
        return np.stack([ids, told], -1).reshape(self.examples, *settings.shape)

    def settled(self) -> "Segments":
        """The same, but with the chord that the last event before the end of a bar is told by at its end too.

        Notes cannot tell another one: to them a chord at the end of a bar is of the next.
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


def rows(array: np.ndarray, settings: "MultitrackConverter") -> tuple[np.ndarray, np.ndarray | None]:
    """The ids of any number of bars and the chords, if they are told, as int64 [segments, events]."""
    array = np.asarray(array, np.int64)
    width = settings.max_events_per_instrument
    if settings.chord_encoding:
        return array[:, 0].reshape(-1, width), array[:, 1].reshape(-1, width)
    return array.reshape(-1, width), None


def chords_said(chords: np.ndarray, steps: np.ndarray, settings: "MultitrackConverter") -> np.ndarray:
    """The chord that the first event of each step is told by, int64 [bars, steps in a bar + 1].

    `NOTHING` where there is no event; at the end of the bar it is too late for a chord to begin.

    Args:
      chords: ids [segments, events].
      steps: int64 [segments, events], -1 where no event is said.
      settings: of the arrays.
    """
    known = (steps >= 0) & (steps < settings.bar) & (chords >= 0) & (chords < CHORD_DEPTH)
    row, column = (x[::-1] for x in np.nonzero(known))  # backwards, since what is written last counts
    said = np.full((len(chords) // settings.max_num_instruments, settings.bar + 1), NOTHING)
    said[row // settings.max_num_instruments, steps[row, column]] = chords[row, column]
    return said


def carried_on(said: np.ndarray) -> np.ndarray:
    """Chords [bars, steps] with each going on until the next; no chord before the first of a bar."""
    latest = np.maximum.accumulate(np.where(said != NOTHING, np.arange(said.shape[1]), -1), 1)
    chords = np.take_along_axis(said, np.maximum(latest, 0), 1)
    return np.where(latest < 0, NO_CHORD, chords)


def silent_bars(chords: np.ndarray, settings: "MultitrackConverter") -> np.ndarray:
    """Silent examples [examples, *shape] under a chord a bar, ids [bars], as the original tells them.

    Raises:
      UserError: if the bars do not fill the examples.
    """
    if len(chords) % settings.hop_size_bars:
        raise UserError(
            f"a chord must last a bar, and an example is {settings.hop_size_bars} bars long: give a multiple "
            f"of {settings.hop_size_bars} chords (received {len(chords)})"
        )
    told = np.repeat(chords, settings.rows_a_bar).reshape(-1, settings.max_events_per_instrument)
    told[:, 0] = NO_CHORD  # with what plays
    ids = np.full_like(told, NOTHING)
    ids[:, 0] = settings.vocabulary.end
    return np.stack([ids, told], -1).reshape(-1, *settings.shape).astype(settings.dtype)


def chords_everywhere(arrays: np.ndarray, settings: "MultitrackConverter") -> np.ndarray:
    """Examples [n, *shape] in whose every segment the chords go on to its last place.

    Where a segment ends they are those of its bar's fullest one: other music may have more events.
    """
    arrays = np.array(arrays)
    told = arrays[..., 1].reshape(-1, settings.max_num_instruments, settings.max_events_per_instrument)
    fullest = (told != NOTHING).sum(-1).argmax(1)
    row = told[np.arange(len(told)), fullest]
    last = np.maximum.accumulate(np.where(row != NOTHING, np.arange(row.shape[1]), 0), 1)
    row = np.take_along_axis(row, last, 1)
    arrays[..., 1] = np.where(told == NOTHING, row[:, np.newaxis], told).reshape(arrays.shape[:-1])
    return arrays


def places(groups: np.ndarray) -> np.ndarray:
    """0, 1, ... within each run of equal numbers in `groups`."""
    new = np.flatnonzero(np.diff(groups, prepend=-1))
    return np.arange(len(groups)) - np.repeat(new, np.diff(np.append(new, len(groups))))
