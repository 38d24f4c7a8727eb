"""The key of music: the tonic that it ends and rests on, and its mode."""

import dataclasses
import re
from typing import NamedTuple

import numpy as np

from base_vae.errors import UserError, shortened
from base_vae.music.piece import Piece

# Krumhansl and Kessler 1982, "Tracing the dynamic changes in perceived tonal organization in a spatial
# representation of musical keys", figure 3: how well each pitch class fits a major and a minor key.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_PROFILES = np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)])
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"#": 1, "b": -1}
# What it counts, beside a correlation, that a melody ends on the tonic, that it rests there, that it lies in
# the scale, and that the key is major. Found by search on 2,640 fiddle tunes whose keys are given.
_ENDS, _RESTS, _IN_SCALE, _IS_MAJOR = 0.15, 0.3, 1.5, 0.25
_RESTING = 2.0  # times the median: as long as this, a note rests


class Key(NamedTuple):
    """A key: the pitch class of its tonic (0 is C), and whether it is minor."""

    tonic: int
    is_minor: bool

    @property
    def triad(self) -> tuple[int, int, int]:
        """Pitch classes of the chord on the tonic."""
        return self.tonic, (self.tonic + 4 - self.is_minor) % 12, (self.tonic + 7) % 12

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the scale on the tonic; minor is the natural one."""
        return tuple((self.tonic + step) % 12 for step in _SCALES["minor" if self.is_minor else "major"])

    def __str__(self) -> str:
        names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
        return f"{names[self.tonic]} {'minor' if self.is_minor else 'major'}"


_KEYS = [Key(tonic, is_minor) for is_minor in (False, True) for tonic in range(12)]
_IN_SCALES = np.array([np.isin(np.arange(12), key.scale) for key in _KEYS], np.float64)
_IS_TONIC = np.array([np.arange(12) == key.tonic for key in _KEYS], np.float64)


def named_key(text: str) -> Key:
    """The key of a name like G, Bb, F# minor, Am.

    Raises:
      UserError: if it is not a key.
    """
    match = re.fullmatch(r"\s*([A-Ga-g])([#b]*)\s*(major|minor|maj|min|m|)\s*", str(text))
    if not match:
        raise UserError(
            "a key is a note, with minor or m where it is minor: G, Bb, F# minor "
            f"(received {shortened(repr(text))})"
        )
    letter, signs, mode = match.groups()
    tonic = _NAMES[letter.upper()] + sum(_SIGNS[sign] for sign in signs)
    return Key(tonic % 12, mode in ("minor", "min", "m"))


def find_key(pitch: np.ndarray, length: np.ndarray) -> Key:
    """The key of a melody: where it ends and rests, as well as how long each pitch class sounds.

    The correlation with the profile of each key (Krumhansl and Schmuckler) is one part. By that a melody of
    five or six notes fits several keys; the others are whether the last note is the tonic, how many of the
    notes on which it rests are, weighted by length, and how much lies in the scale.

    Args:
      pitch: of the notes, in the order of time, int [notes].
      length: how long each sounds, in any unit, [notes].

    Returns:
      The key; C major of no notes.
    """
    classes = np.asarray(pitch) % 12
    if not len(classes):
        return Key(0, False)
    weights = np.bincount(classes, length, 12)
    if np.count_nonzero(weights) == 1:
        return Key(int(classes[-1]), False)
    profiles = np.corrcoef(np.vstack([weights, _PROFILES]))[0, 1:]
    resting = np.asarray(length) >= _RESTING * np.median(length)
    rests = np.bincount(classes[resting], np.asarray(length)[resting], 12)
    last = np.eye(12)[classes[-1]]
    scores = np.nan_to_num(profiles) + _IN_SCALE * _IN_SCALES @ (weights / weights.sum())
    scores += _ENDS * _IS_TONIC @ last + _IS_MAJOR * np.array([not key.is_minor for key in _KEYS])
    scores += _RESTS * _IS_TONIC @ (rests / max(rests.sum(), 1e-9))
    return _KEYS[int(np.argmax(scores))]


def key_of_piece(piece: Piece) -> Key:
    """The key of a piece; of notes that begin together the lowest comes last. Drums do not count."""
    notes = piece.where(~piece.is_drum)
    notes = notes.where(np.lexsort((-notes.pitch, notes.start)))
    return find_key(notes.pitch, notes.end - notes.start)


def in_key(piece: Piece, key: Key) -> Piece:
    """The piece moved to the tonic of a key by the nearest way, a tritone at most; its mode stays.

    A piece that is there already is returned unchanged. Drums and chord symbols stay as they are.

    Raises:
      UserError: if a note would leave the range of MIDI's pitches.
    """
    shift = (key.tonic - key_of_piece(piece).tonic + 5) % 12 - 5
    moved = np.where(piece.is_drum, piece.pitch, piece.pitch + shift)
    if len(moved) and not (moved.min() >= 0 and moved.max() <= 127):
        raise UserError(f"moved to {key} it would leave the range of MIDI's pitches")
    keys = piece.keys.copy()
    keys[:, 1] = (keys[:, 1] + shift) % 12
    return dataclasses.replace(piece, pitch=moved, keys=keys)
