"""The key of a melody: its tonic and its mode, by how long each pitch class sounds."""

import re
from typing import NamedTuple

import numpy as np

from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.errors import UserError

# Krumhansl and Kessler 1982, "Tracing the dynamic changes in perceived tonal organization in a spatial
# representation of musical keys", figure 3: how well each pitch class fits a major and a minor key.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_PROFILES = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
_SCALES = np.array([np.roll(np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11)), tonic) for tonic in range(12)])
_NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"#": 1, "b": -1}


class Key(NamedTuple):
    """A key: the pitch class of its tonic (0 is C), and whether it is minor."""

    tonic: int
    is_minor: bool

    @property
    def triad(self) -> tuple[int, int, int]:
        """Pitch classes of the chord on the tonic."""
        return self.tonic, (self.tonic + 4 - self.is_minor) % 12, (self.tonic + 7) % 12

    def __str__(self) -> str:
        names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
        return f"{names[self.tonic]} {'minor' if self.is_minor else 'major'}"


def named_key(text: str) -> Key:
    """The key of a name like G, Bb, F# minor, Am.

    Raises:
      UserError: if it is none.
    """
    match = re.fullmatch(r"\s*([A-Ga-g])([#b]*)\s*(major|minor|maj|min|m|)\s*", text)
    if not match:
        raise UserError(
            f"a key is a note, with minor or m where it is minor: G, Bb, F# minor (received {text!r})"
        )
    letter, signs, mode = match.groups()
    tonic = _NAMES[letter.upper()] + sum(_SIGNS[sign] for sign in signs)
    return Key(tonic % 12, mode in ("minor", "min", "m"))


def sounding(events: np.ndarray, min_pitch: int) -> tuple[np.ndarray, np.ndarray]:
    """MIDI pitches of the notes of a melody, events [steps], and the steps that each lasts."""
    marks = np.flatnonzero(events)
    lengths = np.diff(np.append(marks, len(events)))
    notes = events[marks] >= FIRST_NOTE
    return events[marks][notes].astype(np.int64) - FIRST_NOTE + min_pitch, lengths[notes]


def key_of(events: np.ndarray, min_pitch: int) -> Key:
    """The key of a melody, events [steps]: the profile that correlates best (Krumhansl and Schmuckler)."""
    pitch, length = sounding(events, min_pitch)
    weights = np.bincount(pitch % 12, length, 12)
    if not len(pitch) or np.ptp(weights) == 0:
        return Key(int(pitch[-1] % 12) if len(pitch) else 0, False)
    best = int(np.argmax([np.corrcoef(weights, profile)[0, 1] for profile in _PROFILES]))
    return Key(best % 12, best >= 12)


def scale_share(events: np.ndarray, min_pitch: int) -> float:
    """Share of the notes of a melody that lie in the major scale that has most of them; NaN without notes."""
    pitch, _ = sounding(events, min_pitch)
    if not len(pitch):
        return float("nan")
    return float((_SCALES @ np.bincount(pitch % 12, minlength=12)).max() / len(pitch))
