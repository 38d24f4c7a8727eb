"""A NoteSequence as arrays on the sixteenth-note grid: what every converter reads.

Going through NumPy once is many times faster than quantizing protocol buffers, and the rounding is
note-seq's own: step = floor(seconds * steps per second + 0.5), and no note shorter than one step.
"""

import dataclasses

import numpy as np
from note_seq.protobuf import music_pb2

DEFAULT_QPM = 120.0


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


def note_table(sequence: music_pb2.NoteSequence, steps_per_quarter: int) -> NoteTable:
    """Quantizes a sequence of one tempo (the first tempo is taken; 120 where none is given)."""
    qpm = sequence.tempos[0].qpm if sequence.tempos else DEFAULT_QPM
    steps_per_second = steps_per_quarter * qpm / 60.0
    notes = sequence.notes
    ints = np.array(
        [(n.pitch, n.velocity, n.instrument, n.program, n.is_drum) for n in notes], np.int64
    ).reshape(-1, 5)
    times = np.array([(n.start_time, n.end_time) for n in notes], np.float64).reshape(-1, 2)
    start, end = quantize(times[:, 0], steps_per_second), quantize(times[:, 1], steps_per_second)
    return NoteTable(
        pitch=ints[:, 0],
        start=start,
        end=np.maximum(end, start + 1),
        velocity=ints[:, 1],
        instrument=ints[:, 2],
        program=ints[:, 3],
        is_drum=ints[:, 4].astype(bool),
        total_steps=int(max(quantize(sequence.total_time, steps_per_second), end.max(initial=0))),
        qpm=qpm,
    )


def steps_per_bar(sequence: music_pb2.NoteSequence, steps_per_quarter: int) -> float:
    """Steps in a bar of the first time signature (4/4 where none is given); may be a fraction."""
    if not sequence.time_signatures:
        return 4.0 * steps_per_quarter
    signature = sequence.time_signatures[0]
    return steps_per_quarter * 4.0 * signature.numerator / signature.denominator
