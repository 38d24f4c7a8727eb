"""Drum sounds that count as one: maps from General MIDI drum pitches to the classes of a model.

A class is a tuple of pitches, and it is written as its first pitch. The order of the classes is part
of a trained model: the number of a drum is its place among them.
"""

import functools
from typing import Literal

import numpy as np

from base_vae.errors import UserError

PitchClasses = tuple[tuple[int, ...], ...]
DrumMap = Literal["REDUCED", "FULL", "ROLAND"] | PitchClasses

# All of General MIDI as kick, snare, closed and open hi-hat, low, mid and high tom, crash and ride.
_REDUCED = (
    (36, 35),
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    (46, 67, 72, 74, 79, 81, 26),
    (45, 29, 41, 43, 61, 64, 84),
    (48, 47, 60, 63, 77, 86, 87),
    (50, 30, 62, 76, 83),
    (49, 52, 55, 57, 58),
    (51, 53, 59, 82),
)
# A class for each sound, as the models of the original were trained: 43 and 52 are not where `_REDUCED` has
# them, and the edges of Roland's hi-hats (22 and 26) are missing.
# fmt: off
_FULL = tuple((pitch,) for pitch in (
    36, 35,
    38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85,
    42, 44, 54, 68, 69, 70, 71, 73, 78, 80,
    46, 67, 72, 74, 79, 81,
    45, 29, 41, 61, 64, 84,
    48, 47, 60, 63, 77, 86, 87,
    50, 30, 43, 62, 76, 83,
    49, 55, 57, 58,
    51, 52, 53, 59, 82,
))
# fmt: on
# The sounds of the electronic kit that the Groove MIDI Dataset was played on (Gillick et al. 2019,
# arXiv:1905.06118, table 1), in the nine classes of `_REDUCED`.
_ROLAND = (
    (36,),
    (38, 37, 40),
    (42, 22, 44),
    (46, 26),
    (43, 58),
    (47, 45),
    (50, 48),
    (49, 52, 55, 57),
    (51, 53, 59),
)
_NAMED: dict[str, PitchClasses] = {"REDUCED": _REDUCED, "FULL": _FULL, "ROLAND": _ROLAND}
_PITCHES = 128


@functools.lru_cache
def pitch_classes(drum_map: DrumMap) -> PitchClasses:
    """The classes of a map, given by name or as classes.

    Raises:
      UserError: for an unknown name, an empty class, or a pitch that is out of range or in two classes.
    """
    if isinstance(drum_map, str):
        if drum_map not in _NAMED:
            raise UserError(f"unknown drum map {drum_map!r}; known are {', '.join(_NAMED)}")
        return _NAMED[drum_map]
    pitches = [pitch for members in drum_map for pitch in members]
    if not drum_map or not all(drum_map):
        raise UserError("a drum map needs at least one class, and each class at least one pitch")
    if not all(0 <= pitch < _PITCHES for pitch in pitches):
        raise UserError(f"drum pitches must be within 0 and {_PITCHES - 1} (received {sorted(set(pitches))})")
    twice = sorted({pitch for pitch in pitches if pitches.count(pitch) > 1})
    if twice:
        raise UserError(
            f"each drum pitch can be in one class only ({', '.join(map(str, twice))} given twice)"
        )
    return drum_map


def classes_of(pitch: np.ndarray, is_drum: np.ndarray, drum_map: DrumMap) -> np.ndarray:
    """The class of each note, int64 [notes]; -1 for a note that is no drum of the map."""
    is_drum = is_drum & (pitch >= 0) & (pitch < _PITCHES)
    return np.where(is_drum, _class_of_pitch(drum_map)[np.where(is_drum, pitch, 0)], -1)


@functools.lru_cache
def first_pitches(drum_map: DrumMap) -> np.ndarray:
    """The pitch that each class is written as, int64 [classes]."""
    return np.array([members[0] for members in pitch_classes(drum_map)])


@functools.lru_cache
def _class_of_pitch(drum_map: DrumMap) -> np.ndarray:
    table = np.full(_PITCHES, -1)
    for number, members in enumerate(pitch_classes(drum_map)):
        table[list(members)] = number
    return table
