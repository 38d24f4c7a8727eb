"""Attributes of how music is played, for representations that keep it."""

import numpy as np

from base_vae.attributes.base import Attribute, mean
from base_vae.music.piece import Piece

# An off-beat eighth lies nearer to one half (straight) or two thirds (a triplet) of the beat than to the
# sixteenths around it, which are at one and three quarters.
_OFF_BEAT = (3 / 8, 17 / 24)
_ON_BEAT = 1 / 8
_PLAYED = frozenset({"groove", "multitrack"})


class Swing(Attribute):
    """Where in the beat the off-beat eighths come: 50% is straight, 66.7% the swing of triplets.

    The mean place of the notes within 37.5% and 70.8% of a beat, seen from where the notes within an eighth
    of a beat around the beats come on average (from the beats themselves where there are none).
    """

    name, unit = "swing", "% of a beat"
    more, less = "more swing", "straighter"
    kinds = _PLAYED
    in_percent = False

    def measure(self, piece: Piece) -> float:
        """Within 25 and 83.4; NaN without notes off the beat."""
        beats = piece.start * piece.qpm / 60.0
        place = beats % 1.0
        off_beat = place[(place >= _OFF_BEAT[0]) & (place < _OFF_BEAT[1])]
        around = (beats + 0.5) % 1.0 - 0.5
        late = around[np.abs(around) < _ON_BEAT]
        return 100.0 * (mean(off_beat) - (mean(late) if len(late) else 0.0))


class Velocity(Attribute):
    """Mean velocity of the notes."""

    name, unit = "velocity", "MIDI velocity"
    more, less = "louder", "softer"
    kinds = _PLAYED

    def measure(self, piece: Piece) -> float:
        """Within 1 and 127; NaN without notes."""
        return mean(piece.velocity)
