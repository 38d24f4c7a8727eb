"""Bars counted from beats, not from seconds: tempo changes and odd headers cost nobody their file.

`to_musical_grid` makes the beats even and the bars whole; `split_at_metre_changes` then cuts a piece into
stretches that each begin with a bar, which is how `data.convert` hands music to a converter.
"""

import bisect
import dataclasses
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Literal, NamedTuple, TypeVar

import numpy as np

from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM, Piece

_SLOWEST = 0.1  # quarters a minute; slower ones, and zero, are damage
_TOLERANCE = 1e-3  # in bars: far above rounding errors, far below a sixteenth

_Music = TypeVar("_Music", Piece, NoteSequence)


class _Metre(NamedTuple):
    """A time signature from `time` (seconds) on."""

    time: float
    numerator: int
    denominator: int

    @property
    def quarters(self) -> float:
        return 4.0 * self.numerator / self.denominator

    def same_as(self, other: "_Metre") -> bool:
        return self[1:] == other[1:]


@dataclasses.dataclass(frozen=True)
class _Grid:
    """The map from a piece's own times to the grid.

    Attributes:
      qpm: the one tempo.
      changes, qpms: seconds and tempos of the tempo changes, [changes]; empty where time stays as it is.
      metres: to write, the first at 0.
      shift: seconds by which everything comes later.
    """

    qpm: float
    changes: np.ndarray
    qpms: np.ndarray
    metres: list[_Metre]
    shift: float

    def evened(self, seconds: np.ndarray) -> np.ndarray:
        """Times at the one tempo, before the shift."""
        if not len(self.changes):
            return seconds
        beats = np.concatenate([[0.0], np.cumsum(np.diff(self.changes) * self.qpms[:-1] / 60.0)])
        segment = np.maximum(np.searchsorted(self.changes, seconds, "right") - 1, 0)
        beat = beats[segment] + (seconds - self.changes[segment]) * self.qpms[segment] / 60.0
        return beat * 60.0 / self.qpm

    def moved(self, seconds: np.ndarray) -> np.ndarray:
        """Times on the grid."""
        return self.evened(seconds) + self.shift

    def moved_back(self, seconds: np.ndarray) -> np.ndarray:
        """Times in the music of times on the grid."""
        evened = seconds - self.shift
        if not len(self.changes):
            return evened
        starts = self.evened(self.changes)
        segment = np.maximum(np.searchsorted(starts, evened, "right") - 1, 0)
        return self.changes[segment] + (evened - starts[segment]) * self.qpm / self.qpms[segment]


def to_musical_grid(music: _Music) -> _Music:
    """The same notes at one tempo, the first, with bars of 4/4 wherever the header allows them.

    A time signature that groups into 4/4 becomes 4/4, counted from where it stands; one that goes on with
    the bars before it changes nothing and is left out. Other metres stay, for the converter to reject.
    A first stretch of at most one bar, shorter than the bars after it, is a pickup: everything moves
    later, so that the pickup ends the bar before the first full one.

    Args:
      music: with notes in seconds, a piece or a NoteSequence; it is not changed.

    Returns:
      The same kind of thing, in which every beat lasts as long as at the first tempo (120 where none is
      given), with one tempo and at least one time signature, the first of them at 0.
    """
    grid = _grid_of(music)
    return _piece_on(grid, music) if isinstance(music, Piece) else _sequence_on(grid, music)


def back_from_grid(music: Piece | NoteSequence) -> Callable[[np.ndarray], np.ndarray]:
    """A function from seconds on the musical grid of `music`, [times], to seconds in `music` itself."""
    return _grid_of(music).moved_back


def split_at_metre_changes(piece: Piece) -> list[Piece]:
    """The stretches of one metre that `to_musical_grid` left, each moved to begin at 0 with a bar.

    A half bar in the middle of a song makes a new stretch too, although 4/4 goes on after it. A note that
    sounds across the seam ends there.
    """
    times = piece.metres[:, 0]
    starts = np.unique(np.append(times[(times > 0.0) & (times < piece.total_time)], 0.0)).tolist()
    if len(starts) == 1:
        return [piece]
    piece = dataclasses.replace(
        piece.where(np.argsort(piece.start, kind="stable")),
        metres=_sorted(piece.metres),
        keys=_sorted(piece.keys),
        chords=tuple(sorted(piece.chords, key=_time_of)),
    )
    return [_stretch(piece, *ends) for ends in itertools.pairwise([*starts, piece.total_time])]


def shifted(piece: Piece, seconds: float) -> Piece:
    """A copy whose notes and events come later by `seconds`; its tempo and metre still begin at 0."""
    return dataclasses.replace(
        piece,
        start=piece.start + seconds,
        end=piece.end + seconds,
        total_time=piece.total_time + seconds,
        keys=_with_times(piece.keys, piece.keys[:, 0] + seconds),
        chords=tuple((time + seconds, figure) for time, figure in piece.chords),
    )


def _grid_of(music: Piece | NoteSequence) -> _Grid:
    if isinstance(music, Piece):
        return _grid(music.tempos, music.metres)
    tempos = [(tempo.time, tempo.qpm) for tempo in music.tempos]
    metres = [(sign.time, sign.numerator, sign.denominator) for sign in music.time_signatures]
    return _grid(np.array(tempos).reshape(-1, 2), np.array(metres, np.float64).reshape(-1, 3))


def _grid(tempos: np.ndarray, metres: np.ndarray) -> _Grid:
    """The grid for tempos [changes, 2] and time signatures [changes, 3] as a file gives them."""
    tempos = tempos[(tempos[:, 1] >= _SLOWEST) & np.isfinite(tempos).all(1)]
    tempos = tempos[np.argsort(tempos[:, 0], kind="stable")]
    qpm = float(tempos[0, 1]) if len(tempos) else DEFAULT_QPM
    changes, qpms = tempos[:0].T
    if np.any(tempos[:, 1] != qpm):
        changes, qpms = tempos.T.copy()
        changes[0] = 0.0
    grid = _Grid(qpm, changes, qpms, [], 0.0)
    # A zero in a damaged header means nothing.
    metres = metres[(metres[:, 1] > 0) & (metres[:, 2] > 0) & np.isfinite(metres).all(1)]
    metres = metres[np.argsort(metres[:, 0], kind="stable")]
    times = grid.evened(metres[:, 0]).tolist()
    rows = zip(times, *metres[:, 1:].astype(np.int64).T.tolist(), strict=True)
    found, shift = _bars([_on_grid(_Metre(*row)) for row in rows], 60.0 / qpm)
    return dataclasses.replace(grid, metres=found, shift=shift)


def _on_grid(metre: _Metre) -> _Metre:
    return _Metre(metre.time, 4, 4) if groups_into_four_four(metre.numerator, metre.denominator) else metre


def groups_into_four_four(numerator: int, denominator: int) -> bool:
    """Whether bars of a metre make whole bars of 4/4, or the other way round.

    Sequencers write 1/4, 2/4 or 8/8 over plain 4/4 music; 4/8 and 2/8 have its beats in smaller bars, 4/2 and
    8/4 in larger ones.

    >>> [groups_into_four_four(*metre) for metre in ((2, 4), (4, 8), (8, 4), (2, 1), (3, 4), (6, 8))]
    [True, True, True, True, False, False]
    """
    if denominator & (denominator - 1):
        return False
    bars = Fraction(numerator, denominator)
    return bars.numerator == 1 or bars.denominator == 1


def _bars(given: list[_Metre], seconds_per_quarter: float) -> tuple[list[_Metre], float]:
    """The metres to write, the first at 0, and how far (seconds) to move the music."""
    places = [_Metre(0.0, 4, 4)]  # without a header, or before the first one, music is in 4/4
    for metre in given:
        last = places[-1]
        if metre.time - last.time < _TOLERANCE * last.quarters * seconds_per_quarter:
            places[-1] = metre._replace(time=last.time)  # the last one at a place counts
        else:
            places.append(metre)
    metres = places[:1]
    for metre in places[1:]:
        bars = (metre.time - metres[-1].time) / (metres[-1].quarters * seconds_per_quarter)
        if not (metre.same_as(metres[-1]) and abs(bars - round(bars)) < _TOLERANCE):
            metres.append(metre)
    if len(metres) == 1:
        return metres, 0.0
    first_full = metres[1]
    bar = first_full.quarters * seconds_per_quarter
    missing = bar - first_full.time
    own_bar = metres[0].quarters * seconds_per_quarter
    if missing < _TOLERANCE * bar or first_full.time > own_bar * (1.0 + _TOLERANCE):
        return metres, 0.0
    moved = [metre._replace(time=metre.time + missing) for metre in metres[2:]]
    return [first_full._replace(time=0.0), *moved], missing


def _piece_on(grid: _Grid, piece: Piece) -> Piece:
    chord_times = grid.moved(np.array([time for time, _ in piece.chords])).tolist()
    return dataclasses.replace(
        piece,
        start=grid.moved(piece.start),
        end=grid.moved(piece.end),
        total_time=float(grid.moved(np.array([piece.total_time]))[0]),
        tempos=np.array([[0.0, grid.qpm]]),
        metres=np.array(grid.metres, np.float64),
        keys=_with_times(piece.keys, grid.moved(piece.keys[:, 0])),
        chords=tuple((t, figure) for t, (_, figure) in zip(chord_times, piece.chords, strict=True)),
    )


def _sequence_on(grid: _Grid, sequence: NoteSequence) -> NoteSequence:
    out = NoteSequence()
    out.CopyFrom(sequence)
    out.ClearField("quantization_info")  # steps that may have been counted at another tempo
    del out.tempos[:], out.time_signatures[:]
    starts = grid.moved(np.array([note.start_time for note in out.notes])).tolist()
    ends = grid.moved(np.array([note.end_time for note in out.notes])).tolist()
    for note, start, end in zip(out.notes, starts, ends, strict=True):
        note.start_time, note.end_time = start, end
    events = [
        *out.key_signatures,
        *out.control_changes,
        *out.pitch_bends,
        *out.text_annotations,
        *out.section_annotations,
    ]
    times = grid.moved(np.array([event.time for event in events])).tolist()
    for event, time in zip(events, times, strict=True):
        event.time = time
    out.total_time = float(grid.moved(np.array([out.total_time]))[0])
    out.tempos.add(qpm=grid.qpm)
    for time, numerator, denominator in grid.metres:
        out.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    return out


def _stretch(piece: Piece, start: float, end: float) -> Piece:
    """The notes that begin in [start, end) of a piece sorted by start, as note-seq cuts."""
    first, last = np.searchsorted(piece.start, (start, end))
    part = piece.where(slice(first, last))
    ends = np.minimum(part.end, end) - start
    return dataclasses.replace(
        part,
        start=part.start - start,
        end=ends,
        total_time=float(ends.max(initial=0.0)),
        metres=_inside(piece.metres, start, end),
        keys=_inside(piece.keys, start, end),
        chords=_chords_inside(piece.chords, start, end),
    )


def _sorted(rows: np.ndarray) -> np.ndarray:
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _time_of(chord: tuple[float, str]) -> float:
    return chord[0]


def _inside(rows: np.ndarray, start: float, end: float) -> np.ndarray:
    """Values in force at `start`, and changes before `end`; sorted rows of [time, ...], seen from `start`."""
    first = max(int(np.searchsorted(rows[:, 0], start, "right")) - 1, 0)
    rows = rows[first : np.searchsorted(rows[:, 0], end)]
    return _with_times(rows, np.maximum(rows[:, 0] - start, 0.0))


def _chords_inside(
    chords: tuple[tuple[float, str], ...], start: float, end: float
) -> tuple[tuple[float, str], ...]:
    first = max(bisect.bisect_right(chords, start, key=_time_of) - 1, 0)
    last = bisect.bisect_left(chords, end, key=_time_of)
    return tuple((max(time - start, 0.0), figure) for time, figure in chords[first:last])


def _with_times(rows: np.ndarray, times: np.ndarray) -> np.ndarray:
    return np.concatenate([times[:, np.newaxis], rows[:, 1:]], 1)


Grid = Literal["musical", "exact"]


GRIDS = ("musical", "exact")
