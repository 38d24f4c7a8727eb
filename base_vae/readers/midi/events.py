"""The events of a MIDI file as arrays, straight from its bytes.

Where an event begins depends on the one before it, so a parser usually walks the file byte by byte. Here
NumPy works out for every byte at once where the next event would begin if one began there; the walk that is
left is one look-up an event. Nothing outside Python and NumPy touches the bytes: damage is an error, never a
crash.

Reference: Standard MIDI Files 1.0 (RP-001).
"""

import dataclasses
import struct

import numpy as np

from base_vae.errors import UserError
from base_vae.readers.midi.meta_events import MetaEvents, read_numbers

_META, _SYSEX, _ESCAPE = 0xFF, 0xF0, 0xF7
_DOUBLINGS = 3  # the walk takes 2**3 events at a time

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PROGRAM_CHANGE, PITCH_BEND = 0x8, 0x9, 0xB, 0xC, 0xE


def _event_sizes() -> np.ndarray:
    """Bytes of an event with each status; 0 where the status alone does not say it, or is not defined."""
    sizes = np.zeros(256, np.int32)
    sizes[0x80:0xC0] = sizes[0xE0:0xF0] = 3
    sizes[0xC0:0xE0] = 2
    sizes[[0xF1, 0xF3]], sizes[0xF2] = 2, 3
    sizes[[0xF6, 0xF8, 0xFA, 0xFB, 0xFC, 0xFE]] = 1
    return sizes


_SIZES = _event_sizes()


@dataclasses.dataclass(frozen=True)
class MidiEvents:
    """What a MIDI file says, in the order of the file.

    Attributes:
      division: ticks a quarter where positive; else two's complement of SMPTE frames and ticks a frame.
      track, tick, kind, channel, data1, data2: int64 [events]; of channel messages: `kind` is the upper half
        of the status, ticks count from the start of the track.
      tempos: int64 [changes, 2]: tick, microseconds a quarter; of all tracks, sorted by tick.
      metres: int64 [changes, 3]: tick, numerator, denominator; likewise.
      keys: int64 [changes, 3]: tick, sharps (flats are negative), 1 for minor; likewise.
      names: of the tracks that have one.
    """

    division: int
    track: np.ndarray
    tick: np.ndarray
    kind: np.ndarray
    channel: np.ndarray
    data1: np.ndarray
    data2: np.ndarray
    tempos: np.ndarray
    metres: np.ndarray
    keys: np.ndarray
    names: dict[int, str]


def parse_midi(data: bytes) -> MidiEvents:
    """The events of a MIDI file of format 0, 1 or 2, bare or in a RIFF container.

    Raises:
      UserError: in a sentence, if it is not a MIDI file or not a whole one.
    """
    if not data:
        raise UserError("the file is empty")
    if data.startswith(b"RIFF") and data[8:12] == b"RMID":
        data = data[max(data.find(b"MThd"), 0) :]
    if not data.startswith(b"MThd"):
        raise UserError("not a MIDI file (it does not begin with MThd)")
    division, tracks = _chunks(data)
    return _events(np.frombuffer(data, np.uint8), division, tracks)


def _damaged(what: str) -> UserError:
    return UserError(f"a damaged or truncated MIDI file ({what})")


def _chunks(data: bytes) -> tuple[int, list[tuple[int, int]]]:
    """Division, and where the events of each track begin and end."""
    if len(data) < 14:
        raise _damaged("it ends too early")
    header, _, count, division = struct.unpack_from(">Lhhh", data, 4)
    if header < 6:
        raise _damaged(f"its header has {header} bytes, not 6")
    if division == 0:
        raise _damaged("its header gives no ticks to a quarter")
    position, tracks = 8 + header, []
    while len(tracks) < count:
        if position + 8 > len(data):
            raise _damaged(f"it ends too early: {len(tracks)} of {count} tracks are there")
        name, size = struct.unpack_from(">4sL", data, position)
        if name == b"MTrk":
            tracks.append((position + 8, position + 8 + size))
        elif not name.isalpha():
            raise _damaged(f"no track at byte {position:,}, where one should be")
        position += 8 + size
    if position > len(data):
        raise _damaged("it ends too early")
    if not tracks:
        raise _damaged("it has no tracks")
    return division, tracks


def _events(data: np.ndarray, division: int, tracks: list[tuple[int, int]]) -> MidiEvents:
    last = tracks[-1][1]
    # A few zeros at the end, so that what looks ahead of the last event needs no test.
    padded = np.zeros(last + 16, np.uint8)
    padded[:last] = data[:last]
    after_number = _after_numbers(padded)
    starts, track = _walk(_next_events(padded, after_number, tracks), len(padded), tracks)
    status_at = after_number[starts]
    status = padded[status_at]
    tick = _ticks(padded, starts, status_at, track)

    is_meta = status == _META
    channel_status = _running_status(status, track)
    is_channel = channel_status > 0
    kept = channel_status[is_channel]
    first = status_at[is_channel] + (status[is_channel] >= 0x80)
    kind = kept >> 4
    data1 = padded[first].astype(np.int64)
    one_byte = (kind == PROGRAM_CHANGE) | (kind == 0xD)
    data2 = np.where(one_byte, 0, padded[first + 1]).astype(np.int64)
    if max(data1.max(initial=0), data2.max(initial=0)) > 127:
        raise _damaged("a message has a value above 127")

    meta = MetaEvents(padded, after_number, status_at[is_meta], track[is_meta], tick[is_meta])
    return MidiEvents(
        division,
        track=track[is_channel],
        tick=tick[is_channel],
        kind=kind,
        channel=kept & 15,
        data1=data1,
        data2=data2,
        tempos=meta.tempos(),
        metres=meta.metres(),
        keys=meta.keys(),
        names=meta.names(),
    )


def _after_numbers(data: np.ndarray) -> np.ndarray:
    """For each byte, where the variable-length number that begins there is over; int32."""
    ends = np.where(data < 0x80, np.arange(1, len(data) + 1, dtype=np.int32), np.int32(len(data)))
    return np.minimum.accumulate(ends[::-1])[::-1]


def _next_events(data: np.ndarray, after_number: np.ndarray, tracks: list[tuple[int, int]]) -> np.ndarray:
    """For each byte, where the next event begins if one begins there.

    A message that leaves out its status has as many data bytes as the last one. So every byte counts twice:
    as it is where the last message had two data bytes, `len(data)` later where it had one.

    Returns:
      int32 [2 * len(data) + 1]; the last entry is where the ends of tracks and impossible events lead.
    """
    count = len(data)
    sink = 2 * count
    size = _SIZES[data]
    varied = np.flatnonzero(data >= _SYSEX)
    varied = varied[np.isin(data[varied], (_META, _SYSEX, _ESCAPE))]
    varied = varied[varied + 2 < count]
    number = varied + 1 + (data[varied] == _META)
    ends = after_number[number]
    values = read_numbers(data, number, ends)
    size[varied] = np.where(values < 0, 0, np.minimum(ends + values - varied, count)).astype(np.int32)

    position = np.minimum(after_number, count - 1)  # of the status
    status, step = data[position], size[position]
    running = status < 0x80
    one_byte = (status >= 0xC0) & (status < 0xE0)
    two_bytes = (status >= 0x80) & (status < _SYSEX) & ~one_byte
    following = np.full(sink + 1, sink, np.int32)
    for half, data_bytes in enumerate((2, 1)):
        target = position + np.where(running, data_bytes, step)
        possible = (running | (step > 0)) & (target < count)
        moves = one_byte if half == 0 else ~two_bytes
        np.copyto(following[half * count : (half + 1) * count], target + count * moves, where=possible)
    for _, end in tracks:
        following[end] = following[end + count] = sink
    return following


def _walk(following: np.ndarray, count: int, tracks: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Where each event of each track begins, and the number of its track."""
    hops = [following]
    for _ in range(_DOUBLINGS):
        hops.append(hops[-1][hops[-1]])
    look_up, sink = memoryview(hops[-1]), 2 * count
    places: list[int] = []
    add, counts = places.append, []
    for place, _ in tracks:
        before = len(places)
        while place != sink:
            add(place)
            place = look_up[place]
        counts.append(len(places) - before)
    # What lies between two places comes from the shorter hops.
    starts = np.array(places, np.int64)
    for hop in reversed(hops[:-1]):
        starts = np.stack([starts, hop[starts]], 1).reshape(-1)
    track = np.repeat(np.arange(len(tracks)), np.array(counts) << _DOUBLINGS)
    real = starts != sink
    starts, track = starts[real], track[real]
    starts[starts >= count] -= count
    is_last = np.append(track[1:] != track[:-1], True)
    wrong = np.flatnonzero(starts[is_last] != [end for _, end in tracks])
    if len(wrong):
        raise _damaged(f"an event in track {wrong[0] + 1} that is none, or too long")
    return starts[~is_last], track[~is_last]


def _ticks(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, track: np.ndarray) -> np.ndarray:
    """Ticks from the start of its track to each event."""
    deltas = read_numbers(data, starts, ends)
    if len(deltas) and deltas.min() < 0:
        raise _damaged("a time of more than four bytes")
    total = np.cumsum(deltas)
    first = np.searchsorted(track, track)
    return total - (total - deltas)[first] if len(total) else total


def _running_status(status: np.ndarray, track: np.ndarray) -> np.ndarray:
    """The status of every channel message, given or the last one before it; 0 of other events."""
    given = (status >= 0x80) & (status < _SYSEX)
    last = np.maximum.accumulate(np.where(given, np.arange(len(status)), -1))
    running = status < 0x80
    if np.any(running & ((last < 0) | (track[last] != track))):
        raise _damaged("a message without a status")
    return np.where(given | running, status[last], 0).astype(np.int64) if len(status) else status
