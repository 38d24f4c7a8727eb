"""NoteSequences written as MIDI files, the same bytes that note-seq writes."""

import bisect
import math
import os
import struct

from base_vae.errors import UserError
from base_vae.files import atomic_file
from base_vae.music.general_midi import PROGRAM_NAMES
from base_vae.music.note_sequence import NoteSequence, require_sequence
from base_vae.music.piece import DEFAULT_QPM

_TICKS_PER_QUARTER = 220
_DRUM_CHANNEL = 9
_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)
# Sharps (flats where negative) of the major and minor key on each pitch class.
_MAJOR_SHARPS = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)
_MINOR_SHARPS = (-3, 4, -1, 6, 1, -4, 3, -2, 5, 0, -5, 2)
_LAST_TICK = 2**28 - 1  # a MIDI file keeps times in four bytes of seven bits

# What comes first of the events of one tick.
_TEMPO, _METRE, _KEY, _NAME = 1, 2, 3, 0
_PROGRAM, _BEND, _CONTROL, _NOTE = (kind << 16 for kind in (6, 7, 8, 10))

_Event = tuple[int, int, bytes]  # tick, order within the tick, message


def write_midi(sequence: NoteSequence, path: str | os.PathLike) -> None:
    """Writes a NoteSequence as a MIDI file.

    Raises:
      UserError: if it has a value that a MIDI file cannot hold, or the file cannot be written.
    """
    data = midi_bytes(sequence)
    with atomic_file(path) as file:
        file.write_bytes(data)


def midi_bytes(sequence: NoteSequence) -> bytes:
    """A MIDI file of format 1: a track of tempo, metre and key, then a track for each instrument and program.

    The bytes are those of `note_seq.note_sequence_to_midi_file`, which loses notes where instrument 0 plays
    several programs: here each has its track.

    Raises:
      UserError: if the sequence has a value that a MIDI file cannot hold.
    """
    require_sequence(sequence)
    resolution = sequence.ticks_per_quarter or _TICKS_PER_QUARTER
    try:
        ticks = _Ticks(sequence, resolution)
        tracks = [_timing_track(sequence, ticks), *_instrument_tracks(sequence, ticks)]
        header = struct.pack(">hhh", 1, len(tracks), resolution)
        return b"".join([_chunk(b"MThd", header), *(_chunk(b"MTrk", _packed(track)) for track in tracks)])
    except (ArithmeticError, IndexError, ValueError, struct.error) as error:
        raise UserError(
            "a MIDI file cannot hold this NoteSequence: pitches, velocities, programs and controller values "
            "must be within 0 and 127, tempos within 3.58 and 60,000,000 quarter notes a minute, times not "
            f"negative ({error})"
        ) from error


class _Ticks:
    """Ticks of times in seconds, under the tempos of a sequence."""

    def __init__(self, sequence: NoteSequence, resolution: int):
        tempos = sorted(sequence.tempos, key=lambda tempo: tempo.time)
        for tempo in tempos:
            if not 1 <= 6e7 / tempo.qpm < 2**24:
                raise ValueError(f"a tempo of {tempo.qpm:g}")
        first = next((tempo for tempo in tempos if tempo.time == 0), None)
        self._ticks, self._seconds = [0], [0.0]
        self._scales = [60.0 / ((first.qpm if first else DEFAULT_QPM) * resolution)]  # seconds a tick
        for tempo in tempos:
            if tempo != first:
                tick = self(tempo.time)
                seconds = self._seconds[-1] + self._scales[-1] * (tick - self._ticks[-1])
                self._ticks.append(tick)
                self._seconds.append(seconds)
                self._scales.append(60.0 / (resolution * tempo.qpm))
        self.tempos = [
            (tick, int(6e7 / (60.0 / (scale * resolution))))
            for tick, scale in zip(self._ticks, self._scales, strict=True)
        ]

    def __call__(self, time: float) -> int:
        """The nearest tick; of two equally near the later one, past the last tempo the even one."""
        if time <= 0:
            return 0
        i = bisect.bisect_left(self._seconds, time) - 1
        begin, base, scale = self._ticks[i], self._seconds[i], self._scales[i]
        if not (time - base) / scale <= _LAST_TICK:
            raise ValueError(f"a time of {time:g} seconds")
        if i == len(self._ticks) - 1:
            return round(begin + (time - base) / scale)
        after = max(math.ceil((time - base) / scale) - 1, 1)
        while base + scale * after < time:
            after += 1
        before = base + scale * (after - 1)
        return begin + after - (abs(time - before) < abs(time - (base + scale * after)))


def _timing_track(sequence: NoteSequence, ticks: _Ticks) -> list[_Event]:
    events: list[_Event] = []
    if not any(metre.time <= 0 for metre in sequence.time_signatures):
        events.append((0, _METRE, _time_signature(4, 4)))
    for tick, microseconds in ticks.tempos:
        events.append((tick, _TEMPO, b"\xff\x51\x03" + microseconds.to_bytes(3)))
    for metre in sequence.time_signatures:
        events.append((ticks(metre.time), _METRE, _time_signature(metre.numerator, metre.denominator)))
    for key in sequence.key_signatures:
        minor = key.mode == key.MINOR
        sharps = (_MINOR_SHARPS if minor else _MAJOR_SHARPS)[key.key]
        events.append((ticks(key.time), _KEY, b"\xff\x59\x02" + struct.pack("bb", sharps, minor)))
    return events


def _time_signature(numerator: int, denominator: int) -> bytes:
    if denominator < 1 or denominator & (denominator - 1):
        raise ValueError(f"a metre of {numerator}/{denominator}")
    return b"\xff\x58\x04" + bytes([numerator, denominator.bit_length() - 1, 24, 8])


def _instrument_tracks(sequence: NoteSequence, ticks: _Ticks) -> list[list[_Event]]:
    """A track for each instrument, program and drum kit, in this order; instrument 0 has one in any case."""
    voices: dict[tuple[int, int, bool], list] = {}
    for event in (*sequence.notes, *sequence.pitch_bends, *sequence.control_changes):
        voices.setdefault((event.instrument, event.program, event.is_drum), []).append(event)
    if not any(instrument == 0 for instrument, _, _ in voices):
        voices[0, 0, False] = []
    names = {info.instrument: info.name for info in sequence.instrument_infos}
    tracks = []
    for number, (voice, events) in enumerate(sorted(voices.items())):
        instrument, program, is_drum = voice
        channel = _DRUM_CHANNEL if is_drum else _CHANNELS[number % len(_CHANNELS)]
        own_name = "Drums" if is_drum else PROGRAM_NAMES[program]
        name = names.get(instrument, own_name if instrument else "").encode("latin-1", "replace")
        track = [(0, _NAME, b"\xff\x03" + _length(len(name)) + name)] if name and events else []
        track.append((0, _PROGRAM, _message(0xC0 | channel, program)))
        for event in events:
            track += _performed(event, channel, ticks)
        tracks.append(track)
    return tracks


def _performed(event, channel: int, ticks: _Ticks) -> list[_Event]:
    """The messages of a note, a pitch bend or a control change."""
    if isinstance(event, NoteSequence.Note):
        return [
            (
                ticks(time),
                _NOTE + (event.pitch << 8) + velocity,
                _message(0x90 | channel, event.pitch, velocity),
            )
            for time, velocity in ((event.start_time, event.velocity), (event.end_time, 0))
        ]
    if isinstance(event, NoteSequence.PitchBend):
        bend = event.bend + 8192
        message = _message(0xE0 | channel, bend & 127, bend >> 7)
        return [(ticks(event.time), _BEND + event.bend, message)]
    number, value = event.control_number, event.control_value
    order = _CONTROL + (number << 8) + value
    return [(ticks(event.time), order, _message(0xB0 | channel, number, value))]


def _message(status: int, *data: int) -> bytes:
    if not all(0 <= value <= 127 for value in data):
        raise ValueError(f"received {', '.join(map(str, data))}")
    return bytes([status, *data])


def _packed(track: list[_Event]) -> bytes:
    """The bytes of a track: events in order, each after the ticks since the last, its status if it is new."""
    data, now, status = bytearray(), 0, None
    events = sorted(track, key=lambda event: event[:2])
    for tick, _, message in [*events, (events[-1][0] + 1, 0, b"\xff\x2f\x00")]:
        data += _length(tick - now)
        data += message[1:] if message[0] == status else message
        now, status = tick, message[0] if message[0] < 0xF0 else None
    return bytes(data)


def _length(value: int) -> bytes:
    """A number in groups of seven bits."""
    if not 0 <= value <= _LAST_TICK:
        raise ValueError(f"a time of {value} ticks")
    groups = [value & 127]
    while value := value >> 7:
        groups.append(value & 127 | 128)
    return bytes(reversed(groups))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack(">L", len(data)) + data
