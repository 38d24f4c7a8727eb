"""Attributes of when notes begin, and how long they last."""

import numpy as np

from base_vae.attributes.base import PITCHED, BatchAttribute
from base_vae.music.note_batch import NoteBatch, shares

_PITCHES = 128


class Density(BatchAttribute):
    """Notes, or hits of a drum, for each bar.

    "Note density" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4, which is sixteen times smaller: in
    notes for each sixteenth. Notes that begin together count each.
    """

    name, unit = "density", "notes a bar"
    more, less = "denser", "sparser"

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """From 0 on."""
        return notes.counts() / notes.bars


class SixteenthSyncopation(BatchAttribute):
    """Share of the onsets on the second or fourth sixteenth of a beat with no onset a sixteenth before.

    "16th note syncopation" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4. What begins together is
    one onset, of whatever voice. The sixteenth before the beginning is silent.
    """

    name, unit = "sixteenth_syncopation", "share of the onsets"
    more, less = "more syncopated in sixteenths", "less syncopated in sixteenths"

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 0 and 1; NaN without notes."""
        return _syncopation(notes, every=2, position=1, silent=(1,))


class EighthSyncopation(BatchAttribute):
    """Share of the onsets on the second eighth of a beat with no onset one or two sixteenths before.

    "8th note syncopation" of Roberts et al. 2018 (arXiv:1803.05428), section 5.4; see `SixteenthSyncopation`.
    """

    name, unit = "eighth_syncopation", "share of the onsets"
    more, less = "more syncopated in eighths", "less syncopated in eighths"

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 0 and 1; NaN without notes."""
        return _syncopation(notes, every=4, position=2, silent=(1, 2))


class NoteLength(BatchAttribute):
    """Mean length of the notes as played (not rounded to the grid)."""

    name, unit = "note_length", "quarter notes"
    more, less = "longer notes", "shorter notes"
    kinds = PITCHED

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Above 0; NaN without notes; drums do not count."""
        notes = notes.where(~notes.is_drum)
        return notes.mean(notes.end - notes.start) * notes.qpm / 60.0


class Rests(BatchAttribute):
    """Share of the sixteenths in which nothing sounds; drums do not count as sound."""

    name, unit = "rests", "share of the time"
    more, less = "more rests", "fewer rests"
    kinds = PITCHED

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 0 and 1, 1 for silence."""
        notes, steps = notes.where(~notes.is_drum), notes.bars * notes.bar
        # A note at the very end can begin nearer to the bar line after it than to the last sixteenth.
        first = np.cumsum(steps + 1) - (steps + 1)  # of each piece, of the steps of all pieces
        begun, over = (
            np.bincount(
                first[notes.piece] + np.clip(at, 0, steps[notes.piece]), minlength=int(np.sum(steps + 1))
            )
            for at in (notes.first_step, notes.last_step)
        )
        silent = np.cumsum(begun - over) == 0
        silent[first + steps] = False
        return np.add.reduceat(silent, first, dtype=np.int64) / steps if len(steps) else np.zeros(0)


class Repetition(BatchAttribute):
    """Share of what begins in a bar or in the bar before that begins in both, at the same place.

    Of the notes (pitch and sixteenth in the bar) of every two neighbouring bars, those in both among those in
    either: the index of Jaccard, over all neighbours together.
    """

    name, unit = "repetition", "share of the notes"
    more, less = "more repetitive", "less repetitive"

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 0 and 1; NaN for a single bar or no notes."""
        a_bar = notes.bar * 2 * _PITCHES
        # Far enough from each other that the notes of a piece, a bar later too, stay before the next one's.
        of_piece = ((notes.bars + 2) * a_bar).max(initial=0) * np.arange(len(notes))
        places = (notes.first_step * 2 + notes.is_drum) * _PITCHES + notes.pitch
        _, firsts = np.unique(of_piece[notes.piece] + places, return_index=True)
        piece, place = notes.piece[firsts], places[firsts]
        earlier, later = place < ((notes.bars - 1) * a_bar)[piece], place >= a_bar[piece]
        moved = (of_piece + a_bar)[piece[earlier]] + place[earlier]
        both = np.isin(moved, of_piece[piece[later]] + place[later])
        in_both, before, after = (
            np.bincount(each, minlength=len(notes))
            for each in (piece[earlier][both], piece[earlier], piece[later])
        )
        return shares(in_both, before + after - in_both)


def _syncopation(notes: NoteBatch, every: int, position: int, silent: tuple[int, ...]) -> np.ndarray:
    """Share of the onsets at `position` of every `every` sixteenths with no onset `silent` steps before."""
    steps = notes.first_step
    room = int(np.ptp(steps)) + 1 + max(silent) if len(steps) else 1
    onsets, firsts = np.unique(notes.piece * room + steps, return_index=True)
    notes = notes.where(firsts)
    alone = ~np.any([np.isin(onsets - before, onsets) for before in silent], axis=0)
    return notes.mean((steps[firsts] % every == position) & alone)
