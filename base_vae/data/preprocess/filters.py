"""Filters for pieces that are worth converting."""

import dataclasses

import numpy as np

from base_vae.errors import UserError, shortened
from base_vae.music.note_table import metre, quantize
from base_vae.music.piece import Piece

_STEPS_PER_QUARTER = 16  # in which the original counts metric positions
_MOST_STRETCHES = 100


@dataclasses.dataclass(frozen=True)
class Filters:
    """Conditions on a stretch of music of one tempo and metre; the first six are the original's.

    Attributes:
      max_total_time: seconds.
      max_num_notes: notes.
      min_velocities: different velocities, among the notes that `is_drum` considers.
      min_metric_positions: different places within a quarter, in sixteenths of it, likewise.
      is_drum: consider only drums, only other notes, or all (None).
      drums_only: nothing but drums may be in it.
      melody_only: no drums, and never two notes at once.
      time_signatures: allowed ones, (numerator, denominator); all if empty.
      programs: General MIDI programs (0 to 127), of which a note must be; any will do if empty.
      min_total_time: seconds.
      min_num_notes: notes.
      min_notes_per_second, max_notes_per_second: notes from the first to the last.
    """

    max_total_time: float = 1800.0
    max_num_notes: int = 10_000
    min_velocities: int = 1
    min_metric_positions: int = 1
    is_drum: bool | None = None
    drums_only: bool = False
    melody_only: bool = False
    time_signatures: tuple[tuple[int, int], ...] = ()
    programs: tuple[int, ...] = ()
    min_total_time: float = 0.0
    min_num_notes: int = 0
    min_notes_per_second: float = 0.0
    max_notes_per_second: float = float("inf")

    def __post_init__(self) -> None:
        if self.drums_only and (self.melody_only or self.is_drum is False):
            raise UserError("drums_only leaves nothing for melody_only, or is_drum=False, to find")

    def why_not(self, piece: Piece) -> str | None:
        """Why a stretch is left out, in a few words that are the same for all such; None if it is not."""
        considered = piece.velocity > 0
        if self.is_drum is not None:
            considered = considered & (piece.is_drum == self.is_drum)
        seconds = float(np.ptp(piece.start)) if len(piece) else 0.0
        density = len(piece) / seconds if seconds else 0.0
        checks = {
            "too long": piece.total_time > self.max_total_time,
            "too short": piece.total_time < self.min_total_time,
            "too many notes": len(piece) > self.max_num_notes,
            "too few notes": len(piece) < self.min_num_notes,
            "too few velocities": len(np.unique(piece.velocity[considered])) < self.min_velocities,
            "too few metric positions": self._metric_positions(piece, considered) < self.min_metric_positions,
            "not only drums": self.drums_only and not piece.is_drum.all(),
            "not a single melody": self.melody_only and not _is_melody(piece),
            "another time signature": self.time_signatures and metre(piece) not in self.time_signatures,
            "other programs": self.programs and not np.isin(piece.program, self.programs).any(),
            "too few notes a second": density < self.min_notes_per_second,
            "too many notes a second": density > self.max_notes_per_second,
        }
        return next((reason for reason, holds in checks.items() if holds), None)

    @staticmethod
    def _metric_positions(piece: Piece, considered: np.ndarray) -> int:
        steps = quantize(piece.start[considered], _STEPS_PER_QUARTER * piece.qpm / 60.0)
        return len(np.unique(steps % _STEPS_PER_QUARTER))


DEFAULT_FILTERS = Filters()


def too_many_stretches(stretches: list[Piece]) -> str | None:
    """Why a piece with too many changes of tempo or metre is left out, as by the original."""
    return "too many changes of tempo or metre" if len(stretches) > _MOST_STRETCHES else None


def _is_melody(piece: Piece) -> bool:
    order = np.argsort(piece.start, kind="stable")
    ends = np.maximum.accumulate(piece.end[order])
    return not piece.is_drum.any() and bool(np.all(piece.start[order][1:] >= ends[:-1] - 1e-6))


def parse_time_signatures(text: str) -> tuple[tuple[int, int], ...]:
    """`4/4,2/4` as pairs. Raises UserError for anything else."""
    try:
        parts = [part.partition("/") for part in filter(None, text.split(","))]
        pairs = tuple((int(numerator), int(denominator)) for numerator, _, denominator in parts)
        if all(min(pair) > 0 for pair in pairs):
            return pairs
    except ValueError:
        pass
    raise UserError(f"time signatures must be like 4/4,2/4 (received {shortened(text)!r})")


def parse_programs(text: str) -> tuple[int, ...]:
    """`0-31,40` as numbers. Raises UserError for anything else."""
    try:
        found: set[int] = set()
        for part in filter(None, text.split(",")):
            ends = part.partition("-")
            first, last = int(ends[0]), int(ends[2] or ends[0])
            if not 0 <= first <= last < 128:
                raise ValueError
            found.update(range(first, last + 1))
        return tuple(sorted(found))
    except ValueError:
        pass
    raise UserError(f"programs must be within 0 and 127, like 0-31,40 (received {shortened(text)!r})")
