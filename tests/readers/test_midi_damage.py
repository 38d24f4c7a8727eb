"""MIDI files that are not as the standard has them: what is whole is read, and the rest is told."""

import struct

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.readers.midi import events, walk
from base_vae.readers.midi.read import midi_to_piece, read_midi

END = b"\0\xff\x2f\0"
FIRST, SECOND = (b"".join(b"\0\x90%c\x50\x60\x80%c\0" % (n, n) for n in range(k, k + 4)) for k in (60, 70))


def chunk(contents: bytes, length: int | None = None, name: bytes = b"MTrk") -> bytes:
    return struct.pack(">4sL", name, len(contents) if length is None else length) + contents


def file(*chunks: bytes, count: int | None = None) -> bytes:
    return struct.pack(">4sLhHh", b"MThd", 6, 1, len(chunks) if count is None else count, 480) + b"".join(
        chunks
    )


WHOLE = [60, 61, 62, 63, 70, 71, 72, 73]
ONE, TWO = chunk(FIRST + END), chunk(SECOND + END)


@pytest.mark.parametrize(
    ("data", "pitches", "told"),
    [
        (file(ONE, TWO), WHOLE, None),
        (file(ONE, TWO) + b"more", WHOLE, None),
        (file(ONE, chunk(b"abc", name=b"XFIH"), TWO, count=2), WHOLE, None),
        (file(ONE, TWO, count=9), WHOLE, "the header counts 9 tracks, 2 are there"),
        (file(ONE, TWO, count=1), WHOLE, "the header counts 1 tracks, 2 are there"),
        (file(ONE, b"\0\1\2", TWO, count=2), WHOLE, "3 bytes between tracks"),
        (file(ONE, b"abcd" * 9, TWO, count=2), WHOLE, "36 bytes between tracks"),
        (file(ONE, b"\0\1\2", TWO, count=1), WHOLE, "3 bytes between tracks"),
        (file(ONE, TWO) + file(TWO), WHOLE, "another MIDI file after the first"),
        (file(ONE, chunk(SECOND + END, len(SECOND) + 7)), WHOLE, "a wrong length of track 2"),
        (file(chunk(FIRST + END, len(FIRST) + 7), TWO), WHOLE, "a wrong length of track 1"),
        (file(chunk(FIRST + END, 2**32 - 1), TWO), WHOLE, "a wrong length of track 1"),
        (file(chunk(FIRST + END, 0), TWO), WHOLE, "a wrong length of track 1"),
        (file(chunk(FIRST + END, 11), chunk(SECOND + END, 5)), WHOLE, "a wrong length of tracks 1, 2"),
        (file(chunk(FIRST + END, len(ONE) + 20), TWO), WHOLE, "a wrong length of track 1"),
        (file(ONE, chunk(SECOND + END))[:-9], [60, 61, 62, 63, 70, 71, 72], "the rest of track 2"),
        (file(chunk(FIRST + b"\0\xf4\0\x90\x40\x50" + END), TWO), WHOLE, "the rest of track 1"),
        (file(chunk(b"\0\x3c\x50" + FIRST + END), TWO), WHOLE, "1 message without a status"),
        (file(chunk(b"\0\xb0\x07\xa8" + FIRST + END), TWO), WHOLE, "1 message with a value above 127"),
        (file(chunk(b"\0\xb0\xa8\x07\0\xc0\x90" + FIRST + END), TWO), WHOLE, "2 messages with a value above"),
        (file(chunk(b"\x80\x80\x80\x80\x80\0\xff\x01\x80\x80\x80\x80\x01a" + FIRST + END), TWO), WHOLE, None),
        (b"\0" * 128 + file(ONE, TWO), WHOLE, "128 bytes before the header"),
    ],
)  # fmt: skip
def test_what_is_whole_is_read(data: bytes, pitches: list[int], told: str | None) -> None:
    music = read_midi(data)
    assert music.piece.pitch.tolist() == pitches
    assert music.piece.start.tolist() == midi_to_piece(file(ONE, TWO)).start.tolist()[: len(pitches)]
    if told is None:
        assert music.passed_over == []
    else:
        assert any(reason.startswith(told) for reason in music.passed_over), music.passed_over


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (b"\0\xff\x51\3\0\0\0", "1 message with a tempo, metre or key that no music has"),
        (b"\0\xff\x51\2\x07\xa1", "1 message with a tempo, metre or key"),
        (b"\0\xff\x58\4\0\2\x18\x08", "1 message with a tempo, metre or key"),
        (b"\0\xff\x58\4\4\xff\x18\x08", "1 message with a tempo, metre or key"),
        (b"\0\xff\x59\2\x64\5\0\xff\x59\1\0", "2 messages with a tempo, metre or key"),
        (b"\0\x91\x3c\x50", "1 note that nothing ends, or of no length"),
        (b"\0\x91\x3c\x50\0\x81\x3c\0", "1 note that nothing ends, or of no length"),
    ],
)
def test_what_has_no_meaning_is_told(event: bytes, told: str) -> None:
    music = read_midi(file(chunk(event + FIRST + END), TWO))
    assert music.piece.pitch.tolist() == WHOLE
    assert len(music.passed_over) == 1 and music.passed_over[0].startswith(told)


def test_a_velocity_above_127_is_the_loudest() -> None:
    music = read_midi(file(chunk(b"\0\x90\x3c\xf0\x60\x80\x3c\0" + END)))
    assert music.piece.velocity.tolist() == [127]


def test_riff_containers() -> None:
    data = file(ONE, TWO)
    info = b"LIST" + struct.pack("<L", 12) + b"INFOMTrkabcd"
    for size in (len(data), len(data) + 1000):
        riff = b"RMIDdata" + struct.pack("<L", size) + data + info
        piece = midi_to_piece(b"RIFF" + struct.pack("<L", len(riff)) + riff)
        assert piece.pitch.tolist() == WHOLE


@pytest.mark.parametrize("window", [40, 64, 100, 1000])
def test_windows_of_any_size_give_the_same(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(window)
    tracks = []
    for _ in range(6):
        track = b""
        for _ in range(generator.integers(0, 60)):
            note = bytes([generator.integers(128)])
            track += [
                b"\0\x90" + note + b"\x50\x05" + note + b"\0",  # running
                b"\0\xc0" + note + b"\0" + note,
                b"\0\xf0\x81\x00" + b"\1" * 127 + b"\xf7",
                b"\0\xff\x01\x03abc",
                b"\x81\x00\x80" + note + b"\0",
            ][generator.integers(5)]
        tracks.append(chunk(track + END))
    tracks[3] = tracks[3][:-6]
    whole = events.parse_midi(file(*tracks))
    monkeypatch.setattr(walk, "_WINDOW", window)
    parts = events.parse_midi(file(*tracks))
    for name in ("track", "tick", "kind", "channel", "data1", "data2", "place"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    assert whole.passed_over == parts.passed_over


def test_no_note_is_an_error_that_says_why() -> None:
    with pytest.raises(UserError, match=r"^a damaged or truncated MIDI file \(the rest of track 1"):
        read_midi(file(chunk(b"\0\x90\x3c")))
    assert len(read_midi(file(chunk(END))).piece) == 0
