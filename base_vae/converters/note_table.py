"""A piece of one tempo on the grid of steps: what every converter reads.

The rounding is note-seq's own: step = floor(seconds * steps per second + 0.5), and no note shorter than one step.
"""

import dataclasses

import numpy as np
from note_seq import sequences_lib

from base_vae.piece import Piece


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

    def where(self, mask: np.ndarray) -> "NoteTable":
        """The notes that a boolean `mask` of shape [notes] keeps."""
        columns = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        columns = {k: v[mask] if isinstance(v, np.ndarray) else v for k, v in columns.items()}
        return NoteTable(**columns)


def quantize(seconds: np.ndarray, steps_per_second: float) -> np.ndarray:
    """Nearest step of each time in `seconds` (halves round up), as int64 of the same shape."""
    return np.floor(np.asarray(seconds, np.float64) * steps_per_second + 0.5).astype(np.int64)


def note_table(piece: Piece, steps_per_quarter: int) -> NoteTable:
    """Quantizes a piece of one tempo (the first tempo is taken; 120 where none is given)."""
    steps_per_second = steps_per_quarter * piece.qpm / 60.0
    start, end = quantize(piece.start, steps_per_second), quantize(piece.end, steps_per_second)
    end = np.maximum(end, start + 1)
    return NoteTable(
        pitch=piece.pitch,
        start=start,
        end=end,
        velocity=piece.velocity,
        instrument=piece.instrument,
        program=piece.program,
        is_drum=piece.is_drum,
        total_steps=int(max(quantize(piece.total_time, steps_per_second), end.max(initial=0))),
        qpm=piece.qpm,
    )


def metre(piece: Piece) -> tuple[int, int]:
    """Numerator and denominator of the first time signature, 4/4 where none is given."""
    return (int(piece.metres[0, 1]), int(piece.metres[0, 2])) if len(piece.metres) else (4, 4)


def steps_per_bar(piece: Piece, steps_per_quarter: int) -> float:
    """Steps in a bar of the first time signature (4/4 where none is given); may be a fraction."""
    numerator, denominator = metre(piece)
    return steps_per_quarter * 4.0 * numerator / denominator


def split_on_changes(piece: Piece) -> list[Piece]:
    """The stretches between changes of tempo or time signature, each moved to begin at 0, as note-seq cuts."""
    if len(piece.tempos) <= 1 and len(piece.metres) <= 1:
        return [piece]
    parts = sequences_lib.split_note_sequence_on_time_changes(piece.to_sequence())
    return [Piece.from_sequence(part) for part in parts]
