"""Pairs of note-on and note-off of a MIDI file that make a note, by pretty_midi's rules.

Only a hit of a drum kit that no later note-off ends, which is dropped there, is a note here: drums need no
end, and many programs write one at the same tick, or none.
"""

from typing import NamedTuple

import numpy as np

from base_vae.readers.midi.drum_kits import drum_hits
from base_vae.readers.midi.events import NOTE_OFF, NOTE_ON, PROGRAM_CHANGE, MidiEvents

_CHANNELS, _PITCHES, _PROGRAMS = 16, 128, 128
_HIT = 1  # ticks that a hit without an end lasts


class MidiNotes(NamedTuple):
    """Notes of a MIDI file in the order of pretty_midi's instruments, as int64 columns [notes].

    Attributes:
      pitch, velocity, program, channel, track: of each note.
      start, end: ticks.
      instrument: number of the instrument: one for each program, channel and track, by their first note.
      is_drum: bool; whether it is a hit of a drum kit.
    """

    pitch: np.ndarray
    velocity: np.ndarray
    program: np.ndarray
    channel: np.ndarray
    track: np.ndarray
    start: np.ndarray
    end: np.ndarray
    instrument: np.ndarray
    is_drum: np.ndarray


def find_notes(events: MidiEvents) -> MidiNotes:
    """The notes in a file.

    A note-off ends every note of its pitch, channel and track that began at an earlier tick. What began at
    its own tick goes on if there was something to end, and is dropped otherwise. A note that nothing ends is
    dropped; a hit of a drum kit lasts a tick then. The program is the one at the note's end.
    """
    is_on = (events.kind == NOTE_ON) & (events.data2 > 0)
    chosen = np.flatnonzero(is_on | (events.kind == NOTE_OFF) | (events.kind == NOTE_ON))
    hits = np.zeros(len(is_on), bool)
    hits[is_on] = drum_hits(events, np.flatnonzero(is_on))
    track, channel = events.track.astype(np.int64), events.channel.astype(np.int64)
    key = (track[chosen] * _CHANNELS + channel[chosen]) * _PITCHES + events.data1[chosen]
    order = np.argsort(key, kind="stable")
    chosen, key = chosen[order], key[order]
    on, off = _pair(key, events.tick[chosen], is_on[chosen])
    on, off = chosen[on], chosen[off]
    end = events.tick[off]
    hits_alone = hits.copy()
    hits_alone[on] = False
    alone = np.flatnonzero(hits_alone)
    on, off = np.append(on, alone), np.append(off, alone)
    end = np.append(end, events.tick[alone] + _HIT)
    order = np.lexsort((on, off))  # as they end; those that end together, as they began
    on, off, end = on[order], off[order], end[order]

    program = programs_at(events, off)
    sounding = ((track[on] * _CHANNELS + channel[on]) * _PROGRAMS + program) * 2 + hits[on]
    _, first, inverse = np.unique(sounding, return_index=True, return_inverse=True)
    instrument = np.argsort(np.argsort(first))[inverse]
    order = np.argsort(instrument, kind="stable")
    on, end = on[order], end[order]
    return MidiNotes(
        pitch=events.data1[on].astype(np.int64),
        velocity=events.data2[on].astype(np.int64),
        program=program[order],
        channel=channel[on],
        track=track[on],
        start=events.tick[on],
        end=end,
        instrument=instrument[order],
        is_drum=hits[on],
    )


def _pair(key: np.ndarray, tick: np.ndarray, is_on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the note-on and note-off of every note, among events sorted by key, then by time."""
    on, off = np.flatnonzero(is_on), np.flatnonzero(~is_on)
    ending = np.cumsum(~is_on)[on]  # number of the next note-off
    found = ending < len(off)
    found[found] = key[on[found]] == key[off[ending[found]]]
    on, ending = on[found], ending[found]
    at_once = tick[on] == tick[off[ending]]
    if not at_once.any():
        return on, off[ending]
    goes_on = _going_on(on, off, ending, at_once, key, tick)[ending] & at_once
    ending += goes_on
    ends = ~at_once | (goes_on & (ending < len(off)))
    on, ending = on[ends], ending[ends]
    real = (key[on] == key[off[ending]]) & (tick[on] < tick[off[ending]])
    return on[real], off[ending[real]]


def _going_on(
    on: np.ndarray,
    off: np.ndarray,
    ending: np.ndarray,
    at_once: np.ndarray,
    key: np.ndarray,
    tick: np.ndarray,
) -> np.ndarray:
    """Whether notes that begin at the tick of each note-off go on: those of which it ended others.

    What it ends began after the note-off before it, or went on there: a chain, which running maxima follow.
    """
    count = len(off)
    begins_there, ends_older, after_older = (np.zeros(count, bool) for _ in range(3))
    begins_there[ending[at_once]] = True
    first = np.flatnonzero(np.diff(ending, prepend=-1))
    ends_older[ending[first]] = tick[on[first]] < tick[off[ending[first]]]
    after_older[1:] = (key[off[1:]] == key[off[:-1]]) & (tick[off[1:]] > tick[off[:-1]])
    number = np.arange(count)
    chain_begins = np.maximum.accumulate(np.where(begins_there & ends_older, number, -1))
    chain_breaks = np.maximum.accumulate(np.where(begins_there & after_older, -1, number))
    return (chain_begins >= 0) & (chain_begins >= chain_breaks)


def programs_at(events: MidiEvents, at: np.ndarray) -> np.ndarray:
    """The program of the channel, on its own track, at each of these events; 0 where none was chosen."""
    changes = np.flatnonzero(events.kind == PROGRAM_CHANGE)
    if not len(changes):
        return np.zeros(len(at), np.int64)
    count = len(events.kind)

    def place(index: np.ndarray) -> np.ndarray:
        return (events.track[index].astype(np.int64) * _CHANNELS + events.channel[index]) * count + index

    places = np.sort(place(changes))
    last = np.searchsorted(places, place(at)) - 1
    known = (last >= 0) & (places[last] // count == place(at) // count)
    return np.where(known, events.data1[places[last] % count], 0).astype(np.int64)
