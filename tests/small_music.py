"""Small pieces of music for the tests of this folder."""

from pathlib import Path

import note_seq
from note_seq.protobuf import music_pb2

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def melody(
    pitches: tuple[int, ...] = SCALE * 2,
    quarters: float = 1.0,
    qpm: float = 120.0,
    metres: tuple[tuple[float, int, int], ...] = ((0.0, 4, 4),),
    program: int = 0,
    is_drum: bool = False,
) -> music_pb2.NoteSequence:
    """Notes of equal length one after the other; `metres` are (quarters from the start, n, d)."""
    sequence = music_pb2.NoteSequence(ticks_per_quarter=220)
    sequence.tempos.add(qpm=qpm)
    second = 60.0 / qpm
    for start, numerator, denominator in metres:
        sequence.time_signatures.add(time=start * second, numerator=numerator, denominator=denominator)
    for i, pitch in enumerate(pitches):
        sequence.notes.add(
            pitch=pitch,
            velocity=80,
            start_time=i * quarters * second,
            end_time=(i + 1) * quarters * second,
            program=program,
            is_drum=is_drum,
            instrument=9 if is_drum else 0,
        )
    sequence.total_time = len(pitches) * quarters * second
    return sequence


def write_midi(path: Path, sequence: music_pb2.NoteSequence | None = None) -> Path:
    """A MIDI file, of four bars of a scale unless told otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    note_seq.note_sequence_to_midi_file(sequence or melody(), str(path))
    return path


def starts_in_quarters(sequence: music_pb2.NoteSequence) -> list[float]:
    """Where each note starts, in quarters, by the first tempo."""
    return [note.start_time * sequence.tempos[0].qpm / 60.0 for note in sequence.notes]
