"""Music between the library and the page: notes in quarters, so that a tempo changes none of them."""

import dataclasses
from typing import Any

from midime_scripts.studio.fields import Fields

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence

MOST_NOTES = 20_000
_LONGEST = 4_000  # quarters
_DIGITS = 5


@dataclasses.dataclass(frozen=True)
class Music:
    """A piece as the page has it.

    Attributes:
      sequence: its notes, at the tempo that the page plays them.
      title: that the page gives it.
    """

    sequence: NoteSequence
    title: str


def to_page(sequence: NoteSequence, qpm: float, bars: int, beats: int) -> dict[str, Any]:
    """A NoteSequence at one tempo as plain data: rows of pitch, start, end, velocity, program, drum.

    Args:
      sequence: times in seconds.
      qpm: its tempo.
      bars: its length.
      beats: quarters in a bar.
    """
    beat = 60.0 / qpm
    notes = [
        [
            note.pitch,
            round(max(note.start_time, 0.0) / beat, _DIGITS),
            round(note.end_time / beat, _DIGITS),
            note.velocity or 80,
            note.program,
            int(note.is_drum),
        ]
        for note in sequence.notes
    ]
    return {"notes": notes, "quarters": bars * beats, "beats": beats}


def from_page(fields: Fields) -> Music:
    """The reverse of `to_page`, in the key, at the tempo and on the instrument that the page asks for.

    Args:
      fields: `notes`, `quarters` and `beats` as above; `qpm`; `transpose` in semitones and `program`, which
        leave drums alone; `title`.

    Raises:
      UserError: where they are not music.
    """
    qpm = fields.number("qpm", 20, 400, 120)
    transpose = fields.integer("transpose", -36, 36, 0)
    program = fields.integer("program", -1, 127, -1)  # -1: each note keeps its own
    beat = 60.0 / qpm
    quarters = fields.number("quarters", 0, _LONGEST)
    sequence = NoteSequence(ticks_per_quarter=220, total_time=quarters * beat)
    sequence.tempos.add(qpm=qpm)
    sequence.time_signatures.add(numerator=fields.integer("beats", 1, 16, 4), denominator=4)
    instruments: dict[tuple[int, bool], int] = {}
    for row in fields.rows("notes", MOST_NOTES):
        if not isinstance(row, list) or len(row) != 6:
            raise UserError("a note must be six numbers: pitch, start, end, velocity, program, drum")
        note = Fields(dict(zip(("pitch", "start", "end", "velocity", "program", "drum"), row, strict=True)))
        drum = bool(note.integer("drum", 0, 1))
        pitch = note.integer("pitch", 0, 127)
        sound = note.integer("program", 0, 127) if drum or program < 0 else program
        end = note.number("end", 0, _LONGEST)
        sequence.notes.add(
            pitch=pitch if drum else min(max(pitch + transpose, 0), 127),
            velocity=note.integer("velocity", 1, 127),
            start_time=note.number("start", 0, end) * beat,
            end_time=end * beat,
            program=sound,
            is_drum=drum,
            instrument=instruments.setdefault((sound, drum), len(instruments)),
        )
        sequence.total_time = max(sequence.total_time, end * beat)
    return Music(sequence, fields.text("title", "Untitled", 80))
