"""Attributes of the notes' pitches; drums have none. Pitches are MIDI's, intervals are in semitones."""

import numpy as np

from base_vae.attributes.base import PITCHED, Attribute, bar_of, mean, on_grid
from base_vae.music.note_table import NoteTable, highest_of_each_voice
from base_vae.music.piece import Piece

_C_MAJOR = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))


class CMajor(Attribute):
    """Share of the notes whose pitch is in the scale of C major.

    "C Diatonic" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4. Every note counts once, however long.
    """

    name, unit = "c_major", "share of the notes"
    more, less = "more in C major", "further from C major"
    kinds = PITCHED

    def measure(self, piece: Piece) -> float:
        """Within 0 and 1; NaN without notes."""
        return mean(_C_MAJOR[_pitches(piece) % 12])


class Interval(Attribute):
    """Mean size of the step from each note to the next.

    "Average interval" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4. The paper's melodies have one
    voice. Where there are more, each instrument is a voice, of which the highest of the notes that begin
    together counts, and the mean is over the steps of all voices.
    """

    name, unit = "interval", "semitones"
    more, less = "larger leaps", "smaller steps"
    kinds = PITCHED

    def measure(self, piece: Piece) -> float:
        """From 0 on; NaN where no voice has two notes."""
        lines = _lines(piece)
        same_voice = lines.instrument[1:] == lines.instrument[:-1]
        return mean(np.abs(np.diff(lines.pitch))[same_voice])


class PitchRange(Attribute):
    """From the lowest to the highest note."""

    name, unit = "pitch_range", "semitones"
    more, less = "wider", "narrower"
    kinds = PITCHED

    def measure(self, piece: Piece) -> float:
        """From 0 on; NaN without notes."""
        pitches = _pitches(piece)
        return float(np.ptp(pitches)) if len(pitches) else np.nan


class MeanPitch(Attribute):
    """Mean pitch of the notes, every note counting once."""

    name, unit = "mean_pitch", "MIDI pitch"
    more, less = "higher", "lower"
    kinds = PITCHED
    in_percent = False

    def measure(self, piece: Piece) -> float:
        """Within 0 and 127; NaN without notes."""
        return mean(_pitches(piece))


class Contour(Attribute):
    """How much the music rises: the slope of the straight line that fits pitches against time best.

    Least squares, over the onsets. Of several voices (as for `Interval`), each about its own mean, it is the
    slope that fits all of them best.
    """

    name, unit = "contour", "semitones a bar"
    more, less = "rising", "falling"
    kinds = PITCHED
    in_percent = False

    def measure(self, piece: Piece) -> float:
        """Below 0 where it falls; NaN where no voice has two notes."""
        lines = _lines(piece)
        numbers, voice = np.unique(lines.instrument, return_inverse=True)
        counts = np.bincount(voice, minlength=len(numbers))

        def about_its_mean(values: np.ndarray) -> np.ndarray:
            return values - (np.bincount(voice, values, minlength=len(numbers)) / counts)[voice]

        time, pitch = about_its_mean(lines.start / bar_of(piece)), about_its_mean(lines.pitch)
        spread = np.sum(time**2)
        return float(np.sum(time * pitch) / spread) if spread > 0 else np.nan


def _lines(piece: Piece) -> NoteTable:
    return highest_of_each_voice(on_grid(piece.where(~piece.is_drum)))


def _pitches(piece: Piece) -> np.ndarray:
    return piece.pitch[~piece.is_drum]
