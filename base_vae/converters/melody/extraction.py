"""Where melodies begin and end in the tracks of a piece, by the rules of the original."""

import collections
import dataclasses
from collections.abc import Iterator

import numpy as np

from base_vae.converters.left_out import SILENT, UNDER_ANOTHER, count
from base_vae.converters.melody.events import FIRST_NOTE, events_of
from base_vae.music.note_table import NoteTable
from base_vae.music.piece import Piece

# Instruments that carry melodies: no basses (32 to 39), percussion or sound effects (112 to 127).
MELODIC_PROGRAMS = (*range(32), *range(40, 112))
_EVERY_PROGRAM = tuple(range(128))


@dataclasses.dataclass(frozen=True)
class MelodyRules:
    """Rules for melodies; the attributes are those of `MelodyConverter`, and `bar` is in steps."""

    bar: int
    gap_bars: float | None
    max_bars: int
    min_pitch: int
    max_pitch: int
    programs: tuple[int, ...]
    skip_polyphony: bool


def programs_that_carry_melodies(piece: Piece) -> tuple[int, ...]:
    """Programs to look for melodies in: those of melody instruments, or all where the piece has none."""
    melodic = ~piece.is_drum & np.isin(piece.program, MELODIC_PROGRAMS)
    return MELODIC_PROGRAMS if melodic.any() else _EVERY_PROGRAM


def usable_notes(part: Piece, rules: MelodyRules, rejected: collections.Counter[str]) -> Piece:
    """Notes of the right programs and pitches, drums among them; `rejected` counts the others."""
    program = np.isin(part.program, rules.programs)
    pitch = (part.pitch >= rules.min_pitch) & (part.pitch <= rules.max_pitch)
    count(rejected, "drum note", part.is_drum.sum())
    count(rejected, "instrument that is not a melody's", (~part.is_drum & ~program).sum())
    outside = out_of_range(rules.min_pitch, rules.max_pitch)
    count(rejected, outside, (~part.is_drum & program & ~pitch).sum())
    return part.where(program & pitch)


def out_of_range(low: int, high: int) -> str:
    """The reason to leave out a note that has no id."""
    return f"note outside pitches {low} to {high}"


def find_melodies(
    table: NoteTable, rules: MelodyRules, rejected: collections.Counter[str]
) -> Iterator[tuple[int, np.ndarray]]:
    """Each track's melodies, split at gaps, padded to whole bars.

    Args:
      table: notes of the right programs and pitches. Drums among them, and notes without velocity, are
        silent, but a melody begins with the bar of the first note of any kind.
      rules: for melodies.
      rejected: counts the music left out, by reason.

    Yields:
      The step at which a melody begins, and its ids, uint8 [bars * bar].
    """
    silent = table.is_drum | (table.velocity == 0)
    count(rejected, SILENT, (silent & ~table.is_drum).sum())
    order = np.lexsort((-table.pitch, table.start, table.instrument))
    firsts = np.flatnonzero(np.diff(table.instrument[order], prepend=-1))
    for track in np.split(order, firsts[1:]):
        notes = track[~silent[track]]
        together = np.diff(table.start[notes], prepend=-1) == 0
        if not rules.skip_polyphony:
            count(rejected, UNDER_ANOTHER, together.sum())
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
    rules: MelodyRules,
    rejected: collections.Counter[str],
) -> Iterator[tuple[int, np.ndarray]]:
    """Melodies in the notes of one track, columns [notes] sorted by distinct starts.

    A melody with a `forbidden` note is the end of its track. `anchors` are the starts of all notes, silent
    ones too.
    """
    bar = rules.bar
    ends_of_melodies = np.array([len(start) - 1])
    if rules.gap_bars:
        gaps = np.flatnonzero(start[1:] - end[:-1] >= rules.gap_bars * bar)
        ends_of_melodies = np.append(gaps, ends_of_melodies)
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
