"""Attributes of the notes' pitches; drums have none. Pitches are MIDI's, intervals are in semitones."""

import numpy as np

from base_vae.attributes.base import PITCHED, BatchAttribute
from base_vae.music.note_batch import NoteBatch, shares

_C_MAJOR = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))


class CMajor(BatchAttribute):
    """Share of the notes whose pitch is in the scale of C major.

    "C Diatonic" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4. Every note counts once, however long.
    """

    name, unit = "c_major", "share of the notes"
    more, less = "more in C major", "further from C major"
    kinds = PITCHED

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 0 and 1; NaN without notes."""
        notes = notes.where(~notes.is_drum)
        return notes.mean(_C_MAJOR[notes.pitch % 12])


class Interval(BatchAttribute):
    """Mean size of the step from each note to the next.

    "Average interval" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4. The paper's melodies have one
    voice. Where there are more, each instrument is a voice, of which the highest of the notes that begin
    together counts, and the mean is over the steps of all voices.
    """

    name, unit = "interval", "semitones"
    more, less = "larger leaps", "smaller steps"
    kinds = PITCHED

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """From 0 on; NaN where no voice has two notes."""
        lines = _lines(notes)
        go_on = (np.diff(lines.instrument) == 0) & (np.diff(lines.piece) == 0)
        steps, piece = np.abs(np.diff(lines.pitch))[go_on], lines.piece[1:][go_on]
        return shares(*(np.bincount(piece, each, len(lines)) for each in (steps, None)))


class PitchRange(BatchAttribute):
    """From the lowest to the highest note."""

    name, unit = "pitch_range", "semitones"
    more, less = "wider", "narrower"
    kinds = PITCHED

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """From 0 on; NaN without notes."""
        notes = notes.where(~notes.is_drum)
        lowest, highest = np.full(len(notes), np.inf), np.full(len(notes), -np.inf)
        np.minimum.at(lowest, notes.piece, notes.pitch)
        np.maximum.at(highest, notes.piece, notes.pitch)
        return np.where(notes.counts() > 0, highest - lowest, np.nan)


class MeanPitch(BatchAttribute):
    """Mean pitch of the notes, every note counting once."""

    name, unit = "mean_pitch", "MIDI pitch"
    more, less = "higher", "lower"
    kinds = PITCHED
    in_percent = False

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 0 and 127; NaN without notes."""
        notes = notes.where(~notes.is_drum)
        return notes.mean(notes.pitch)


class Contour(BatchAttribute):
    """How much the music rises: the slope of the straight line that fits pitches against time best.

    Least squares, over the onsets. Of several voices (as for `Interval`), each about its own mean, it is the
    slope that fits all of them best.
    """

    name, unit = "contour", "semitones a bar"
    more, less = "rising", "falling"
    kinds = PITCHED
    in_percent = False

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Below 0 where it falls; NaN where no voice has two notes."""
        lines = _lines(notes)
        begins = np.ones(len(lines.piece), bool)
        begins[1:] = (np.diff(lines.instrument) != 0) | (np.diff(lines.piece) != 0)
        voice = np.cumsum(begins) - 1
        counts = np.bincount(voice)

        def about_its_mean(values: np.ndarray) -> np.ndarray:
            return values - (np.bincount(voice, values) / counts)[voice]

        time = about_its_mean(lines.first_step / lines.bar[lines.piece])
        pitch = about_its_mean(lines.pitch)
        return shares(*(np.bincount(lines.piece, time * each, len(lines)) for each in (pitch, time)))


def _lines(notes: NoteBatch) -> NoteBatch:
    return notes.where(~notes.is_drum).highest_of_each_voice()
