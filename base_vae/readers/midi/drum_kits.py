"""The notes of a MIDI file that are hits of a drum kit: channel 10's, and those of others that are made one.

General MIDI has one kit, on channel 10. General MIDI 2 and Yamaha XG choose a kit on any channel by its bank,
which holds from the next program change on; Roland GS, and XG too, by a system exclusive message. A reset
undoes all of it.

References: General MIDI 2 (RP-024), section 3.3; Yamaha XG specifications 2.0, tables 1-2 and 2-4; Roland
SC-88 owner's manual, parameter 40 1x 15.
"""

from typing import NamedTuple

import numpy as np

from base_vae.readers.midi.events import CONTROL_CHANGE, PROGRAM_CHANGE, MidiEvents

_CHANNELS = 16
_DRUM_CHANNEL = 9  # counted from 0
_BANK_SELECT = 0  # number of the controller
_GM2_DRUMS, _GM2_MELODY = 120, 121
_XG_DRUMS = (126, 127)  # sound effects, and drum kits
_ANY, _GM2, _GS, _XG = range(4)  # the standard that a file keeps to
_GS_CHANNELS = (9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15)  # of each part
_GS_PART_MODE, _XG_PART_MODE = 0x15, 0x07  # addresses within a part


class _KitChanges(NamedTuple):
    """Resets, modes and part modes in system exclusive messages.

    Attributes:
      resets: when.
      modes: when, and the standard from then on.
      switches: by channel, when, and whether it is a drum kit from then on.
    """

    resets: list[int]
    modes: list[tuple[int, int]]
    switches: dict[int, list[tuple[int, bool]]]


def drum_hits(events: MidiEvents, at: np.ndarray) -> np.ndarray:
    """Whether each of the note-ons `at`, indices of events, is a hit of a drum kit; bool [len(at)]."""
    hits = events.channel[at] == _DRUM_CHANNEL
    is_bank = (events.kind == CONTROL_CHANGE) & (events.data1 == _BANK_SELECT)
    banks = np.isin(events.data2[is_bank], (_GM2_DRUMS, _GM2_MELODY, *_XG_DRUMS))
    if not banks.any() and not events.exclusive:
        return hits
    exclusive = _read_exclusive(events.exclusive)
    when = _when(events.tick, events.place)
    is_program = events.kind == PROGRAM_CHANGE
    channel = events.channel.astype(np.int64)
    for track, port in events.ports.items():
        channel[slice(*np.searchsorted(events.track, (track, track + 1)))] += _CHANNELS * (port % _CHANNELS)
    for mine in np.unique(channel[at]).tolist():
        ours = channel == mine
        notes = channel[at] == mine
        bank = np.flatnonzero(is_bank & ours)
        program = when[is_program & ours]
        changes = _by_bank(when[bank], events.data2[bank], program, mine, exclusive)
        changes += exclusive.switches.get(mine, [])
        changes.sort()
        times = np.array([time for time, _ in changes], np.int64)
        kits = np.array([is_kit for _, is_kit in changes], bool)
        kit, since = _latest(times, kits, when[at[notes]], hits[notes])
        reset, _ = _latest(*2 * (np.array(exclusive.resets, np.int64),), when[at[notes]], -1)
        hits[notes] = np.where(since > reset, kit, hits[notes])
    return hits


def _when(tick: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A number for each event that grows with its tick, and at one tick with its place in the file."""
    return np.minimum(tick, 2**31 - 1) << 31 | place


def _latest(
    times: np.ndarray, values: np.ndarray, at: np.ndarray, default: np.ndarray | int
) -> tuple[np.ndarray, np.ndarray]:
    """The last of the values by each time `at`, and since when; `default` and -1 before the first."""
    if not len(times):
        return np.zeros(len(at), np.int64) + default, np.full(len(at), -1)
    order = np.argsort(times, kind="stable")
    last = np.searchsorted(times[order], at, "right") - 1
    found = order[last]
    return np.where(last >= 0, values[found], default), np.where(last >= 0, times[found], -1)


def _by_bank(
    times: np.ndarray, banks: np.ndarray, programs: np.ndarray, channel: int, exclusive: _KitChanges
) -> list[tuple[int, bool]]:
    """The ticks at which a program change takes up a selected bank, and whether it is a drum kit."""
    bank, since = _latest(times, banks, programs, -1)
    reset, _ = _latest(*2 * (np.array(exclusive.resets, np.int64),), programs, -1)
    modes = np.array(exclusive.modes, np.int64).reshape(-1, 2)
    mode, _ = _latest(modes[:, 0], modes[:, 1], programs, _ANY)
    is_kit = (bank == _GM2_DRUMS) | (np.isin(bank, _XG_DRUMS) & (mode != _GM2))
    if channel % _CHANNELS == _DRUM_CHANNEL:  # where many files select bank 0 and mean drums; not so in XG
        is_kit |= (bank != _GM2_MELODY) & (mode != _XG)
    takes_up = (since > reset) & (mode != _GS)
    return list(zip(programs[takes_up].tolist(), is_kit[takes_up].tolist(), strict=True))


def _read_exclusive(messages: list[tuple[int, int, bytes]]) -> _KitChanges:
    exclusive = _KitChanges([], [], {})
    for tick, place, message in sorted(messages):
        time = min(tick, 2**31 - 1) << 31 | place
        match list(message):
            case [0x7E, _, 0x09, 0x01 | 0x03 as kind, *_]:
                _reset(exclusive, time, _GM2 if kind == 0x03 else _ANY)
            case [0x41, _, 0x42, 0x12, 0x40 | 0x00, 0x00, 0x7F, *_]:
                _reset(exclusive, time, _GS)
            case [0x43, _, 0x4C, 0x00, 0x00, 0x7E | 0x7F, *_]:
                _reset(exclusive, time, _XG)
            case [0x41, _, 0x42, 0x12, 0x40, part, address, *values] if part >> 4 == 1:
                _switch(exclusive, time, _GS, _GS_CHANNELS[part & 15], values, _GS_PART_MODE - address)
            case [0x43, _, 0x4C, 0x08, part, address, *values] if part < _CHANNELS:
                _switch(exclusive, time, _XG, part, values, _XG_PART_MODE - address)
    return exclusive


def _reset(exclusive: _KitChanges, time: int, mode: int) -> None:
    exclusive.resets.append(time)
    exclusive.modes.append((time, mode))


def _switch(
    exclusive: _KitChanges, time: int, mode: int, channel: int, values: list[int], number: int
) -> None:
    """Notes whether a part is a drum kit, if the value at that number of a message is there."""
    if 0 <= number < len(values) and values[number] < 0x80:
        exclusive.switches.setdefault(channel, []).append((time, values[number] > 0))
        if not exclusive.modes or exclusive.modes[-1][1] == _ANY:
            exclusive.modes.append((time, mode))
