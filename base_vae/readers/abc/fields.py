"""Parses the information fields of ABC: note lengths, metres, tempos, keys and the order of parts."""

import functools
import re
from fractions import Fraction
from typing import NamedTuple

from base_vae.errors import UserError, shortened
from base_vae.readers.score.score import Key

_LARGEST = 100_000  # a number that is written in music is smaller
_LONGEST_FIELD = 200  # characters that are looked at
_LONGEST_LENGTH = 10_000  # unit notes
_FINEST = 1024  # parts of a unit note
_MAX_PARTS = 1_000  # played one after the other
_MAX_DEPTH = 20  # brackets in brackets

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARPS_OF_MAJOR = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_ORDER_OF_SHARPS = "FCGDAEB"
_MODES = {  # name in NoteSequence, sharps less than in major
    "maj": ("MAJOR", 0),
    "ion": ("MAJOR", 0),
    "m": ("MINOR", 3),
    "mi": ("MINOR", 3),
    "min": ("MINOR", 3),
    "aeo": ("MINOR", 3),
    "mix": ("MIXOLYDIAN", 1),
    "dor": ("DORIAN", 2),
    "phr": ("PHRYGIAN", 4),
    "lyd": ("LYDIAN", -1),
    "loc": ("LOCRIAN", 5),
}
_PIPES = Key((("C", 1), ("F", 1)), _STEPS["A"], "MIXOLYDIAN")  # the Highland bagpipe
_TONIC = re.compile(
    r"([A-G])([#b\u266f\u266d]|\s*(?:sharp|flat)\b)?\s*(?!clef|treble|bass|alto|tenor|exp|m=)([A-Za-z]*)"
)
_PROPERTY = re.compile(r"(?<!\w)[A-Za-z]\w*=\S*")
_OCTAVE_CLEF = re.compile(
    r"(?:treble|bass|alto|tenor|soprano|mezzo(?:soprano)?|baritone|clef=[CFG])\d?([+-])(8|15)\b"
)
_KEY_ACCIDENTAL = re.compile(r"(\^\^?|__?|=)([A-Ga-g])")
_METRE = re.compile(r"(\d+(?:\s?\+\s?\d+)*)\s?\)?\s?/\s?(\d+)")
_SYMBOL = re.compile(r"(?:(?P<cut>C\||cut\b|alla breve\b)|C(?![A-Za-z])|common\b)", re.IGNORECASE)
_FREE = re.compile(r"(?:none|free|frei|ohne|senza)\b", re.IGNORECASE)
_UNIT = re.compile(r"(?P<above>\d+)?(?:\s?/\s?(?P<below>\d+))|(?<![\d/])(?P<alone>\d+)(?![\d/])")
_TEMPO = re.compile(r"((?:\d+/\d+\s+)*\d+/\d+)\s*=\s*(\d+(?:\.\d+)?)")
_OLD_TEMPO = re.compile(r"(?:C\s*(\d*)\s*=\s*)?(\d+(?:\.\d+)?)")
_LENGTH = re.compile(r"(\d*)(/*)(\d*)")

ACCIDENTALS = {"^": 1, "^^": 2, "=": 0, "_": -1, "__": -2}


class UnreadableError(UserError):
    """A sign whose number makes no sense: it is passed over, and costs the tune nothing else."""


class Shift(NamedTuple):
    """The semitones by which a voice sounds higher than written; None where a field does not give them."""

    octave: int | None = None
    transpose: int | None = None

    def over(self, other: "Shift") -> "Shift":
        """The shift with the other one's values where its own are None."""
        return Shift(*(mine if mine is not None else its for mine, its in zip(self, other, strict=True)))


def whole_number(text: str, largest: int = _LARGEST) -> int:
    """A number that is not absurd.

    Raises:
      UnreadableError: if it is larger than `largest`.
    """
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(largest)) or int(digits) > largest:
        raise UnreadableError(f"{shortened(text)} is too large a number (at most {largest:,})")
    return int(digits)


@functools.lru_cache(maxsize=1024)
def parse_length(text: str) -> Fraction:
    """A length after a note, such as `3/2`, `/` or nothing, in unit notes."""
    found = _LENGTH.fullmatch(text)
    if not found:
        raise UnreadableError(f"{shortened(text)} is no length")
    number, slashes, divisor = found.groups()
    times = whole_number(number, _LONGEST_LENGTH) if number else 1
    if divisor:
        parts = whole_number(divisor, _FINEST)
    elif len(slashes) > 10:
        raise UnreadableError(f"a note cannot be cut in half {len(slashes)} times (10 at most)")
    else:
        parts = 2 ** len(slashes)
    if parts == 0:
        raise UnreadableError(f"a length of {text} divides by 0")
    return Fraction(times, parts)


def parse_unit(text: str) -> Fraction:
    """The unit note length of `L:`, in whole notes, whatever words are around it.

    Raises:
      UserError: if there is none in it.
    """
    found = _UNIT.search(text[:_LONGEST_FIELD])
    above = whole_number(found["above"] or "1", 64) if found else 0
    below = whole_number(found["below"] or found["alone"], _FINEST) if found else 0  # L:8, for 1/8
    if not above or not below:
        raise UserError(f"L:{shortened(text)} is no note length (such as 1/8)")
    return Fraction(above, below)


def parse_metre(text: str) -> tuple[int, int] | None:
    """The metre of `M:` as numerator and denominator, whatever words are around it; None for free metre.

    Raises:
      UserError: if there is none in it.
    """
    text = text.strip()[:_LONGEST_FIELD]
    if found := _METRE.search(text):
        beats = sum(whole_number(part, 999) for part in found[1].split("+"))
        if beats and whole_number(found[2], 128):
            return beats, int(found[2])
    elif found := _SYMBOL.match(text):
        return (2, 2) if found["cut"] else (4, 4)
    elif not text or _FREE.match(text):
        return None
    raise UserError(f"M:{shortened(text)} is no metre (such as 4/4, C or none)")


def default_unit(metre: tuple[int, int] | None) -> Fraction:
    """The unit note length where no `L:` is given, in whole notes."""
    return Fraction(1, 16) if metre and Fraction(*metre) < Fraction(3, 4) else Fraction(1, 8)


def parse_tempo(text: str, unit: Fraction) -> float | None:
    """The tempo of `Q:` in quarters a minute, 0 where its beat makes no sense; None where it has only words.

    Args:
      text: such as `1/4=120`, `"Allegro" 3/8=60` or, of old, `120` or `C3=40`, which count unit notes.
      unit: note length in whole notes.
    """
    text = re.sub(r'"[^"]*"?', "", text).strip()
    if len(text) > 100:
        return None
    if match := _TEMPO.match(text):
        beats = [tuple(map(int, beat.split("/"))) for beat in match[1].split()]
        beat = sum(Fraction(above, below) for above, below in beats) if all(b for _, b in beats) else 0
    elif match := _OLD_TEMPO.match(text):
        beat = unit * int(match[1] or 1)
    else:
        return None
    return min(float(beat * 4 * Fraction(match[2])), 1e6)


@functools.lru_cache(maxsize=1024)
def parse_key(text: str) -> Key | None:
    """The key of `K:`; None where the field has only a clef or the like."""
    text = text.strip()[:_LONGEST_FIELD]
    if text.startswith(("HP", "Hp")):
        return _PIPES
    tonic = _TONIC.match(text)
    if not tonic:
        is_none = text.lower().startswith("none") or not text
        accidentals = _accidentals(text)
        return Key(tuple(sorted(accidentals.items()))) if is_none or accidentals else None
    step, sign, word = tonic.groups()
    sign = {"": 0, "#": 1, "s": 1, "\u266f": 1, "b": -1, "f": -1, "\u266d": -1}[(sign or "").strip()[:1]]
    mode, fewer = _MODES.get(word[:3].lower(), _MODES["maj"])
    sharps = _SHARPS_OF_MAJOR[step] + 7 * sign - fewer
    altered: dict[str, int] = {}
    rest = text[tonic.end() :]
    if not re.match(r"\s*exp\b", rest):
        for i in range(abs(sharps)):
            name = _ORDER_OF_SHARPS[i % 7] if sharps > 0 else _ORDER_OF_SHARPS[6 - i % 7]
            altered[name] = altered.get(name, 0) + (1 if sharps > 0 else -1)
    altered |= _accidentals(rest)
    return Key(tuple(sorted(altered.items())), (_STEPS[step] + sign) % 12, mode)


@functools.lru_cache(maxsize=1024)
def parse_shift(text: str) -> Shift:
    """Parses the properties of a `K:` or `V:` field for how high the voice sounds."""
    octave = transpose = None
    text = text[:_LONGEST_FIELD]
    if match := re.search(r"\boctave=([+-]?\d)\b", text):
        octave = 12 * int(match[1])
    elif match := _OCTAVE_CLEF.search(text):
        octave = (12 if match[2] == "8" else 24) * (1 if match[1] == "+" else -1)
    if match := re.search(r"\b(?:transpose|t)=([+-]?\d{1,2})\b", text):
        transpose = int(match[1])
    return Shift(octave, transpose)


def parse_order(text: str) -> list[str]:
    """The order of parts of `P:`, such as `A2(BC)3`, as single letters.

    Raises:
      UserError: if it is more than 1,000 parts, or brackets in brackets without end.
    """
    stack: list[list[str]] = [[]]
    for letter, times in re.findall(r"([A-Za-z()])\s*(\d*)", text):
        if letter == "(":
            stack.append([])
            if len(stack) > _MAX_DEPTH:
                raise UserError(f"P: has more than {_MAX_DEPTH} brackets in brackets")
            continue
        played = [letter]
        if letter == ")":
            if len(stack) == 1:
                continue
            played = stack.pop()
        number = whole_number(times, _MAX_PARTS) if times else 1
        if len(stack[-1]) + len(played) * number > _MAX_PARTS:
            raise UserError(f"P: plays more than {_MAX_PARTS:,} parts")
        stack[-1] += played * number
    return [letter for level in stack for letter in level]


def _accidentals(text: str) -> dict[str, int]:
    """Accidentals that stand in a key field, such as `^f _B =c`."""
    text = _PROPERTY.sub("", text)
    return {step.upper(): ACCIDENTALS[sign] for sign, step in _KEY_ACCIDENTAL.findall(text)}
