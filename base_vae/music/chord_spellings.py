"""Chord symbols as people and programs write them, respelled in the grammar of `chord_symbols`."""

import functools
import re

from base_vae.music.chord_symbols import NO_CHORD, parse_chord_symbol

_LONGEST = 40  # characters; what is longer is prose

# What else a chord's kind is called, and its name in the grammar; applied in this order.
_SPELLINGS = [
    (r"^\((.*)\)$", r"\1"),
    (r"[\u266f]", "#"),
    (r"[\u266d]", "b"),
    (r"[\u0394\u25b3]7?", "maj7"),
    (r"[\u00b0\u00ba]", "o"),
    (r"[\u00f8\u00d8]7?", "m7b5"),
    (r"\s+", ""),
    (r"(?i)maj(?:or)?|(?<=.)ma(?=\d)", "maj"),
    (r"(?i)min(?:or)?|(?<=.)mi(?=\d|$|/)", "m"),
    (r"(?<=[A-G#b])dom(?=\d|$)", ""),
    (r"half-?dim7?|hdim7?|m7-5|mi7b5", "m7b5"),
    (r"(?<!6)6/?9(?!\d)", "6/9"),
    (r"(?:(?<=[A-G#b])7|(?<=[A-G#b])dom7)(?:sus4?)", "7sus"),
    (r"(9|11|13)sus4?", r"7sus(add\1)"),
    (r"7(?:\+5|\+|aug)(?=$|/)", "+7"),
    (r"9\+(?=$|/)", "+9"),
    (r"(?<=\d)\+(?=5|9|11)", "#"),
    (r"(?<=\d)-(?=5|9|13)", "b"),
    (r"(?<=[A-G#b])\+5(?=$|/)", "+"),
    (r"(?<=[A-G#b])M(?=$|/)", ""),
    (r"(?:omit|drop)(?=\d)", "no"),
    (r",", ""),
]
_COMPILED = [(re.compile(pattern), text) for pattern, text in _SPELLINGS]
_NO_CHORD = re.compile(r"\(?(?:n\.?\s?c\.?|no chord|tacet)\)?", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def chord_figure(text: str) -> str | None:
    """A chord symbol that `parse_chord_symbol` understands, `N.C.` for a silent chord; None if it is none.

    Example:
      >>> chord_figure("G7sus4"), chord_figure("Fine")
      ('G7sus', None)
    """
    text = text.strip()
    if _NO_CHORD.fullmatch(text):
        return NO_CHORD
    if not re.match(r"\(?[A-G]", text) or len(text) > _LONGEST:
        return None
    if parse_chord_symbol(text):
        return text
    for pattern, replacement in _COMPILED:
        text = pattern.sub(replacement, text)
    return text if parse_chord_symbol(text) else None
