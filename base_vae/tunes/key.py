"""The key of a melody as events, and how much of it lies in a scale."""

import numpy as np

from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.music.key import Key, find_key

_SCALES = np.array([np.isin(np.arange(12), Key(tonic, False).scale) for tonic in range(12)])


def sounding(events: np.ndarray, min_pitch: int) -> tuple[np.ndarray, np.ndarray]:
    """MIDI pitches of the notes of a melody, events [steps], and the steps that each lasts."""
    marks = np.flatnonzero(events)
    lengths = np.diff(np.append(marks, len(events)))
    notes = events[marks] >= FIRST_NOTE
    return events[marks][notes].astype(np.int64) - FIRST_NOTE + min_pitch, lengths[notes]


def key_of(events: np.ndarray, min_pitch: int) -> Key:
    """The key of a melody, events [steps]; see `music.key.find_key`."""
    return find_key(*sounding(events, min_pitch))


def scale_share(events: np.ndarray, min_pitch: int) -> float:
    """Share of the notes of a melody that lie in the major scale that has most of them; NaN without notes."""
    pitch, _ = sounding(events, min_pitch)
    if not len(pitch):
        return float("nan")
    return float((_SCALES @ np.bincount(pitch % 12, minlength=12)).max() / len(pitch))
