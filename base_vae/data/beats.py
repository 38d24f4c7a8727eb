"""Where the beats are: files that begin with a pickup, or anywhere, and say nothing of it in their header."""

import numpy as np
from note_seq.protobuf import music_pb2

from base_vae.converters.note_table import note_table
from base_vae.data.musical_grid import shifted
from base_vae.piece import Piece

_STEPS_A_BEAT, _STEPS_A_BAR = 4, 16
# Of 774 songs of POP909 with the beats where the header says, none has twice as many notes at another place
# of the beat as on it; of the 20 raw ones, whose headers are wrong, 13 have.
_CLEARLY = 2.0
_LEAST_NOTES = 24


def align_to_beats(sequence: music_pb2.NoteSequence) -> music_pb2.NoteSequence:
    """Moves music whose beats are off the grid, so that its first beat begins a bar.

    Notes begin on beats more often than between them. Where by far the most begin one, two or three
    sixteenths after a beat of the grid, the beats are there: what comes before the first of them is a pickup,
    and ends the bar before it.

    Args:
      sequence: on the musical grid: one tempo.

    Returns:
      The sequence itself where its beats are in place, it is too short to tell, or its metre is not 4/4
      throughout; else a moved copy.
    """
    metres = [(s.numerator, s.denominator) for s in sequence.time_signatures]
    table = note_table(Piece.from_sequence(sequence), _STEPS_A_BEAT)
    starts = table.start[~table.is_drum]
    if metres != [(4, 4)] or len(starts) < _LEAST_NOTES:
        return sequence
    onsets = np.bincount(starts % _STEPS_A_BEAT, minlength=_STEPS_A_BEAT)
    phase = int(onsets.argmax())
    if phase == 0 or onsets[phase] < _CLEARLY * onsets[0]:
        return sequence
    steps = _STEPS_A_BAR - phase
    return shifted(sequence, steps * 60.0 / sequence.tempos[0].qpm / _STEPS_A_BEAT)
