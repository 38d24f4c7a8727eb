"""Where each event of a MIDI file begins, found for many bytes at once.

Where an event begins depends on the one before it, so a parser usually walks the file byte by byte. Here
NumPy works out for every byte at once where the next event would begin if one began there; the walk that is
left is one look-up an event. It goes through a window of the file at a time, so that memory hardly grows with
the file.
"""

from typing import NamedTuple

import numpy as np

from base_vae.readers.limits import Limits
from base_vae.readers.midi.chunks import Track
from base_vae.readers.midi.long_events import META, SYSEX, read_numbers

_ESCAPE = 0xF7
_DOUBLINGS = 3  # the walk takes 2**3 events at a time
_WINDOW = 2**19  # bytes
_MARGIN = 32  # bytes: of the longest beginning of an event, up to its contents


def _event_sizes() -> np.ndarray:
    """Bytes of an event with each status; 0 where the status alone does not say it, or is not defined."""
    sizes = np.zeros(256, np.int64)
    sizes[0x80:0xC0] = sizes[0xE0:0xF0] = 3
    sizes[0xC0:0xE0] = 2
    sizes[[0xF1, 0xF3]], sizes[0xF2] = 2, 3
    sizes[[0xF6, 0xF8, 0xFA, 0xFB, 0xFC, 0xFE]] = 1
    return sizes


_SIZES = _event_sizes()


class EventColumns(NamedTuple):
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

    def where(self, mask: np.ndarray) -> "EventColumns":
        """The events at which `mask`, bool [events], is true."""
        return EventColumns(*(column[mask] for column in self))


def _after_numbers(data: np.ndarray) -> np.ndarray:
    """The end of the variable-length number that begins at each byte."""
    ends = np.where(data < 0x80, np.arange(1, len(data) + 1, dtype=np.int32), np.int32(len(data)))
    return np.minimum.accumulate(ends[::-1])[::-1]


class _Window:
    """The event that follows each possible event in a stretch of the file, whichever byte events begin at.

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

    def events(self, starts: np.ndarray, track: np.ndarray, begin: int) -> EventColumns:
        """The events that begin at these bytes of the window, which begins at byte `begin` of the file."""
        place = self.after_number[starts].astype(np.int64)
        status = self.data[place]
        number = np.where(status == META, place + 2, place + 1)
        content = self.after_number[number]
        is_long = (status == META) | (status == SYSEX)
        size = np.where(is_long, read_numbers(self.data, number, content), 0)
        return EventColumns(
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


def find_events(data: np.ndarray, tracks: list[Track], limits: Limits) -> tuple[EventColumns, set[int]]:
    """The events of all tracks, and the numbers of the tracks that have a damaged or incomplete event."""
    found: list[EventColumns] = []
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
    return EventColumns(*(np.concatenate(columns) for columns in zip(*found, strict=True))), broken
