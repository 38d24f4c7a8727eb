"""Where melodies begin and end in the tracks of a piece, by the rules of the original."""

import collections
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from base_vae.converters.base import count
from base_vae.converters.melody.events import FIRST_NOTE, events_of
from base_vae.music.note_table import NoteTable
from base_vae.music.piece import Piece


class Rules(Protocol):
    """The settings of a converter that say what a melody is; see `MelodyConverter`."""

    bar: int
    gap_bars: float | None
    max_bars: int
    min_pitch: int
    max_pitch: int
    programs: tuple[int, ...]
    skip_polyphony: bool


def usable_notes(part: Piece, rules: Rules, rejected: collections.Counter) -> Piece:
    """Notes of the right programs and pitches, drums among them; `rejected` counts the others."""
    program = np.isin(part.program, rules.programs)
    pitch = (part.pitch >= rules.min_pitch) & (part.pitch <= rules.max_pitch)
    count(rejected, "drum note", part.is_drum.sum())
    count(rejected, "instrument that is not a melody's", (~part.is_drum & ~program).sum())
    outside = f"note outside pitches {rules.min_pitch} to {rules.max_pitch}"
    count(rejected, outside, (~part.is_drum & program & ~pitch).sum())
    return part.where(program & pitch)


def find_melodies(
    table: NoteTable, rules: Rules, rejected: collections.Counter
) -> Iterator[tuple[int, np.ndarray]]:
    """Each track's melodies, split at gaps, padded to whole bars.

    Args:
      table: notes of the right programs and pitches. Drums among them, and notes without velocity, are
        silent, but a melody begins with the bar of the first note of any kind.
      rules: what a melody is.
      rejected: counts what is left out.

    Yields:
      The step at which a melody begins, and its ids, uint8 [bars * bar].
    """
    silent = table.is_drum | (table.velocity == 0)
    count(rejected, "note that is silent", (silent & ~table.is_drum).sum())
    order = np.lexsort((-table.pitch, table.start, table.instrument))
    firsts = np.flatnonzero(np.diff(table.instrument[order], prepend=-1))
    for track in np.split(order, firsts[1:]):
        notes = track[~silent[track]]
        together = np.diff(table.start[notes], prepend=-1) == 0
        if not rules.skip_polyphony:
            count(rejected, "note under another one", together.sum())
        kept = np.flatnonzero(~together)
        yield from _split_at_gaps(
            table.start[notes[kept]],
            table.end[notes[kept]],
            table.pitch[notes[kept]] - rules.min_pitch + FIRST_NOTE,
            np.append(together[1:], False)[kept] & rules.skip_polyphony,
            table.start[track],
            rules,
            rejected,
        )


def _split_at_gaps(
    start: np.ndarray,
    end: np.ndarray,
    ids: np.ndarray,
    forbidden: np.ndarray,
    anchors: np.ndarray,
    rules: Rules,
    rejected: collections.Counter,
) -> Iterator[tuple[int, np.ndarray]]:
    """Melodies in the notes of one track, columns [notes] sorted by distinct starts.

    A melody with a `forbidden` note is the end of its track. `anchors` are the starts of all notes, silent
    ones too.
    """
    bar = rules.bar
    gaps = np.flatnonzero(start[1:] - end[:-1] >= rules.gap_bars * bar) if rules.gap_bars else []
    ends_of_melodies = np.append(gaps, len(start) - 1).astype(int)
    first = searched = 0
    while first < len(start):
        last = ends_of_melodies[np.searchsorted(ends_of_melodies, first)]
        melody = slice(first, last + 1)
        if forbidden[melody].any():
            rejected["polyphonic track"] += 1
            return
        origin = int(anchors[np.searchsorted(anchors, searched)]) // bar * bar
        length = int(-(-(end[last] - origin) // bar) * bar)
        events = events_of(start[melody] - origin, end[melody] - origin, ids[melody], length)
        count(rejected, f"bar past the first {rules.max_bars}", length // bar - rules.max_bars)
        events = events[: rules.max_bars * bar]
        if events.any():  # cut short, it may be all silence
            yield origin, events
        # The next melody starts in a bar of its own: notes that begin before this one's end are lost.
        searched = origin + length
        first = int(np.searchsorted(start, searched))
        count(rejected, "note in the bar where another melody ends", first - last - 1)
