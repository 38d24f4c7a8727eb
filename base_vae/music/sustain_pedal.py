"""Notes as long as the sustain pedal makes them, by note-seq's rule."""

import collections
import dataclasses

import numpy as np

from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece

_SUSTAIN = 64  # number of the MIDI controller
_PRESSED = 64  # its least value that counts as pressed
_DOWN, _UP, _ON, _OFF = range(4)  # the order of what happens at one time


@dataclasses.dataclass(frozen=True)
class PedalChange:
    """An instrument's pedal goes down or up; `time` in seconds."""

    time: float
    instrument: int
    down: bool


def pedal_changes(sequence: NoteSequence) -> list[PedalChange]:
    """All uses of the sustain pedal, in order of time."""
    changes = [
        PedalChange(change.time, change.instrument, change.control_value >= _PRESSED)
        for change in sequence.control_changes
        if change.control_number == _SUSTAIN
    ]
    return sorted(changes, key=lambda change: change.time)


def pedal_between(changes: list[PedalChange], begin: float, end: float) -> list[PedalChange]:
    """The changes between two times, seen from the first, at which the pedals stand as they stood before."""
    before = {change.instrument: change for change in changes if change.time <= begin}
    inside = [change for change in changes if begin < change.time < end]
    return [dataclasses.replace(change, time=0.0) for change in before.values()] + [
        dataclasses.replace(change, time=change.time - begin) for change in inside
    ]


def sustained(piece: Piece, changes: list[PedalChange]) -> Piece:
    """The piece with its notes held by the pedal.

    A note under the pedal of its instrument sounds until the same pitch is played again or the pedal goes up,
    what sounds in the end until all is over. Drums pay no heed to pedals. Of notes of one pitch that begin
    together under a pedal, one stays.
    """
    end, kept, total = piece.end.copy(), np.ones(len(piece), bool), piece.total_time
    sounding: dict[int, list[int]] = collections.defaultdict(list)  # notes, by instrument
    down: dict[int, bool] = collections.defaultdict(bool)
    events = _events(piece, changes)
    for time, kind, instrument, note in events:
        notes = sounding[instrument]
        if kind in (_DOWN, _UP):
            down[instrument] = kind == _DOWN
            if kind == _UP:
                over = [other for other in notes if end[other] < time]
                end[over] = time
                total = max(total, time) if over else total
                sounding[instrument] = [other for other in notes if other not in over]
        elif kind == _ON:
            if down[instrument]:
                again = [other for other in notes if piece.pitch[other] == piece.pitch[note]]
                end[again] = time
                kept[[other for other in again if piece.start[other] == time]] = False
                notes = [other for other in notes if other not in again]
            sounding[instrument] = [*notes, note]
        elif not down[instrument] and note in notes:
            notes.remove(note)
    last = [note for notes in sounding.values() for note in notes]
    if last:
        total = events[-1][0]
        end[last] = total
    return dataclasses.replace(piece, end=end, total_time=total).where(kept)


def _events(piece: Piece, changes: list[PedalChange]) -> list[tuple[float, int, int, int]]:
    """(time, kind, instrument, number of the note) of notes and pedals, in order."""
    instruments = piece.instrument.tolist()
    pitched = np.flatnonzero(~piece.is_drum).tolist()
    events = [
        (time, kind, instruments[note], note)
        for kind, times in ((_ON, piece.start.tolist()), (_OFF, piece.end.tolist()))
        for note, time in ((note, times[note]) for note in pitched)
    ]
    events += [(c.time, _DOWN if c.down else _UP, c.instrument, -1) for c in changes]
    return sorted(events, key=lambda event: event[:2])
