"""Music cut into stretches of whole bars, counted in seconds: the first thing that the original does."""

import collections
import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np

from base_vae.converters.harmony.chords import NO_CHORD, chord_id
from base_vae.converters.left_out import SILENT, count
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import quantize, split_on_changes, stretch_edges
from base_vae.music.piece import Piece, as_piece
from base_vae.music.sustain_pedal import pedal_between, pedal_changes, sustained


@dataclasses.dataclass(frozen=True)
class Bars:
    """The stretches of a piece and their notes as columns; times in steps since the stretch began.

    Attributes:
      chords: (stretch, step, figure) of each chord symbol, ascending; one that goes on counts again.
      stretch: int64 [notes], which stretch a note begins in; ascending.
      pitch, velocity, instrument, program, is_drum: [notes], as in a Piece.
      start, end: int64 [notes], steps. A note at the very end of a stretch may round to where it is over.
      lengths: int64 [stretches], steps to where the last note ends.
    """

    chords: list[tuple[int, int, str]]
    stretch: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    instrument: np.ndarray
    program: np.ndarray
    is_drum: np.ndarray
    start: np.ndarray
    end: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)


def parts_of_one_tempo(music: NoteSequence | Piece, rejected: collections.Counter[str]) -> list[Piece]:
    """The stretches between changes of tempo or time signature, each moved to begin at 0.

    Notes are sorted by start, and end where their part does. In a NoteSequence they sound as long as the
    pedal holds them.
    """
    piece = as_piece(music)
    parts = split_on_changes(piece)
    kept = sum(len(part) for part in parts)
    count(rejected, "note before the beginning or past the end of the piece", len(piece) - kept)
    if not isinstance(music, Piece) and (pedal := pedal_changes(music)):
        edges = itertools.pairwise(stretch_edges(piece))
        parts = [
            sustained(part, pedal_between(pedal, *between))
            for part, between in zip(parts, edges, strict=True)
        ]
        doubled = kept - sum(len(part) for part in parts)
        count(rejected, "note that begins with another of its pitch under the pedal", doubled)
        kept -= doubled
    sounding = [part.where(part.velocity > 0) for part in parts]
    count(rejected, SILENT, kept - sum(len(part) for part in sounding))
    return sounding


def with_pedal(music: NoteSequence | Piece) -> Piece:
    """The same music as a piece, its notes as long as the sustain pedal makes them, where there is one."""
    piece = as_piece(music)
    pedal = [] if isinstance(music, Piece) else pedal_changes(music)
    return sustained(piece, pedal) if pedal else piece


def splits_of(part: Piece, bar: int, bars: int, steps_per_quarter: int) -> np.ndarray:
    """Seconds at which stretches of `bars` bars of `bar` steps begin, and where the last of them ends."""
    hop = 60.0 * (bar / steps_per_quarter * bars) / part.qpm
    splits = np.append(0.0, np.arange(hop, part.total_time, hop))
    return np.append(splits, part.total_time) if part.total_time > splits[-1] else splits


def cut_into_bars(parts: list[Piece], bar: int, bars: int, steps_per_quarter: int) -> Bars:
    """The stretches of all parts; the last one of each part may be shorter.

    Args:
      parts: of one tempo each, at least one, as `parts_of_one_tempo` leaves them.
      bar: steps in a bar.
      bars: number of bars in a stretch.
      steps_per_quarter: resolution of the grid.
    """
    cut, chords, done = [], [], 0
    for part in parts:
        splits = splits_of(part, bar, bars, steps_per_quarter)
        steps_per_second = steps_per_quarter * part.qpm / 60.0
        part = part.where(part.start < splits[-1])  # a note without length may stand at the very end
        index, start, end = _between(splits, part)
        start, end = quantize(start, steps_per_second), quantize(end, steps_per_second)
        end = np.maximum(end, start + 1)
        lengths = np.zeros(len(splits) - 1, np.int64)
        np.maximum.at(lengths, index, end)
        chords += [
            (done + i, int(quantize(np.array(time), steps_per_second)), figure)
            for i, time, figure in _chords_between(splits, part.chords)
        ]
        notes = (part.pitch, part.velocity, part.instrument, part.program, part.is_drum, start, end)
        cut.append((index + done, *notes, lengths))
        done += len(lengths)
    columns = [np.concatenate(column) for column in zip(*cut, strict=True)]
    return Bars(chords, *columns)


def chord_table(bars: Bars, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The chord at each step, as the original reads it; the last one goes on where the music is over.

    Returns:
      Chord ids int64 [stretches, steps + 1], `UNREADABLE` where it is no triad; and bool [stretches], whether
      two different chords begin at one step.
    """
    table, clash = np.full((len(bars), steps + 1), NO_CHORD), np.zeros(len(bars), bool)
    before = (-1, -1, "")
    for stretch, step, figure in bars.chords:
        if step < bars.lengths[stretch]:
            clash[stretch] |= before[:2] == (stretch, step) and before[2] != figure
            table[stretch, step:] = chord_id(figure)
            before = (stretch, step, figure)
    return table, clash


def _between(splits: np.ndarray, piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The stretch that each note begins in, and its start and end in seconds since then, cut at its end."""
    index = np.searchsorted(splits, piece.start, "right") - 1
    return index, piece.start - splits[index], np.minimum(piece.end, splits[index + 1]) - splits[index]


def _chords_between(
    splits: np.ndarray, chords: tuple[tuple[float, str], ...]
) -> Iterator[tuple[int, float, str]]:
    """The chords of each stretch and their times since it began, the one that goes on first."""
    if not chords:
        return
    times = np.array([time for time, _ in chords])
    first = np.searchsorted(times, splits, "right")
    ends = np.searchsorted(times, splits, "left")
    for i, split in enumerate(splits[:-1]):
        if first[i] > 0:
            yield i, 0.0, chords[first[i] - 1][1]
        for time, figure in chords[first[i] : ends[i + 1]]:
            yield i, time - split, figure
