"""Attributes of when notes begin, and how long they last."""

import numpy as np

from base_vae.attributes.base import PITCHED, Attribute, bar_of, bars_of, mean, on_grid
from base_vae.music.piece import Piece

_PITCHES = 128


class Density(Attribute):
    """Notes, or hits of a drum, for each bar.

    "Note density" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4, which is sixteen times smaller: in
    notes for each sixteenth. Notes that begin together count each.
    """

    name, unit = "density", "notes a bar"
    more, less = "denser", "sparser"

    def measure(self, piece: Piece) -> float:
        """From 0 on."""
        return len(piece) / bars_of(piece)


class SixteenthSyncopation(Attribute):
    """Share of the onsets on the second or fourth sixteenth of a beat with no onset a sixteenth before.

    "16th note syncopation" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4. What begins together is
    one onset, of whatever voice. The sixteenth before the beginning is silent.
    """

    name, unit = "sixteenth_syncopation", "share of the onsets"
    more, less = "more syncopated in sixteenths", "less syncopated in sixteenths"

    def measure(self, piece: Piece) -> float:
        """Within 0 and 1; NaN without notes."""
        return _syncopation(piece, every=2, position=1, silent=(1,))


class EighthSyncopation(Attribute):
    """Share of the onsets on the second eighth of a beat with no onset one or two sixteenths before.

    "8th note syncopation" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4; see `SixteenthSyncopation`.
    """

    name, unit = "eighth_syncopation", "share of the onsets"
    more, less = "more syncopated in eighths", "less syncopated in eighths"

    def measure(self, piece: Piece) -> float:
        """Within 0 and 1; NaN without notes."""
        return _syncopation(piece, every=4, position=2, silent=(1, 2))


class NoteLength(Attribute):
    """Mean length of the notes as played (not rounded to the grid)."""

    name, unit = "note_length", "quarter notes"
    more, less = "longer notes", "shorter notes"
    kinds = PITCHED

    def measure(self, piece: Piece) -> float:
        """Above 0; NaN without notes; drums do not count."""
        return mean((piece.end - piece.start)[~piece.is_drum]) * piece.qpm / 60.0


class Rests(Attribute):
    """Share of the sixteenths in which nothing sounds; drums do not count as sound."""

    name, unit = "rests", "share of the time"
    more, less = "more rests", "fewer rests"
    kinds = PITCHED

    def measure(self, piece: Piece) -> float:
        """Within 0 and 1, 1 for silence."""
        steps = bars_of(piece) * bar_of(piece)
        notes = on_grid(piece.where(~piece.is_drum))
        # A note at the very end can begin nearer to the bar line after it than to the last sixteenth.
        begun, over = (
            np.bincount(np.minimum(at, steps), minlength=steps + 1) for at in (notes.start, notes.end)
        )
        return mean(np.cumsum(begun - over)[:steps] == 0)


class Repetition(Attribute):
    """Share of what begins in a bar or in the bar before that begins in both, at the same place.

    Of the notes (pitch and sixteenth in the bar) of every two neighbouring bars, those in both among those in
    either: the index of Jaccard, over all neighbours together.
    """

    name, unit = "repetition", "share of the notes"
    more, less = "more repetitive", "less repetitive"

    def measure(self, piece: Piece) -> float:
        """Within 0 and 1; NaN for a single bar or no notes."""
        table, bars = on_grid(piece), bars_of(piece)
        notes = np.unique((table.start * 2 + table.is_drum) * _PITCHES + table.pitch)
        a_bar = bar_of(piece) * 2 * _PITCHES
        before, after = notes[notes < (bars - 1) * a_bar] + a_bar, notes[notes >= a_bar]
        either = np.union1d(before, after)
        return mean(np.isin(either, before) & np.isin(either, after))


def _syncopation(piece: Piece, every: int, position: int, silent: tuple[int, ...]) -> float:
    """Share of the onsets at `position` of every `every` sixteenths with no onset `silent` steps before."""
    onsets = np.unique(on_grid(piece).start)
    alone = ~np.any([np.isin(onsets - steps, onsets) for steps in silent], axis=0)
    return mean((onsets % every == position) & alone)
