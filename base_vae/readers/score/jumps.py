"""Signs and words in a score that say where to go on: D.C. al Fine, Dal Segno, To Coda."""

import enum
import re


class Jump(enum.Enum):
    """A sign at a place in a voice."""

    DA_CAPO = enum.auto()
    DAL_SEGNO = enum.auto()
    FINE = enum.auto()
    SEGNO = enum.auto()
    TO_CODA = enum.auto()
    CODA = enum.auto()


# Letters without their full stops count only in capitals or before "al": "D C" may be two chords.
_WORDS = {
    Jump.DA_CAPO: re.compile(r"(?<![\w./])(?:[Dd]\.\s?[Cc]|DC|(?i:d\s?c\s?al|da capo))\b"),
    Jump.DAL_SEGNO: re.compile(r"(?<![\w./])(?:[Dd]\.\s?[Ss]|DS|(?i:d\s?s\s?al|dal segno))\b"),
    Jump.FINE: re.compile(r"(?i)^\W*fine\W*$"),
    Jump.SEGNO: re.compile(r"(?i)^\W*segno\W*$"),
    Jump.TO_CODA: re.compile(r"(?i)^\W*to coda\b"),
    Jump.CODA: re.compile(r"(?i)^\W*coda\W*$"),
}
_LONGEST = 100  # characters that are looked at


def jump_in_words(text: str) -> Jump | None:
    """The sign that words over a score stand for; None for others.

    >>> jump_in_words("D.C. al Fine").name, jump_in_words("To Coda").name, jump_in_words("Fine tune")
    ('DA_CAPO', 'TO_CODA', None)
    """
    text = text[:_LONGEST]
    return next((jump for jump, words in _WORDS.items() if words.search(text)), None)
