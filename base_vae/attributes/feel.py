"""Attributes of how music is played, for representations that keep it."""

import numpy as np

from base_vae.attributes.base import BatchAttribute
from base_vae.music.note_batch import NoteBatch

# An off-beat eighth lies nearer to one half (straight) or two thirds (a triplet) of the beat than to the
# sixteenths around it, which are at one and three quarters.
_OFF_BEAT = (3 / 8, 17 / 24)
_ON_BEAT = 1 / 8
_PLAYED = frozenset({"groove", "multitrack"})


class Swing(BatchAttribute):
    """The place of the off-beat eighths in the beat: 50% is straight, 66.7% the swing of triplets.

    The mean place of the notes within 37.5% and 70.8% of a beat, seen from where the notes within an eighth
    of a beat around the beats come on average (from the beats themselves where there are none).
    """

    name, unit = "swing", "% of a beat"
    more, less = "more swing", "straighter"
    kinds = _PLAYED
    in_percent = False

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 25 and 83.4; NaN without notes off the beat."""
        beats = notes.start * notes.qpm[notes.piece] / 60.0
        place = beats % 1.0
        off_beat = (place >= _OFF_BEAT[0]) & (place < _OFF_BEAT[1])
        around = (beats + 0.5) % 1.0 - 0.5
        on_beat = np.abs(around) < _ON_BEAT
        late = np.nan_to_num(notes.where(on_beat).mean(around[on_beat]))
        return 100.0 * (notes.where(off_beat).mean(place[off_beat]) - late)


class Velocity(BatchAttribute):
    """Mean velocity of the notes."""

    name, unit = "velocity", "MIDI velocity"
    more, less = "louder", "softer"
    kinds = _PLAYED

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """Within 1 and 127; NaN without notes."""
        return notes.mean(notes.velocity)
