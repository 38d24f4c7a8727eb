"""A piece of music as arrays: what files are read into and converters read."""

import dataclasses
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from base_vae.errors import UserError, shortened
from base_vae.music.note_sequence import NoteSequence

DEFAULT_QPM = 120.0
_CHORD_SYMBOL = NoteSequence.TextAnnotation.CHORD_SYMBOL


@dataclasses.dataclass(frozen=True)
class Piece:
    """Notes as columns, with tempo, metre, key and chords; times in seconds.

    A NoteSequence holds the same; going through NumPy once is many times faster than through protocol
    buffers again and again.

    Attributes:
      pitch, velocity, instrument, program: int64 [notes].
      start, end: float64 [notes], seconds.
      is_drum: bool [notes].
      total_time: seconds.
      tempos: float64 [changes, 2]: time, quarters a minute.
      metres: float64 [changes, 3]: time, numerator, denominator of each time signature.
      keys: float64 [changes, 2]: time, pitch class of each key signature (major and minor alike).
      chords: (time, figure) of each chord symbol.
      name: of the file.
    """

    pitch: np.ndarray
    velocity: np.ndarray
    start: np.ndarray
    end: np.ndarray
    instrument: np.ndarray
    program: np.ndarray
    is_drum: np.ndarray
    total_time: float
    tempos: np.ndarray
    metres: np.ndarray
    keys: np.ndarray
    chords: tuple[tuple[float, str], ...] = ()
    name: str = ""

    def __len__(self) -> int:
        return len(self.pitch)

    def __repr__(self) -> str:
        return f"<Piece {self.name}: {len(self)} notes>" if self.name else f"<Piece of {len(self)} notes>"

    @property
    def qpm(self) -> float:
        """The first tempo; 120 where none is given."""
        return float(self.tempos[0, 1]) if len(self.tempos) else DEFAULT_QPM

    def where(self, mask: np.ndarray | slice) -> "Piece":
        """The piece with the notes that `mask`, boolean, indices or a slice, keeps."""
        columns = ("pitch", "velocity", "start", "end", "instrument", "program", "is_drum")
        return dataclasses.replace(self, **{name: getattr(self, name)[mask] for name in columns})

    @classmethod
    def from_sequence(cls, sequence: NoteSequence) -> "Piece":
        """The same music, from a NoteSequence in seconds."""
        notes = sequence.notes
        ints = np.array(
            [(n.pitch, n.velocity, n.instrument, n.program, n.is_drum) for n in notes], np.int64
        ).reshape(-1, 5)
        times = np.array([(n.start_time, n.end_time) for n in notes], np.float64).reshape(-1, 2)
        return cls(
            pitch=ints[:, 0],
            velocity=ints[:, 1],
            start=times[:, 0],
            end=times[:, 1],
            instrument=ints[:, 2],
            program=ints[:, 3],
            is_drum=ints[:, 4].astype(bool),
            total_time=float(sequence.total_time),
            tempos=_rows([(t.time, t.qpm) for t in sequence.tempos], 2),
            metres=_rows([(s.time, s.numerator, s.denominator) for s in sequence.time_signatures], 3),
            keys=_rows([(k.time, k.key) for k in sequence.key_signatures], 2),
            chords=tuple(
                (a.time, a.text) for a in sequence.text_annotations if a.annotation_type == _CHORD_SYMBOL
            ),
            name=sequence.filename,
        )

    def to_sequence(self) -> NoteSequence:
        """The same music as a NoteSequence."""
        sequence = NoteSequence(ticks_per_quarter=220, total_time=self.total_time, filename=self.name)
        for time, qpm in self.tempos.tolist():
            sequence.tempos.add(time=time, qpm=qpm)
        for time, numerator, denominator in self.metres.tolist():
            sequence.time_signatures.add(time=time, numerator=int(numerator), denominator=int(denominator))
        for time, key in self.keys.tolist():
            sequence.key_signatures.add(time=time, key=int(key))
        columns = (self.pitch, self.velocity, self.start, self.end, self.instrument, self.program)
        add = sequence.notes.add
        for pitch, velocity, start, end, instrument, program, is_drum in zip(
            *(column.tolist() for column in (*columns, self.is_drum)), strict=True
        ):
            add(
                pitch=pitch,
                velocity=velocity,
                start_time=start,
                end_time=end,
                instrument=instrument,
                program=program,
                is_drum=is_drum,
            )
        for time, figure in self.chords:
            sequence.text_annotations.add(time=time, text=figure, annotation_type=_CHORD_SYMBOL)
        return sequence


def as_piece(music: NoteSequence | Piece) -> Piece:
    """A piece of music in either form, as arrays. Raises UserError for anything else."""
    if isinstance(music, Piece):
        return music
    if isinstance(music, NoteSequence):
        return Piece.from_sequence(music)
    received = shortened(repr(music))
    raise UserError(f"music must be a NoteSequence (received {received}); read_music reads files")


def as_list(sequences: Any) -> list[NoteSequence]:
    """The sequences as a list. Raises UserError unless they are NoteSequences, or pieces, in a list."""
    one = isinstance(sequences, str | os.PathLike | NoteSequence) or not isinstance(sequences, Iterable)
    listed = [sequences] if one else list(sequences)
    odd = listed if one else [music for music in listed if not isinstance(music, NoteSequence | Piece)]
    if odd:
        received = "one NoteSequence" if isinstance(odd[0], NoteSequence) else shortened(repr(odd[0]), 60)
        raise UserError(
            f"music must be a list of NoteSequences (received {received}); `collect` reads files and folders"
        )
    return listed


def _rows(rows: list[tuple[float, ...]], width: int) -> np.ndarray:
    return np.array(rows, np.float64).reshape(-1, width)
