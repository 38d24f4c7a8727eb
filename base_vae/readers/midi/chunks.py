"""Where the tracks of a MIDI file are: by the lengths of its chunks, or by their names where those are wrong.

Reference: Standard MIDI Files 1.0 (RP-001).
"""

import struct
from typing import NamedTuple

from base_vae.errors import UserError

_HEADER, _TRACK = b"MThd", b"MTrk"
_FURTHEST_HEADER = 1024  # bytes before it, as of a MacBinary file
_MOST_TRACKS = 65_535


class Track(NamedTuple):
    """A track's place in the file.

    Attributes:
      start, end: bytes; events lie between them.
      claimed_end: by its chunk's length.
      is_sure: whether a chunk, or nothing, comes after the claimed end, so that it is the end.
    """

    start: int
    end: int
    claimed_end: int
    is_sure: bool


class Chunks(NamedTuple):
    """The header and tracks of a MIDI file.

    Attributes:
      division: ticks a quarter where positive; else two's complement of SMPTE frames and ticks a frame.
      tracks: in order.
      passed_over: what was not as it should be, in words.
    """

    division: int
    tracks: list[Track]
    passed_over: list[str]


def damaged(what: str) -> UserError:
    """The error of a file of which nothing can be read."""
    return UserError(f"a damaged or truncated MIDI file ({what})")


def find_chunks(data: bytes) -> Chunks:
    """The tracks of a MIDI file, bare or in a RIFF container (.rmi); also those that its header miscounts.

    Raises:
      UserError: if it is not a MIDI file or has no track.
    """
    if not data:
        raise UserError("the file is empty")
    passed_over: list[str] = []
    start, stop = _midi_part(data)
    if start < 0:
        raise UserError("not a MIDI file (it does not begin with MThd)")
    if start and not data.startswith(b"RIFF"):
        passed_over.append(f"{start:,} bytes before the header")
    if stop - start < 14:
        raise damaged("it ends too early")
    size, _, count, division = struct.unpack_from(">Lhhh", data, start + 4)
    count &= 0xFFFF
    if size < 6:
        raise damaged(f"its header has {size} bytes, not 6")
    if division == 0:
        raise damaged("its header gives no ticks to a quarter")
    after_header = start + 8 + size
    if data[after_header : after_header + 4] != _TRACK and after_header > stop:
        after_header = start + 14  # the length is wrong
    tracks = _tracks(data, after_header, stop, count, passed_over)
    if not tracks:
        raise damaged("it has no tracks")
    if len(tracks) != count:
        passed_over.append(f"the header counts {count:,} tracks, {len(tracks):,} are there")
    return Chunks(division, tracks, passed_over)


def _midi_part(data: bytes) -> tuple[int, int]:
    """The first and last byte of the MIDI file within the data; it begins at -1 where there is none."""
    if data.startswith(b"RIFF") and data[8:12] == b"RMID":
        start = data.find(_HEADER)
        if start >= 8 and data[start - 8 : start - 4] == b"data":
            size = struct.unpack_from("<L", data, start - 4)[0]
            if start + size <= len(data):
                return start, start + size
        return start, len(data)
    return data.find(_HEADER, 0, _FURTHEST_HEADER), len(data)


def _tracks(data: bytes, position: int, stop: int, count: int, passed_over: list[str]) -> list[Track]:
    tracks: list[Track] = []
    between = 0
    while position < stop:
        name = data[position : position + 4]
        size = struct.unpack_from(">L", data, position + 4)[0] if position + 8 <= stop else stop
        claimed_end = position + 8 + size
        if name == _TRACK and position + 8 <= stop:
            if len(tracks) == _MOST_TRACKS:
                raise damaged(f"it has more than {_MOST_TRACKS:,} tracks")
            is_sure = claimed_end == stop or _is_chunk(data, claimed_end, stop)
            end = claimed_end if is_sure else _next_track(data, position + 8, stop)
            tracks.append(Track(position + 8, end, claimed_end, is_sure))
            position = end
        elif tracks and name == _HEADER:
            passed_over.append("another MIDI file after the first")
            break
        elif len(tracks) >= count and _next_track(data, position, stop) == stop:
            break  # what comes after the last track is none of the music
        elif _is_chunk(data, position, stop):
            position = claimed_end
        else:
            found = _next_track(data, position + 1, stop)
            if found < stop:
                between += found - position
            position = found
    if between:
        passed_over.append(f"{between:,} bytes between tracks")
    return tracks


def _is_chunk(data: bytes, position: int, stop: int) -> bool:
    """Whether a track, or another chunk that is whole, begins there."""
    name = data[position : position + 4]
    if position + 8 > stop or not name.isalpha():
        return False
    return name == _TRACK or position + 8 + struct.unpack_from(">L", data, position + 4)[0] <= stop


def _next_track(data: bytes, position: int, stop: int) -> int:
    """The place of the next chunk of events, by its name; `stop` where there is none."""
    found = data.find(_TRACK, position, stop)
    return stop if found < 0 else found
