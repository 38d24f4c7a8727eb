"""The events of a MIDI file as arrays, straight from its bytes.

Nothing outside Python and NumPy touches the bytes: damage costs the events from there on, and is reported.
`walk.py` finds where each event begins; here they become messages.

Reference: Standard MIDI Files 1.0 (RP-001).
"""

import dataclasses

import numpy as np

from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.midi.chunks import Track, find_chunks
from base_vae.readers.midi.long_events import META, SYSEX, LongEvents
from base_vae.readers.midi.walk import EventColumns, find_events

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PROGRAM_CHANGE, PITCH_BEND = 0x8, 0x9, 0xB, 0xC, 0xE
_PRESSURE = 0xD
_LARGEST = 127  # value in a message


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


def parse_midi(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> MidiEvents:
    """The events of a MIDI file of format 0, 1 or 2, bare or in a RIFF container.

    From a damaged file it takes everything that is whole: a track up to its first damaged event.

    Raises:
      UserError: in a sentence, if it is not a MIDI file, has no track, or more events than the limits allow.
    """
    division, tracks, passed_over = find_chunks(data)
    bytes_ = np.frombuffer(data, np.uint8)
    columns, broken = find_events(bytes_, tracks, limits)
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
    tempos, metres, keys = long.tempos(), long.metres(), long.keys()
    if long.senseless:
        passed_over.append(_messages(long.senseless, "with a tempo, metre or key that no music has"))
    return MidiEvents(
        division,
        track=kept.track[is_sane],
        tick=tick[is_channel][is_sane],
        kind=kind[is_sane],
        channel=(channel_status[is_channel] & 15)[is_sane],
        data1=np.minimum(data1[is_sane], _LARGEST),
        data2=np.minimum(data2[is_sane], _LARGEST),
        place=kept.place[is_sane],
        tempos=tempos,
        metres=metres,
        keys=keys,
        names=long.names(),
        ports=long.ports(),
        exclusive=long.exclusive(limits),
        passed_over=passed_over,
    )


def _messages(count: int, what: str) -> str:
    return f"{count:,} message{'' if count == 1 else 's'} {what}"


def _cut(
    columns: EventColumns, tracks: list[Track], broken: set[int], passed_over: list[str]
) -> EventColumns:
    """Cuts off what follows the end-of-track in tracks whose length is wrong or that break off."""
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
        passed_over.append(
            f"the rest of {_tracks_named(torn)}, from the first event that is damaged or incomplete"
        )
    return columns.where(kept)


def _tracks_named(numbers: list[int]) -> str:
    some = ", ".join(map(str, numbers[:3])) + (", ..." if len(numbers) > 3 else "")
    return f"track{'' if len(numbers) == 1 else 's'} {some}"


def _ticks(columns: EventColumns) -> np.ndarray:
    """Ticks from the start of its track to each event, int64."""
    total = np.cumsum(columns.delta, dtype=np.int64)
    first = np.searchsorted(columns.track, columns.track)
    return total - (total - columns.delta)[first] if len(total) else total


def _running_status(columns: EventColumns) -> tuple[np.ndarray, np.ndarray]:
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
