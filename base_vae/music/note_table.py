"""A piece of one tempo on the grid of steps: what every converter reads.

The rounding is note-seq's own: step = floor(seconds * steps per second + 0.5), and a note lasts at least one.
"""

import dataclasses
import itertools

import numpy as np

from base_vae.music.piece import DEFAULT_QPM, Piece


@dataclasses.dataclass(frozen=True)
class NoteTable:
    """Notes of one sequence with one tempo, as arrays of shape [notes]; times in steps."""

    pitch: np.ndarray
    start: np.ndarray
    end: np.ndarray
    velocity: np.ndarray
    instrument: np.ndarray
    program: np.ndarray
    is_drum: np.ndarray
    total_steps: int
    qpm: float

    def __len__(self) -> int:
        return len(self.pitch)

    def where(self, mask: np.ndarray | slice) -> "NoteTable":
        """The notes that `mask` of shape [notes], boolean, indices or a slice, keeps."""
        columns = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        columns = {k: v[mask] if isinstance(v, np.ndarray) else v for k, v in columns.items()}
        return NoteTable(**columns)


def quantize(seconds: np.ndarray | float, steps_per_second: np.ndarray | float) -> np.ndarray:
    """Nearest step of each time in `seconds` (halves round up), as int64 of the same shape."""
    return np.floor(np.asarray(seconds, np.float64) * steps_per_second + 0.5).astype(np.int64)


def note_table(piece: Piece, steps_per_quarter: int) -> NoteTable:
    """Quantizes a piece of one tempo (the first tempo is taken; 120 where none is given)."""
    steps_per_second = steps_per_quarter * piece.qpm / 60.0
    start, end = quantize(piece.start, steps_per_second), quantize(piece.end, steps_per_second)
    return NoteTable(
        pitch=piece.pitch,
        start=start,
        end=np.maximum(end, start + 1),
        velocity=piece.velocity,
        instrument=piece.instrument,
        program=piece.program,
        is_drum=piece.is_drum,
        total_steps=total_steps(piece, steps_per_quarter),
        qpm=piece.qpm,
    )


def highest_of_each_voice(table: NoteTable) -> NoteTable:
    """The highest note of each onset of each instrument, in the order of instrument and time."""
    table = table.where(np.lexsort((-table.pitch, table.start, table.instrument)))
    first = np.ones(len(table), bool)
    first[1:] = (np.diff(table.start) != 0) | (np.diff(table.instrument) != 0)
    return table.where(first)


def total_steps(piece: Piece, steps_per_quarter: int) -> int:
    """Steps that a piece of one tempo lasts, its longest note included."""
    steps_per_second = steps_per_quarter * piece.qpm / 60.0
    start, end = quantize(piece.start, steps_per_second), quantize(piece.end, steps_per_second)
    last = np.maximum(end, start + 1).max(initial=0)
    return int(max(quantize(piece.total_time, steps_per_second), last))


def metre(piece: Piece) -> tuple[int, int]:
    """Numerator and denominator of the first time signature, 4/4 where none is given."""
    return (int(piece.metres[0, 1]), int(piece.metres[0, 2])) if len(piece.metres) else (4, 4)


def steps_per_bar(piece: Piece, steps_per_quarter: int) -> float:
    """Steps in a bar of the first time signature (4/4 where none is given), see `steps_in_bar`."""
    return steps_in_bar(*metre(piece), steps_per_quarter)


def steps_in_bar(numerator: int, denominator: int, steps_per_quarter: int) -> float:
    """Steps in a bar; may be a fraction.

    0 where there is no such time signature: a denominator is a power of two.
    """
    if denominator < 1 or denominator & (denominator - 1):
        return 0.0
    return steps_per_quarter * 4.0 * numerator / denominator


def split_on_changes(piece: Piece) -> list[Piece]:
    """The stretches between changes of tempo or time signature, each moved to begin at 0, as note-seq cuts.

    A note belongs to the stretch that it begins in, and ends with it at the latest; one that begins outside
    the piece's time belongs to none. Notes come in order of their starts, and a stretch lasts until its last
    note ends. What holds (tempo, metre, key, chord) as a stretch begins is repeated at its beginning.
    """
    times = stretch_edges(piece)
    piece = piece.where(np.argsort(piece.start, kind="stable"))
    ends = np.searchsorted(piece.start, times, "left")
    starts = [change[0] for change in piece.chords]
    order = np.argsort(starts, kind="stable")
    chord_times = np.array(starts, np.float64)[order]
    tempos, metres, keys = (
        rows[np.argsort(rows[:, 0], kind="stable")] for rows in (piece.tempos, piece.metres, piece.keys)
    )
    parts = []
    for i, (begin, end) in enumerate(itertools.pairwise(times)):
        part = piece.where(slice(ends[i], ends[i + 1]))
        chords = [
            (time, piece.chords[order[j]][1]) for j, time in zip(*_held(chord_times, begin, end), strict=True)
        ]
        stops = np.minimum(part.end, end) - begin
        parts.append(
            dataclasses.replace(
                part,
                start=part.start - begin,
                end=stops,
                total_time=float(stops.max(initial=0.0)),
                tempos=_cut(tempos, begin, end),
                metres=_cut(metres, begin, end),
                keys=_cut(keys, begin, end),
                chords=tuple(chords),
            )
        )
    return parts


def stretch_edges(piece: Piece) -> list[float]:
    """0, the times at which tempo or time signature really change, and the end of the piece, in order."""
    signatures = [(time, (n, d), True) for time, n, d in piece.metres.tolist()]
    tempos = [(time, qpm, False) for time, qpm in piece.tempos.tolist()]
    times, signature, qpm = [0.0], (4, 4), DEFAULT_QPM
    for time, value, is_signature in sorted(signatures + tempos, key=lambda change: change[0]):
        if time >= piece.total_time or value == (signature if is_signature else qpm):
            continue
        if time > times[-1]:
            times.append(time)
        if is_signature:
            signature = value
        else:
            qpm = value
    return [*times, piece.total_time] if piece.total_time > times[-1] else times


def _held(times: np.ndarray, begin: float, end: float) -> tuple[np.ndarray, list[float]]:
    """Indices of the sorted `times` that count from `begin` to `end`, and these times from `begin` on."""
    first, last = np.searchsorted(times, begin, "right"), np.searchsorted(times, end, "left")
    before = np.arange(max(int(first) - 1, 0), int(first))
    inside = np.arange(int(first), max(int(last), int(first)))
    return np.concatenate([before, inside]), [0.0] * len(before) + (times[inside] - begin).tolist()


def _cut(events: np.ndarray, begin: float, end: float) -> np.ndarray:
    """Rows (time, ...) of the sorted events that count from `begin` to `end`, times seen from `begin`."""
    rows, times = _held(events[:, 0], begin, end)
    events = events[rows]
    events[:, 0] = times
    return events
