"""Meta events of a MIDI file: tempos, time signatures, key signatures and track names."""

import numpy as np

_TRACK_NAME, _SET_TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x51, 0x58, 0x59
_LONGEST_NUMBER = 4  # bytes of a variable-length number


def read_numbers(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The variable-length numbers in these stretches; -1 where one is too long."""
    lengths = ends - starts
    values = data[starts].astype(np.int64) & 0x7F
    for place in range(1, min(int(lengths.max(initial=1)), _LONGEST_NUMBER)):
        longer = lengths > place
        values[longer] = values[longer] << 7 | data[starts[longer] + place] & 0x7F
    values[lengths > _LONGEST_NUMBER] = -1
    return values


class MetaEvents:
    """Meta events: where each is, its track and tick."""

    def __init__(
        self,
        data: np.ndarray,
        after_number: np.ndarray,
        status_at: np.ndarray,
        track: np.ndarray,
        tick: np.ndarray,
    ):
        self._data, self._track, self._tick = data, track, tick
        self._kind = data[status_at + 1]
        self._start = after_number[status_at + 2].astype(np.int64)
        self._size = read_numbers(data, status_at + 2, self._start)

    def _of(self, kind: int, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Ticks and where their contents begin, of the events of a kind and at least so many bytes.

        Where several tracks say something at one tick, the first of them counts: many files repeat their
        signatures on every track.
        """
        found = np.flatnonzero((self._kind == kind) & (self._size >= least))
        found = found[np.argsort(self._tick[found], kind="stable")]
        tick, track = self._tick[found], self._track[found]
        found = found[track == track[np.searchsorted(tick, tick)]]
        return self._tick[found], self._start[found]

    def tempos(self) -> np.ndarray:
        """Ticks and microseconds a quarter; int64 [changes, 2]."""
        tick, at = self._of(_SET_TEMPO, 3)
        high, middle, low = (self._data[at + i].astype(np.int64) for i in range(3))
        tempo = high << 16 | middle << 8 | low
        return np.stack([tick, tempo], 1)[tempo > 0]  # a quarter of no length is damage

    def metres(self) -> np.ndarray:
        """Ticks, numerators and denominators; int64 [changes, 3]."""
        tick, at = self._of(_TIME_SIGNATURE, 2)
        numerator, power = self._data[at].astype(np.int64), self._data[at + 1].astype(np.int64)
        sane = (numerator > 0) & (power < 8)
        return np.stack([tick, numerator, 1 << np.minimum(power, 8)], 1)[sane]

    def keys(self) -> np.ndarray:
        """Ticks, sharps (flats are negative) and whether minor; int64 [changes, 3]."""
        tick, at = self._of(_KEY_SIGNATURE, 2)
        sharps, minor = self._data[at].astype(np.int8).astype(np.int64), self._data[at + 1].astype(np.int64)
        sane = (abs(sharps) <= 7) & (minor <= 1)
        return np.stack([tick, sharps, minor], 1)[sane]

    def names(self) -> dict[int, str]:
        """The name of each track that has one, the last it is given."""
        found = np.flatnonzero(self._kind == _TRACK_NAME)
        places = zip(self._track[found].tolist(), self._start[found].tolist(), self._size[found], strict=True)
        return {
            track: self._data[start : start + size].tobytes().decode("latin-1")
            for track, start, size in places
        }
