"""Chord symbols, in the grammar of note-seq: a root, a kind, changes to its degrees, a bass.

A degree is a number in the major scale on the root, and how many semitones it is raised: the minor third is
degree 3, altered by -1.
"""

import dataclasses
import functools
import re

NO_CHORD = "N.C."

# Degrees of each kind of chord, and its names.
_KINDS = {
    "1 3 5": ("", "maj", "M"),
    "1 b3 5": ("m", "min", "-"),
    "1 3 #5": ("+", "aug"),
    "1 b3 b5": ("o", "dim"),
    "1 3 5 b7": ("7",),
    "1 3 5 7": ("maj7", "M7"),
    "1 b3 5 b7": ("m7", "min7", "-7"),
    "1 b3 b5 bb7": ("o7", "dim7"),
    "1 3 #5 b7": ("+7", "aug7"),
    "1 b3 b5 b7": ("m7b5", "-7b5", "/o", "/o7"),
    "1 b3 5 7": tuple(
        f"{minor}{seventh}" for minor in ("m", "min", "-") for seventh in ("maj7", "M7", "(maj7)", "(M7)")
    ),
    "1 3 5 6": ("6",),
    "1 b3 5 6": ("m6", "min6", "-6"),
    "1 3 5 b7 9": ("9",),
    "1 3 5 7 9": ("maj9", "M9"),
    "1 b3 5 b7 9": ("m9", "min9", "-9"),
    "1 3 #5 b7 9": ("+9", "aug9"),
    "1 3 5 6 9": ("6/9",),
    "1 3 5 b7 9 11": ("11",),
    "1 3 5 7 9 11": ("maj11", "M11"),
    "1 b3 5 b7 9 11": ("m11", "min11", "-11"),
    "1 3 5 b7 9 11 13": ("13",),
    "1 3 5 7 9 11 13": ("maj13", "M13"),
    "1 b3 5 b7 9 11 13": ("m13", "min13", "-13"),
    "1 2 5": ("sus2",),
    "1 4 5": ("sus", "sus4"),
    "1 4 5 b7": ("sus7", "7sus"),
    "1": ("ped",),
    "1 5": ("5",),
}


def _degree(text: str) -> tuple[int, int]:
    """Number and alteration of a degree such as `b3`."""
    number = text.lstrip("#b")
    return int(number), _alteration(text[: -len(number)])


def _alteration(accidentals: str) -> int:
    return accidentals.count("#") - accidentals.count("b")


_DEGREES = {name: dict(map(_degree, degrees.split())) for degrees, names in _KINDS.items() for name in names}
_PITCH_CLASS = r"[A-G](?:#*|b*)(?![#b])"
_KIND = "|".join(map(re.escape, _DEGREES))
_CHANGE = r"\(?(?:add#|addb|add|no|#|b)[0-9]{1,9}\)?"
_SYMBOL = re.compile(f"({_PITCH_CLASS})({_KIND})((?:{_CHANGE})*)(?:/({_PITCH_CLASS}))?$")
_CHANGES = re.compile("([a-z#]+)([0-9]+)")

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_STEPS = "CDEFGAB"


@dataclasses.dataclass(frozen=True)
class ChordSymbol:
    """A chord symbol, taken apart.

    Attributes:
      root, bass: spelled pitch classes such as `F#`; the bass is empty where the root is the lowest note.
      kind, changes: as written.
      degrees: alteration in semitones by number of the degree.
    """

    root: str
    kind: str
    changes: str
    bass: str
    degrees: dict[int, int]

    @property
    def root_pitch(self) -> int:
        """Pitch class of the root, 0 (C) to 11."""
        return pitch_class(self.root)

    def transposed(self, semitones: int) -> str:
        """The figure of the same chord, `semitones` higher."""
        bass = f"/{_transposed(self.bass, semitones)}" if self.bass else ""
        return f"{_transposed(self.root, semitones)}{self.kind}{self.changes}{bass}"


@functools.lru_cache(maxsize=4096)
def parse_chord_symbol(figure: str) -> ChordSymbol | None:
    """A chord symbol taken apart, None for what is none.

    Example:
      >>> parse_chord_symbol("F#m7/E").degrees
      {1: 0, 3: -1, 5: 0, 7: -1}
    """
    match = _SYMBOL.match(figure)
    if not match:
        return None
    root, kind, changes, bass = match.groups()
    degrees = dict(_DEGREES[kind])
    for change, number in _CHANGES.findall(changes):
        degree, alteration = int(number), _alteration(change.removeprefix("add"))
        if change == "no":
            if degrees.pop(degree, None) is None:
                return None
        elif change.startswith("add"):
            if degree in degrees:
                return None
            degrees[degree] = alteration - (degree == 7)  # an added seventh is a minor one
        else:
            degrees[degree] = degrees.get(degree, 0) + alteration
    return ChordSymbol(root, kind, changes, bass or "", degrees)


def pitch_class(name: str) -> int:
    """Number of a spelled pitch class: 0 for `C`, 11 for `Cb`."""
    return (_SEMITONES[name[0]] + _alteration(name[1:])) % 12


def _transposed(name: str, semitones: int) -> str:
    """A spelled pitch class moved up: by the scale's steps as far as they go, the rest by accidentals."""
    step, alteration, left = name[0], _alteration(name[1:]), semitones % 12
    while left >= (interval := _interval_above(step)):
        step, left = _step_above(step), left - interval
    if left and alteration < 0:
        alteration += left
    elif left:
        step, alteration = _step_above(step), alteration - (interval - left)
    return step + ("#" * alteration if alteration > 0 else "b" * -alteration)


def _step_above(step: str) -> str:
    return _STEPS[(_STEPS.index(step) + 1) % len(_STEPS)]


def _interval_above(step: str) -> int:
    return (_SEMITONES[_step_above(step)] - _SEMITONES[step]) % 12
