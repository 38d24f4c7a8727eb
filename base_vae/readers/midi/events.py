"""The events of a MIDI file as arrays, straight from its bytes.

Where an event begins depends on the one before it, so a parser usually walks the file byte by byte. Here
NumPy works out for every byte at once where the next event would begin if one began there; the walk that is
left is one look-up an event. It goes through a window of the file at a time, so that memory hardly grows with
the file. Nothing outside Python and NumPy touches the bytes: damage costs the events from there on, and is
reported.

Reference: Standard MIDI Files 1.0 (RP-001).
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.midi.chunks import Track, find_chunks
from base_vae.readers.midi.long_events import META, SYSEX, LongEvents, read_numbers

_ESCAPE = 0xF7
_DOUBLINGS = 3  # the walk takes 2**3 events at a time
_WINDOW = 2**19  # bytes
_MARGIN = 32  # bytes: of the longest beginning of an event, up to its contents

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PROGRAM_CHANGE, PITCH_BEND = 0x8, 0x9, 0xB, 0xC, 0xE
_PRESSURE = 0xD
_LARGEST = 127  # value in a message


def _event_sizes() -> np.ndarray:
    """Bytes of an event with each status; 0 where the status alone does not say it, or is not defined."""
    sizes = np.zeros(256, np.int64)
    sizes[0x80:0xC0] = sizes[0xE0:0xF0] = 3
    sizes[0xC0:0xE0] = 2
    sizes[[0xF1, 0xF3]], sizes[0xF2] = 2, 3
    sizes[[0xF6, 0xF8, 0xFA, 0xFB, 0xFC, 0xFE]] = 1
    return sizes


_SIZES = _event_sizes()


@dataclasses.dataclass(frozen=True)
class MidiEvents:
    """The events of a MIDI file, in the order of the file.

    Attributes:
      division: ticks a quarter where positive; else two's complement of SMPTE frames and ticks a frame.
      track, tick, kind, channel, data1, data2, place: integers [events]; of channel messages: `kind` is the
        upper half of the status, ticks count from the start of the track, `place` is the byte in the file.
      tempos: int64 [changes, 2]: tick, microseconds a quarter; of all tracks, sorted by tick.
      metres: int64 [changes, 3]: tick, numerator, denominator; likewise.
      keys: int64 [changes, 3]: tick, sharps (flats are negative), 1 for minor; likewise.
      names: of the tracks that have one.
      ports: of the tracks that name one.
      exclusive: tick, place and contents of the short system exclusive messages.
      passed_over: what could not be read, in words.
    """

    division: int
    track: np.ndarray
    tick: np.ndarray
    kind: np.ndarray
    channel: np.ndarray
    data1: np.ndarray
    data2: np.ndarray
    place: np.ndarray
    tempos: np.ndarray
    metres: np.ndarray
    keys: np.ndarray
    names: dict[int, str]
    ports: dict[int, int]
    exclusive: list[tuple[int, int, bytes]]
    passed_over: list[str]


class _Columns(NamedTuple):
    """Events of any kind, as arrays [events].

    Attributes:
      track: number of the track.
      delta: ticks since the event before.
      start, place: bytes in the file: of the time before it, and of the status.
      status: as written, below 0x80 where the one before holds on.
      data1, data2: after the status, whatever they are.
      content, size: of meta events and system exclusive messages; bytes.
    """

    track: np.ndarray
    delta: np.ndarray
    start: np.ndarray
    place: np.ndarray
    status: np.ndarray
    data1: np.ndarray
    data2: np.ndarray
    content: np.ndarray
    size: np.ndarray

    def where(self, mask: np.ndarray) -> "_Columns":
        return _Columns(*(column[mask] for column in self))


def parse_midi(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> MidiEvents:
    """The events of a MIDI file of format 0, 1 or 2, bare or in a RIFF container.

    Of a damaged file everything that is whole: a track is read up to the first event that is none.

    Raises:
      UserError: in a sentence, if it is not a MIDI file, has no track, or more events than the limits allow.
    """
    division, tracks, passed_over = find_chunks(data)
    bytes_ = np.frombuffer(data, np.uint8)
    columns, broken = _walk(bytes_, tracks, limits)
    columns = _cut(columns, tracks, broken, passed_over)
    tick = _ticks(columns)
    channel_status, is_lost = _running_status(columns)
    if is_lost.any():
        passed_over.append(_messages(int(is_lost.sum()), "without a status"))

    is_channel = channel_status > 0
    kept, kind = columns.where(is_channel), channel_status[is_channel] >> 4
    shift = kept.status < 0x80  # running: the data begin where the status would be
    data1 = np.where(shift, kept.status, kept.data1)
    data2 = np.where(shift, kept.data1, kept.data2)
    data2[(kind == PROGRAM_CHANGE) | (kind == _PRESSURE)] = 0
    is_bend = kind == PITCH_BEND
    is_sane = (data1 <= _LARGEST) | is_bend
    too_large = int(np.sum(~is_sane | (data2 > _LARGEST) | (is_bend & (data1 > _LARGEST))))
    if too_large:
        passed_over.append(_messages(too_large, f"with a value above {_LARGEST}"))

    is_long = (columns.status == META) | (columns.status == SYSEX)
    some = columns.where(is_long)
    long = LongEvents(
        bytes_, some.status, some.data1, some.place, some.content, some.size, some.track, tick[is_long]
    )
    return MidiEvents(
        division,
        track=kept.track[is_sane],
        tick=tick[is_channel][is_sane],
        kind=kind[is_sane],
        channel=(channel_status[is_channel] & 15)[is_sane],
        data1=np.minimum(data1[is_sane], _LARGEST),
        data2=np.minimum(data2[is_sane], _LARGEST),
        place=kept.place[is_sane],
        tempos=long.tempos(),
        metres=long.metres(),
        keys=long.keys(),
        names=long.names(),
        ports=long.ports(),
        exclusive=long.exclusive(limits),
        passed_over=passed_over,
    )


def _messages(count: int, what: str) -> str:
    return f"{count:,} message{'' if count == 1 else 's'} {what}"


def _after_numbers(data: np.ndarray) -> np.ndarray:
    """For each byte, where the variable-length number that begins there is over."""
    ends = np.where(data < 0x80, np.arange(1, len(data) + 1, dtype=np.int32), np.int32(len(data)))
    return np.minimum.accumulate(ends[::-1])[::-1]


class _Window:
    """Where each event of a stretch of the file leads, whichever byte events begin at.

    A message that leaves out its status has as many data bytes as the last one. So every byte counts twice:
    place `2 * byte` where the last message had two data bytes, the next one where it had one.

    Attributes:
      data: the bytes; a margin of others follows.
      targets: int64 [2 * bytes]: the place that each place leads to; -1 where no event can begin.
    """

    def __init__(self, data: np.ndarray):
        self.data = data
        self.after_number = after = _after_numbers(data)
        count = len(data)
        size = _SIZES[data]
        varied = np.flatnonzero(data >= SYSEX)
        varied = varied[np.isin(data[varied], (META, SYSEX, _ESCAPE)) & (varied + 2 < count)]
        number = varied + 1 + (data[varied] == META)
        values = read_numbers(data, number, after[number])
        size[varied] = np.where(values < 0, 0, after[number] + values - varied)

        position = np.minimum(after, count - 1)  # of the status
        status, step = data[position], size[position]
        is_time = read_numbers(data, np.arange(count), after) >= 0
        running = status < 0x80
        one_byte = (status >= 0xC0) & (status < 0xE0)
        two_bytes = (status >= 0x80) & (status < SYSEX) & ~one_byte
        targets = np.full((count, 2), -1, np.int64)
        for half, data_bytes in enumerate((2, 1)):
            target = position + np.where(running, data_bytes, step)
            goes_on = one_byte if half == 0 else ~two_bytes
            np.copyto(targets[:, half], 2 * target + goes_on, where=is_time & (running | (step > 0)))
        self.targets = targets.reshape(-1)
        sink = 2 * count
        inside = np.where((self.targets < 0) | (self.targets > sink), sink, self.targets)
        self._hops = [np.append(inside, sink).astype(np.int32)]
        for _ in range(_DOUBLINGS):
            self._hops.append(self._hops[-1][self._hops[-1]])
        self._look_up = self._hops[-1].data

    def walk(self, place: int, stop: int) -> list[int]:
        """Every eighth place from `place` on, up to the byte `stop`."""
        places: list[int] = []
        add, look_up, last = places.append, self._look_up, 2 * stop
        while place < last:
            add(place)
            place = look_up[place]
        return places

    def between(self, places: list[int]) -> np.ndarray:
        """The places with those between them; some may lie past where the walk stopped."""
        starts = np.array(places, np.int64)
        for hop in reversed(self._hops[:-1]):
            starts = np.stack([starts, hop[starts]], 1).reshape(-1)
        return starts

    def events(self, starts: np.ndarray, track: np.ndarray, begin: int) -> _Columns:
        """The events that begin at these bytes of the window, which begins at byte `begin` of the file."""
        place = self.after_number[starts].astype(np.int64)
        status = self.data[place]
        number = np.where(status == META, place + 2, place + 1)
        content = self.after_number[number]
        is_long = (status == META) | (status == SYSEX)
        size = np.where(is_long, read_numbers(self.data, number, content), 0)
        return _Columns(
            track=track,
            delta=read_numbers(self.data, starts, self.after_number[starts]).astype(np.uint32),
            start=(begin + starts).astype(np.int32),
            place=(begin + place).astype(np.int32),
            status=status,
            data1=self.data[place + 1],
            data2=self.data[place + 2],
            content=(begin + content).astype(np.int32),
            size=np.minimum(size, 2**31 - 1).astype(np.int32),
        )


def _walk(data: np.ndarray, tracks: list[Track], limits: Limits) -> tuple[_Columns, set[int]]:
    """The events of all tracks, and the numbers of the tracks in which one is none, or not whole."""
    found: list[_Columns] = []
    broken: set[int] = set()
    count = 0
    number, byte, half = 0, tracks[0].start, 0
    while number < len(tracks):
        begin, first = byte, number
        width = min(_WINDOW, len(data) - begin)
        stretch = data[begin : begin + _WINDOW + _MARGIN]
        window = _Window(np.append(stretch, np.zeros(_MARGIN, np.uint8)))
        places: list[int] = []
        counts, stops = [], []  # of each track in the window
        while number < len(tracks) and byte - begin < max(width, 1):
            stops.append(min(tracks[number].end - begin, width))
            walked = window.walk(2 * (byte - begin) + half, stops[-1])
            places += walked
            counts.append(len(walked))
            number += 1
            if number < len(tracks):
                byte, half = tracks[number].start, 0
        starts = window.between(places)
        track = np.repeat(np.arange(len(counts)), np.array(counts, int) << _DOUBLINGS)
        inside = starts < 2 * np.array(stops, np.int64)[track]
        starts, track = starts[inside], track[inside]
        targets = window.targets[starts]
        ends = np.array([some.end - begin for some in tracks[first:number]], np.int64)
        whole = (targets >= 0) & (targets >> 1 <= ends[track])
        broken.update((first + track[~whole]).tolist())
        found.append(window.events(starts[whole] >> 1, (first + track[whole]).astype(np.int32), begin))
        count += len(found[-1].track)
        limits.check("max_piece_events", count, "the piece", "events")
        last = number - 1
        if tracks[last].end - begin > width and last not in broken and targets[-1] >> 1 < ends[-1]:
            number, byte, half = last, begin + int(targets[-1] >> 1), int(targets[-1] & 1)  # it goes on
    return _Columns(*(np.concatenate(columns) for columns in zip(*found, strict=True))), broken


def _cut(columns: _Columns, tracks: list[Track], broken: set[int], passed_over: list[str]) -> _Columns:
    """Without what comes after the end-of-track of tracks whose length is wrong or that break off."""
    doubtful = sorted({i for i, track in enumerate(tracks) if not track.is_sure} | broken)
    if not doubtful:
        return columns
    kept = np.ones(len(columns.track), bool)
    is_end = (columns.status == META) & (columns.data1 == 0x2F)
    wrong_length, torn, between = [], [], 0
    bounds = [
        np.searchsorted(columns.track, np.array(doubtful, np.int32), side) for side in ("left", "right")
    ]
    for number, first, last in zip(doubtful, *bounds, strict=True):
        ends = np.flatnonzero(is_end[first:last])
        if len(ends):
            after = first + ends[0] + 1
            kept[after:last] = False
            end = int(columns.content[after - 1] + columns.size[after - 1])
        elif tracks[number].claimed_end in columns.start[first:last]:
            kept[first:last] &= columns.start[first:last] < tracks[number].claimed_end
            end = tracks[number].claimed_end
        else:
            torn.append(number + 1)
            continue
        if end != tracks[number].claimed_end:
            wrong_length.append(number + 1)
        elif number + 1 < len(tracks):
            between += tracks[number].end - end
    if wrong_length:
        passed_over.append(f"a wrong length of {_tracks_named(wrong_length)}")
    if between:
        passed_over.append(f"{between:,} bytes between tracks")
    if torn:
        passed_over.append(f"the rest of {_tracks_named(torn)}, from an event on that is none, or not whole")
    return columns.where(kept)


def _tracks_named(numbers: list[int]) -> str:
    some = ", ".join(map(str, numbers[:3])) + (", ..." if len(numbers) > 3 else "")
    return f"track{'' if len(numbers) == 1 else 's'} {some}"


def _ticks(columns: _Columns) -> np.ndarray:
    """Ticks from the start of its track to each event, int64."""
    total = np.cumsum(columns.delta, dtype=np.int64)
    first = np.searchsorted(columns.track, columns.track)
    return total - (total - columns.delta)[first] if len(total) else total


def _running_status(columns: _Columns) -> tuple[np.ndarray, np.ndarray]:
    """The status of every channel message, given or the last one before it; 0 of other events.

    Returns:
      uint8 [events], and bool [events]: whether a message has no status, not even one before it.
    """
    status, track = columns.status, columns.track
    given = (status >= 0x80) & (status < SYSEX)
    last = np.maximum.accumulate(np.where(given, np.arange(len(status), dtype=np.int32), -1))
    running = status < 0x80
    is_lost = running & ((last < 0) | (track[last] != track)) if len(status) else running
    return np.where((given | running) & ~is_lost, status[last], 0).astype(np.uint8), is_lost
