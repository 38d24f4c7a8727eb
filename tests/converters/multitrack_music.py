"""Small music of several instruments, as notes and as ids."""

import numpy as np
from note_seq.protobuf import music_pb2

from base_vae.converters import MultitrackConverter

CONVERTER = MultitrackConverter()
CHORDS = MultitrackConverter(chord_encoding="triad")
TWO_BARS = MultitrackConverter(hop_size_bars=2)
OFF, SHIFT, VELOCITY, PROGRAM, DRUMS, END = 128, 255, 351, 360, 488, 489  # SHIFT + n is n steps
PIANO, BASS = 0, 33
NUMBERS = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL


def array_of(*segments, count=8):
    """Segments of ids, each up to 64, as an array; those that are not given have ended."""
    array = np.full((count, 64), -1, np.int16)
    array[len(segments) :, 0] = END
    for row, ids in zip(array, segments, strict=False):
        row[: len(ids)] = ids
    return array.reshape(-1)


def sequence_of(tracks, total=None, chords=()):
    """Tracks (program or "drums", notes (pitch, velocity, start, end) in steps), at 120 quarters a minute."""
    sequence = music_pb2.NoteSequence()
    sequence.tempos.add(qpm=120)
    for number, (program, notes) in enumerate(tracks):
        drums = program == "drums"
        for pitch, velocity, start, end in notes:
            sequence.notes.add(
                pitch=pitch,
                velocity=velocity,
                start_time=start / 48,
                end_time=end / 48,
                instrument=number,
                program=0 if drums else program,
                is_drum=drums,
            )
    for step, figure in chords:
        sequence.text_annotations.add(time=step / 48, text=figure, annotation_type=NUMBERS)
    end = max((note.end_time for note in sequence.notes), default=0.0)
    sequence.total_time = end if total is None else total / 48
    return sequence


def notes_of(sequence):
    """(instrument, program or "drums", pitch, velocity, start, end), times in steps."""
    return [
        (n.instrument, "drums" if n.is_drum else n.program, n.pitch, n.velocity, *steps_of(n))
        for n in sequence.notes
    ]


def steps_of(note):
    return round(note.start_time * 48, 6), round(note.end_time * 48, 6)


SCALE = [(60 + i, 80, 12 * i, 12 * i + 12) for i in range(8)]
SCALE_IDS = [VELOCITY + 5]
for _pitch in range(60, 68):
    SCALE_IDS += [_pitch, SHIFT + 12, _pitch + OFF]
