"""A melody as text in ABC notation."""

import itertools

from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence

_STEPS_PER_QUARTER = 4
_BARS_A_LINE = 4
_LETTERS = "CDEFGAB"
_NATURAL = dict(zip(_LETTERS, (0, 2, 4, 5, 7, 9, 11), strict=True))
# Major keys by their accidentals, from none on: of two that fit alike, the simpler one is taken.
_KEYS = {"C": 0, "G": 1, "F": -1, "D": 2, "Bb": -2, "A": 3, "Eb": -3, "E": 4, "Ab": -4, "B": 5, "Db": -5}
_SHARPS = "FCGDAEB"  # in the order in which they are added; flats come in the reverse
_ACCIDENTALS = {-1: "_", 0: "=", 1: "^"}


def to_abc(sequence: NoteSequence, title: str = "") -> str:
    """A melody in ABC 2.1, on a grid of sixteenths in bars of its first metre (4/4 where none is given).

    The key signature is the major one that fits most of its notes.

    Args:
      sequence: one voice, its notes in seconds at the first tempo (120 where none is given).
      title: of the tune.

    Raises:
      UserError: if it has drums or several notes at once, or its bars are no whole number of sixteenths.
    """
    if any(note.is_drum for note in sequence.notes):
        raise UserError("drums cannot be written as ABC, only a melody: take the MIDI file")
    qpm = sequence.tempos[0].qpm if sequence.tempos else 120.0
    sign = sequence.time_signatures[0] if sequence.time_signatures else None
    numerator, denominator = (sign.numerator, sign.denominator) if sign else (4, 4)
    bar, rest = divmod(4 * _STEPS_PER_QUARTER * numerator, denominator)
    if rest:
        raise UserError(f"{numerator}/{denominator} cannot be written in sixteenths: take the MIDI file")
    notes = _steps(sequence, qpm)
    key = _key([(pitch, end - start) for start, end, pitch in notes])
    title = " ".join(title.split()) or "Untitled"
    last = max([end for _, end, _ in notes] + [round(sequence.total_time * qpm / 60 * _STEPS_PER_QUARTER), 1])
    bars = _bars(notes, -(-last // bar), bar, key)
    lines = [" | ".join(bars[i : i + _BARS_A_LINE]) for i in range(0, len(bars), _BARS_A_LINE)]
    head = ["X:1", f"T:{title}", f"M:{numerator}/{denominator}", "L:1/16", f"Q:1/4={qpm:g}", f"K:{key}"]
    return "\n".join([*head, " |\n".join(lines) + " |]"]) + "\n"


def _steps(sequence: NoteSequence, qpm: float) -> list[tuple[int, int, int]]:
    """Start, end and pitch of each note in steps, in order."""
    per_second = qpm / 60 * _STEPS_PER_QUARTER
    rows = sorted((n.start_time * per_second, n.end_time * per_second, n.pitch) for n in sequence.notes)
    notes = [(round(start), max(round(end), round(start) + 1), pitch) for start, end, pitch in rows]
    if any(after[0] < before[1] for before, after in itertools.pairwise(notes)):
        raise UserError("several notes at once cannot be written as ABC, only a melody: take the MIDI file")
    return notes


def _signature(key: str) -> dict[str, int]:
    """How much each letter is raised in a key."""
    count = _KEYS[key]
    raised = _SHARPS[:count] if count > 0 else _SHARPS[len(_SHARPS) + count :] if count else ""
    return {letter: (1 if count > 0 else -1) if letter in raised else 0 for letter in _LETTERS}


def _key(notes: list[tuple[int, int]]) -> str:
    """The key whose scale holds most of the notes, given as pitch and length."""

    def outside(key: str) -> int:
        scale = {(_NATURAL[letter] + raised) % 12 for letter, raised in _signature(key).items()}
        return sum(length for pitch, length in notes if pitch % 12 not in scale)

    return min(_KEYS, key=outside)


def _spelled(pitch: int, signature: dict[str, int], flats: bool) -> tuple[str, int, int]:
    """Letter, accidental and octave of a pitch: as the key has it, else natural, else raised or lowered."""
    candidates = [
        (letter, raised)
        for raised in (0, -1 if flats else 1)
        for letter in _LETTERS
        if (_NATURAL[letter] + raised - pitch) % 12 == 0
    ]
    in_key = [item for item in signature.items() if (_NATURAL[item[0]] + item[1] - pitch) % 12 == 0]
    letter, raised = (in_key or candidates)[0]
    return letter, raised, (pitch - raised) // 12 - 1


def _bars(notes: list[tuple[int, int, int]], count: int, steps: int, key: str) -> list[str]:
    """The text of `count` bars of `steps` each; a note over a bar line is tied."""
    signature, flats = _signature(key), _KEYS[key] < 0
    bars: list[list[str]] = [[] for _ in range(count)]
    # The last accidental of each letter in a bar. Whether it holds in other octaves, readers do not agree on:
    # there the next one is written out.
    written: dict[tuple[int, str], tuple[int, int]] = {}

    def add(start: int, end: int, pitch: int | None) -> None:
        while start < end:
            bar = start // steps
            stop = min(end, (bar + 1) * steps)
            length = "" if stop - start == 1 else str(stop - start)
            if pitch is None:
                bars[bar].append(f"z{length}")
            else:
                letter, raised, octave = _spelled(pitch, signature, flats)
                sign = ""
                if written.get((bar, letter), (signature[letter], octave)) != (raised, octave):
                    written[bar, letter] = raised, octave
                    sign = _ACCIDENTALS[raised]
                name = letter + "," * (4 - octave) if octave <= 4 else letter.lower() + "'" * (octave - 5)
                bars[bar].append(f"{sign}{name}{length}{'-' if stop < end else ''}")
            start = stop

    now = 0
    for start, end, pitch in notes:
        add(now, start, None)
        add(start, end, pitch)
        now = end
    add(now, count * steps, None)
    return [" ".join(bar) for bar in bars]
