"""The features that Yang and Lerch measure of a piece of music, each a vector.

L.-C. Yang and A. Lerch, "On the evaluation of generative models in music", Neural Computing and Applications
32, 2020 (online 2018), section 3.2. Histograms and transition matrices are divided by their sums here, so
that long and short pieces compare. Pitch features leave drums out; intervals and transitions go from note to
note within one instrument, of notes that start together the highest.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from base_vae.music.note_table import NoteTable, highest_of_each_voice, note_table
from base_vae.music.piece import Piece

_WIDEST_INTERVAL = 12
_PITCH_CLASSES = 12
_SIXTEENTHS = 16
# The note lengths of the paper in quarters: plain, dotted and triplet ones.
NOTE_LENGTHS = np.sort([4, 2, 1, 1 / 2, 1 / 4, 3, 3 / 2, 3 / 4, 3 / 8, 4 / 3, 2 / 3, 1 / 3])


class _Notes:
    """The notes of a piece on its grid.

    Attributes:
      all: every note.
      pitched: those that are no drums.
      voice: those that the transitions go between, voice by voice in order of time.
      joined: for each but the last of `voice`, whether the next one is of the same voice.
      steps_per_quarter: of the grid.
    """

    def __init__(self, piece: Piece, steps_per_quarter: int):
        table = note_table(piece, steps_per_quarter)
        self.all = table
        self.pitched = table.where(~table.is_drum)
        self.voice = highest_of_each_voice(self.pitched)
        self.joined = self.voice.instrument[1:] == self.voice.instrument[:-1]
        self.steps_per_quarter = steps_per_quarter


def pitch_count(notes: _Notes) -> np.ndarray:
    """How many different pitches there are, [1]."""
    return np.array([len(np.unique(notes.pitched.pitch))]) if len(notes.pitched) else _undefined(1)


def pitch_class(notes: _Notes) -> np.ndarray:
    """Share of each pitch class, [12]."""
    return _histogram(notes.pitched.pitch % _PITCH_CLASSES, _PITCH_CLASSES)


def pitch_range(notes: _Notes) -> np.ndarray:
    """Semitones between the lowest and the highest note, [1]."""
    return np.array([np.ptp(notes.pitched.pitch)]) if len(notes.pitched) else _undefined(1)


def average_interval(notes: _Notes) -> np.ndarray:
    """Mean size of the steps from one note to the next, in semitones, [1]."""
    return _mean(np.abs(np.diff(notes.voice.pitch)[notes.joined]))


def interval(notes: _Notes) -> np.ndarray:
    """Share of each interval, from an octave (or more) down to one up, [25]."""
    steps = np.diff(notes.voice.pitch)[notes.joined]
    steps = np.clip(steps, -_WIDEST_INTERVAL, _WIDEST_INTERVAL) + _WIDEST_INTERVAL
    return _histogram(steps, 2 * _WIDEST_INTERVAL + 1)


def pitch_class_transitions(notes: _Notes) -> np.ndarray:
    """Share of each pair of pitch classes that follow each other, [12 * 12], the earlier one first."""
    return _transitions(notes.voice.pitch % _PITCH_CLASSES, notes.joined, _PITCH_CLASSES)


def note_count(notes: _Notes) -> np.ndarray:
    """How many notes there are, drums too, [1]: the density of pieces that are equally long."""
    return np.array([len(notes.all)])


def inter_onset_interval(notes: _Notes) -> np.ndarray:
    """Mean time from one onset to the next, in quarters, [1]; notes that start together are one onset."""
    return _mean(np.diff(np.unique(notes.all.start)) / notes.steps_per_quarter)


def note_length(notes: _Notes) -> np.ndarray:
    """Share of each of the `NOTE_LENGTHS`, [12]; a note counts as the nearest one."""
    return _histogram(_length_class(notes.pitched, notes.steps_per_quarter), len(NOTE_LENGTHS))


def note_length_transitions(notes: _Notes) -> np.ndarray:
    """Share of each pair of note lengths that follow each other, [12 * 12], the earlier one first."""
    lengths = _length_class(notes.voice, notes.steps_per_quarter)
    return _transitions(lengths, notes.joined, len(NOTE_LENGTHS))


def onset_position(notes: _Notes) -> np.ndarray:
    """Share of onsets in each sixteenth of the bar of 4/4, [16], drums too."""
    position = notes.all.start * 4 // notes.steps_per_quarter % _SIXTEENTHS
    return _histogram(position, _SIXTEENTHS)


FEATURES: Mapping[str, Callable[[_Notes], np.ndarray]] = {
    feature.__name__: feature
    for feature in (
        pitch_count,
        pitch_class,
        pitch_range,
        average_interval,
        interval,
        pitch_class_transitions,
        note_count,
        inter_onset_interval,
        note_length,
        note_length_transitions,
        onset_position,
    )
}


def features_of(pieces: Sequence[Piece], steps_per_quarter: int = 4) -> dict[str, np.ndarray]:
    """Every feature of each piece, float64 [pieces, size of the feature].

    A row is NaN where a feature is not defined: an interval of a single note, a pitch of drums.

    Args:
      pieces: of one tempo, bars of 4/4 from time 0.
      steps_per_quarter: resolution of the grid that notes are rounded to.
    """
    notes = [_Notes(piece, steps_per_quarter) for piece in pieces]
    return {
        name: np.array([feature(each) for each in notes], np.float64) for name, feature in FEATURES.items()
    }


def _length_class(table: NoteTable, steps_per_quarter: int) -> np.ndarray:
    quarters = (table.end - table.start) / steps_per_quarter
    return np.abs(quarters[:, np.newaxis] - NOTE_LENGTHS).argmin(1)


def _histogram(values: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(values, minlength=size) / len(values) if len(values) else _undefined(size)


def _transitions(values: np.ndarray, joined: np.ndarray, size: int) -> np.ndarray:
    return _histogram((values[:-1] * size + values[1:])[joined], size * size)


def _mean(values: np.ndarray) -> np.ndarray:
    return np.array([values.mean()]) if len(values) else _undefined(1)


def _undefined(size: int) -> np.ndarray:
    return np.full(size, np.nan)
