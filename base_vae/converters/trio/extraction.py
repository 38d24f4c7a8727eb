"""The melodies, basses and drums among the instruments of a piece, and where they play together."""

import collections
import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np

from base_vae.converters.drums.maps import DrumMap, classes_of
from base_vae.converters.left_out import SILENT, count
from base_vae.converters.melody.events import FIRST_NOTE, events_of, top_notes
from base_vae.converters.melody.extraction import MELODIC_PROGRAMS
from base_vae.music.note_table import NoteTable

MIN_PITCH, MAX_PITCH = 21, 108
BASS_PROGRAMS = range(32, 40)
DRUM_MAP: DrumMap = "REDUCED"
_INSTRUMENTS = 128
_MELODY, _BASS, _DRUMS, _OTHER = range(4)
_NAMES = ("melody", "bass", "drums")


@dataclasses.dataclass(frozen=True)
class Voices:
    """The instruments of a piece.

    Attributes:
      kinds: instruments that are melodies, basses and drums.
      coverage: whether an instrument plays in a bar, bool [bars, instruments].
      ids: events of each instrument that has any, [steps].
    """

    kinds: tuple[list[int], ...]
    coverage: np.ndarray
    ids: dict[int, np.ndarray]

    @classmethod
    def of(
        cls,
        table: NoteTable,
        bars: int,
        bar: int,
        rejected: collections.Counter[str],
        *,
        melody_programs: tuple[int, ...] | None,
    ) -> "Voices":
        """Returns those of the first `bars` bars, of `bar` steps each.

        An instrument is of one kind, or of none. It plays where any of its notes sounds, one out of range or
        a drum that has no class too.
        """
        count(rejected, "note of an instrument past the first 128", (table.instrument >= _INSTRUMENTS).sum())
        table = table.where(table.instrument < _INSTRUMENTS)
        kind = np.full(len(table), _OTHER)
        kind[np.isin(table.program, MELODIC_PROGRAMS if melody_programs is None else melody_programs)] = (
            _MELODY
        )
        kind[np.isin(table.program, BASS_PROGRAMS)] = _BASS
        kind[table.is_drum] = _DRUMS
        present = np.unique(table.instrument)
        lowest, highest = np.full(_INSTRUMENTS, _OTHER), np.full(_INSTRUMENTS, -1)
        np.minimum.at(lowest, table.instrument, kind)
        np.maximum.at(highest, table.instrument, kind)
        pure = np.where(lowest == highest, lowest, _OTHER)
        count(rejected, "instrument that is no melody, bass or drums", (pure[present] == _OTHER).sum())
        kinds = tuple(np.flatnonzero(pure == one).tolist() for one in range(_OTHER))
        missing = [name for name, found in zip(_NAMES, kinds, strict=True) if not found]
        if missing:
            rejected[f"no {' and no '.join(missing)}"] += 1
            return cls(([], [], []), np.zeros((bars, _INSTRUMENTS), bool), {})
        coverage = _coverage(table, bars, bar)
        ids = {}
        table = table.where(has_id(table))
        for one, found in enumerate(kinds):
            for i in found:
                notes = table.where(table.instrument == i)
                if len(notes):
                    ids[i] = (drum_ids if one == _DRUMS else voice_ids)(notes, bars * bar)
                else:
                    rejected["instrument without a note that counts"] += 1
        return cls(kinds, coverage, ids)

    def trios(self) -> Iterator[list[int]]:
        """Each combination of a melody, a bass and drums."""
        found = ([i for i in kind if i in self.ids] for kind in self.kinds)
        return map(list, itertools.product(*found))


def voice_ids(notes: NoteTable, steps: int) -> np.ndarray:
    """Events [steps] of a melody or bass, the top note where notes start together."""
    notes = notes.where(has_id(notes))
    notes = notes.where(top_notes(notes.start, notes.pitch))
    ids = notes.pitch - MIN_PITCH + FIRST_NOTE
    return events_of(notes.start, notes.end, ids, max(steps, int(notes.end.max(initial=0))))[:steps]


def drum_ids(notes: NoteTable, steps: int) -> np.ndarray:
    """The combination of drums at each step, int64 [steps]: bit i for class i."""
    notes = notes.where(notes.is_drum & has_id(notes) & (notes.start < steps))
    ids = np.zeros(steps, np.int64)
    np.bitwise_or.at(ids, notes.start, 1 << classes_of(notes.pitch, notes.is_drum, DRUM_MAP))
    return ids


def has_id(notes: NoteTable) -> np.ndarray:
    """A mask of the notes that have an id, bool [notes]: in range or a drum of some class, and not silent."""
    return np.asarray((notes.velocity > 0) & _in_vocabulary(notes))


def count_without_id(notes: NoteTable, rejected: collections.Counter[str]) -> None:
    """Counts the notes that have no id, by reason."""
    known = _in_vocabulary(notes)
    count(rejected, f"note outside pitches {MIN_PITCH} to {MAX_PITCH}", (~known & ~notes.is_drum).sum())
    count(rejected, "drum that is not in the drum map", (~known & notes.is_drum).sum())
    count(rejected, SILENT, (known & (notes.velocity == 0)).sum())


def _in_vocabulary(notes: NoteTable) -> np.ndarray:
    in_range = (notes.pitch >= MIN_PITCH) & (notes.pitch <= MAX_PITCH)
    known = classes_of(notes.pitch, notes.is_drum, DRUM_MAP) >= 0
    return np.where(notes.is_drum, known, in_range)


def windows_together(coverage: np.ndarray, bars: int, gap: int) -> np.ndarray:
    """First bars of the windows of `bars` bars in which all three play.

    A voice that plays within `gap` bars counts as playing. At the edges of the piece, as far as `gap` bars
    in, it is enough that one of them plays.

    Args:
      coverage: bool [all bars, 3].
      bars: length of a window.
      gap: bars that a voice may rest.
    """
    near = np.cumsum(np.pad(coverage, [(gap + 1, gap), (0, 0)]), 0)
    coverage = near[2 * gap + 1 :] > near[: -2 * gap - 1]
    together = np.asarray(coverage.all(1))
    together[:gap] = coverage[:gap].any()
    together[-gap:] = coverage[-gap:].any()
    before = np.concatenate([[0], np.cumsum(together)])
    return np.flatnonzero(before[bars:] - before[:-bars] == bars)


def without_overlap(starts: np.ndarray, bars: int) -> np.ndarray:
    """The windows of `bars` bars, given by their first bars in order, that share none with others."""
    taken: list[int] = []
    for start in starts.tolist():
        if not taken or start >= taken[-1] + bars:
            taken.append(start)
    return np.array(taken, np.int64)


def _coverage(table: NoteTable, bars: int, bar: int) -> np.ndarray:
    """Whether an instrument sounds in a bar, bool [bars, instruments]."""
    edges = np.zeros((bars + 1, _INSTRUMENTS), np.int64)
    begins, ends = table.start // bar, np.minimum(-(-table.end // bar), bars)
    inside = begins < bars
    np.add.at(edges, (begins[inside], table.instrument[inside]), 1)
    np.add.at(edges, (ends[inside], table.instrument[inside]), -1)
    return np.cumsum(edges, 0)[:bars] > 0
