"""Events of a MIDI file with contents of their own: meta events and system exclusive messages."""

import numpy as np

from base_vae.readers.limits import Limits

META, SYSEX = 0xFF, 0xF0
_TRACK_NAME, _PORT, _SET_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x21, 0x51, 0x58, 0x59
_LONGEST_NUMBER = 8  # bytes; the standard has four, but zeros in front change nothing
_LARGEST_NUMBER = 2**32
_LONGEST_NAME = 1_000
_LONGEST_EXCLUSIVE = 24  # bytes of what sets the kind of a channel


def read_numbers(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The variable-length numbers in these stretches; -1 where one is too long or too large."""
    lengths = ends - starts
    values = data[starts].astype(np.int64) & 0x7F
    longer = np.flatnonzero(lengths > 1)
    for place in range(1, min(int(lengths.max(initial=1)), _LONGEST_NUMBER)):
        longer = longer[lengths[longer] > place]
        values[longer] = values[longer] << 7 | data[starts[longer] + place] & 0x7F
    values[(lengths > _LONGEST_NUMBER) | (values >= _LARGEST_NUMBER)] = -1
    return values


class LongEvents:
    """Meta events and system exclusive messages: where each is, its track and tick.

    Attributes:
      senseless: number of the tempos, metres and keys so far that no music has, and that are left out.
    """

    def __init__(
        self,
        data: np.ndarray,
        status: np.ndarray,
        kind: np.ndarray,
        place: np.ndarray,
        content: np.ndarray,
        size: np.ndarray,
        track: np.ndarray,
        tick: np.ndarray,
    ):
        """Takes the file's bytes and arrays [events]; contents begin at byte `content` of the file."""
        self._data, self._place, self._track, self._tick = data, place, track, tick
        self._start, self._size = content, size
        self._is_meta = status == META
        self._kind = kind
        self.senseless = 0

    def _of(self, kind: int, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and where their contents begin, of the meta events of a kind with at least `least` bytes.

        Where several tracks say something at one tick, the first of them counts: many files repeat their
        signatures on every track.
        """
        found = np.flatnonzero(self._is_meta & (self._kind == kind))
        self.senseless += int(np.sum(self._size[found] < least))
        found = found[self._size[found] >= least]
        found = found[np.argsort(self._tick[found], kind="stable")]
        tick, track = self._tick[found], self._track[found]
        found = found[track == track[np.searchsorted(tick, tick)]]
        return self._tick[found], self._start[found]

    def tempos(self) -> np.ndarray:
        """Ticks and microseconds a quarter; int64 [changes, 2]."""
        tick, at = self._of(_SET_TEMPO, 3)
        high, middle, low = (self._data[at + i].astype(np.int64) for i in range(3))
        tempo = high << 16 | middle << 8 | low
        return self._sane(np.stack([tick, tempo], 1), tempo > 0)  # a quarter of no length is damage

    def metres(self) -> np.ndarray:
        """Ticks, numerators and denominators; int64 [changes, 3]."""
        tick, at = self._of(_TIME_SIGNATURE, 2)
        numerator, power = self._data[at].astype(np.int64), self._data[at + 1].astype(np.int64)
        sane = (numerator > 0) & (power < 8)
        return self._sane(np.stack([tick, numerator, 1 << np.minimum(power, 8)], 1), sane)

    def keys(self) -> np.ndarray:
        """Ticks, sharps (flats are negative) and whether minor; int64 [changes, 3]."""
        tick, at = self._of(_KEY_SIGNATURE, 2)
        sharps, minor = self._data[at].astype(np.int8).astype(np.int64), self._data[at + 1].astype(np.int64)
        sane = (abs(sharps) <= 7) & (minor <= 1)
        return self._sane(np.stack([tick, sharps, minor], 1), sane)

    def _sane(self, rows: np.ndarray, sane: np.ndarray) -> np.ndarray:
        self.senseless += int(np.sum(~sane))
        return rows[sane]

    def names(self) -> dict[int, str]:
        """The name of each track that has one, the last it is given."""
        return {
            track: contents.decode("latin-1")
            for track, contents in self._contents(self._is_meta & (self._kind == _TRACK_NAME), _LONGEST_NAME)
        }

    def ports(self) -> dict[int, int]:
        """The MIDI port of each track that names one."""
        chosen = self._is_meta & (self._kind == _PORT) & (self._size > 0)
        return {track: contents[0] for track, contents in self._contents(chosen, 1)}

    def exclusive(self, limits: Limits) -> list[tuple[int, int, bytes]]:
        """Tick, byte in the file and contents of system exclusive messages that may set up a channel.

        Raises:
          UserError: if they are more than the limits allow.
        """
        chosen = ~self._is_meta & (self._size <= _LONGEST_EXCLUSIVE) & (self._size > 3)
        some = np.flatnonzero(chosen)
        makers = np.isin(self._data[self._start[some]], (0x41, 0x43, 0x7E))
        some = some[makers]
        limits.check("max_piece_changes", len(some), "the piece", "messages to set up channels")
        where = zip(self._tick[some].tolist(), self._place[some].tolist(), strict=True)
        found = self._contents_of(some, _LONGEST_EXCLUSIVE)
        return [(tick, place, contents) for (tick, place), contents in zip(where, found, strict=True)]

    def _contents(self, chosen: np.ndarray, most: int) -> list[tuple[int, bytes]]:
        """The track, and up to `most` bytes, of the last of the chosen events in each track."""
        some = np.flatnonzero(chosen)
        if len(some):
            some = some[np.append(self._track[some][1:] != self._track[some][:-1], True)]
        return list(zip(self._track[some].tolist(), self._contents_of(some, most), strict=True))

    def _contents_of(self, some: np.ndarray, most: int) -> list[bytes]:
        starts = self._start[some].tolist()
        sizes = np.minimum(self._size[some], most).tolist()
        return [self._data[s : s + n].tobytes() for s, n in zip(starts, sizes, strict=True)]
