"""Where the beats are: files that begin with a pickup, or anywhere, and say nothing of it in their header."""

import numpy as np

from base_vae.music.musical_grid import shifted
from base_vae.music.note_table import quantize
from base_vae.music.piece import Piece

_STEPS_A_BEAT, _STEPS_A_BAR = 4, 16
# Of 774 songs of POP909 with the beats as in the header, none has twice as many notes at another place
# of the beat as on it; of the 20 raw ones, whose headers are wrong, 13 have.
_CLEARLY = 2.0
_LEAST_NOTES = 24


def align_to_beats(piece: Piece) -> Piece:
    """Moves music whose beats are off the grid, so that its first beat begins a bar.

    Notes begin on beats more often than between them. Where by far the most begin one, two or three
    sixteenths after a beat of the grid, the beats are there: what comes before the first of them is a pickup,
    and ends the bar before it.

    Args:
      piece: on the musical grid: one tempo.

    Returns:
      The piece itself where its beats are in place, it is too short to tell, or its metre is not 4/4
      throughout; else a moved copy.
    """
    if piece.metres[:, 1:].tolist() != [[4, 4]]:
        return piece
    starts = quantize(piece.start[~piece.is_drum], _STEPS_A_BEAT * piece.qpm / 60.0)
    if len(starts) < _LEAST_NOTES:
        return piece
    onsets = np.bincount(starts % _STEPS_A_BEAT, minlength=_STEPS_A_BEAT)
    phase = int(onsets.argmax())
    if phase == 0 or onsets[phase] < _CLEARLY * onsets[0]:
        return piece
    steps = _STEPS_A_BAR - phase
    return shifted(piece, steps * 60.0 / piece.qpm / _STEPS_A_BEAT)
