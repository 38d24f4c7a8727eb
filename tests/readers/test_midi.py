"""MIDI files as note-seq reads them, whatever is in them, and what it gets wrong."""

import io
import random
import struct
import warnings
from pathlib import Path

import mido
import note_seq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.errors import UserError
from base_vae.music.piece import Piece
from base_vae.readers.limits import Limits
from base_vae.readers.midi.read import midi_to_piece, midi_to_sequence
from tests.small_music import melody

COLUMNS = (
    "pitch",
    "velocity",
    "start",
    "end",
    "instrument",
    "program",
    "is_drum",
    "tempos",
    "metres",
    "keys",
)
TEMPO_90 = mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(90))


def theirs(data: bytes) -> Piece:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Piece.from_sequence(note_seq.midi_to_note_sequence(data))


def check_same(data: bytes) -> None:
    ours, reference = midi_to_piece(data), theirs(data)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(ours, name), getattr(reference, name), err_msg=name)
    assert ours.total_time == reference.total_time
    assert list(midi_to_sequence(data).notes) == list(ours.to_sequence().notes)


def midi(*tracks: list, division: int = 480, kind: int = 1) -> bytes:
    file = mido.MidiFile(ticks_per_beat=division, type=kind)
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def raw(*tracks: bytes, division: int = 480, kind: int = 1, count: int | None = None) -> bytes:
    header = struct.pack(">4sLhhh", b"MThd", 6, kind, len(tracks) if count is None else count, division)
    return header + b"".join(struct.pack(">4sL", b"MTrk", len(track)) + track for track in tracks)


def on(note: int, time: int = 0, velocity: int = 80, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=note, velocity=velocity, time=time, channel=channel)


def off(note: int, time: int = 0, channel: int = 0) -> mido.Message:
    return mido.Message("note_off", note=note, time=time, channel=channel)


KINDS = st.sampled_from(["on", "on", "off", "off", "silent", "program", "control", "bend", "tempo", "metre"])
EVENTS = st.tuples(
    KINDS, st.sampled_from([0, 0, 0, 1, 1, 7, 300]), st.integers(0, 1), st.sampled_from([0, 5])
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(EVENTS, max_size=30), min_size=1, max_size=3), st.sampled_from([1, 96, 480]))
def test_the_same_notes_as_note_seq(tracks: list[list[tuple]], division: int) -> None:
    written = []
    for number, events in enumerate(tracks):
        track = [mido.MetaMessage("track_name", name=f"voice {number}")]  # which are never empty
        for kind, time, which, channel in events:
            options = {
                "on": on(60 + which, time, 70 + which, channel),
                "off": off(60 + which, time, channel),
                "silent": on(60 + which, time, 0, channel),
                "program": mido.Message("program_change", program=which, time=time, channel=channel),
                "control": mido.Message("control_change", control=64, time=time, channel=channel),
                "bend": mido.Message("pitchwheel", pitch=which, time=time, channel=channel),
                "tempo": mido.MetaMessage("set_tempo", tempo=400_000 + 90_001 * which, time=time),
                "metre": mido.MetaMessage("time_signature", numerator=3 + which, time=time),
            }
            if number == 0 or kind not in ("tempo", "metre"):  # note-seq looks for those on the first only
                track.append(options[kind])
        written.append(track)
    check_same(midi(*written, division=division))


def test_overlapping_notes_of_one_pitch() -> None:
    data = midi([on(60), on(60, 100), off(60, 100), off(60, 100), on(60, 5), off(60, 100)])
    piece = midi_to_piece(data)
    assert (piece.end - piece.start).tolist() == pytest.approx([200 / 960, 100 / 960, 100 / 960])
    check_same(data)


def test_a_note_of_no_length_and_one_without_an_end() -> None:
    data = midi([on(60), off(60), on(62), on(64, 10), off(62, 10)])
    assert midi_to_piece(data).pitch.tolist() == [62]
    check_same(data)


def test_tempo_and_signatures_of_any_track() -> None:
    notes = [on(60), off(60, 480)]
    signs = [
        TEMPO_90,
        mido.MetaMessage("time_signature", numerator=3),
        mido.MetaMessage("key_signature", key="Am"),
    ]
    first, other = midi_to_piece(midi([*signs, *notes], notes)), midi_to_piece(midi(notes, [*signs, *notes]))
    for piece in (first, other):
        assert piece.qpm == pytest.approx(90.0, rel=1e-4)
        assert piece.total_time == pytest.approx(60 / 90, rel=1e-4)
        assert piece.metres.tolist() == [[0, 3, 4]]
        assert piece.keys.tolist() == [[0, 9]]
    # Most sequencers repeat them on every track; the first one counts.
    piece = midi_to_piece(midi([*signs, *notes], [mido.MetaMessage("key_signature", key="C"), *notes]))
    assert piece.keys.tolist() == [[0, 9]]


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_every_format(kind: int) -> None:
    check_same(midi([TEMPO_90, on(60), off(60, 480)], kind=kind))


def test_running_status_and_system_messages() -> None:
    track = (
        b"\0\xff\x03\x04name"
        b"\0\x90\x3c\x50" b"\x60\x3c\0" b"\0\x3e\x50"  # running: off by velocity 0, and a new note
        b"\0\xff\x01\x02hi"  # does not end it
        b"\x60\x3e\0"
        b"\0\xf0\x03\x01\x02\xf7"
        b"\0\xc0\x05" b"\0\x06"  # running, of one byte
        b"\0\x90\x40\x50\x83\0\x40\0"
        b"\0\xff\x2f\0"
    )  # fmt: skip
    piece = midi_to_piece(raw(track))
    assert piece.pitch.tolist() == [60, 62, 64]
    assert piece.program.tolist() == [0, 0, 6]
    assert piece.instrument.tolist() == [0, 0, 1]
    check_same(raw(track))


def test_what_is_around_the_tracks() -> None:
    plain = midi([on(60), off(60, 480)])
    same = midi_to_piece(plain).to_sequence()
    riff = b"RIFF" + struct.pack("<L", len(plain) + 12) + b"RMIDdata" + struct.pack("<L", len(plain)) + plain
    alien = plain[:14] + b"XFIH" + struct.pack(">L", 3) + b"abc" + plain[14:]
    empty_first = raw(b"", plain[22:])
    for data in (riff, alien, plain + b"left over", empty_first):
        assert midi_to_piece(data).to_sequence() == same


def test_smpte_division_counts_frames() -> None:
    for frames, rate in ((24, 24), (25, 25), (29, 30 / 1.001), (30, 30)):
        division = struct.unpack(">h", bytes([256 - frames, 40]))[0]
        data = raw(b"\0\xff\x51\3\x01\x02\x03\0\x90\x3c\x50\x87\x68\x3c\0", division=division)  # 1000 ticks
        piece = midi_to_piece(data)
        assert piece.total_time == pytest.approx(1000 / (rate * 40))
        assert piece.qpm == pytest.approx(120)
        assert midi_to_sequence(data).ticks_per_quarter > 0


def test_damaged_signatures_say_nothing() -> None:
    tempos, key = b"\0\xff\x51\3\0\0\0\0\xff\x51\1\7", b"\0\xff\x59\2\x63\0"
    metres = b"\0\xff\x58\4\0\2\x18\x08\0\xff\x58\4\4\xff\x18\x08"
    track = tempos + key + metres
    piece = midi_to_piece(raw(track + b"\0\x90\x3c\x50\x60\x3c\0"))
    assert piece.qpm == 120.0
    assert len(piece.metres) == len(piece.keys) == 0
    assert len(piece) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raw(b"\0\x3c\x50"), "1 message without a status"),
        (raw(b"\0\x90\x3c\x50", b"\0\x3c\0"), "1 message without a status"),
        (raw(b"\0\x90\x90\x50"), "1 message with a value above 127"),
        (raw(b"\0\xf4"), "the rest of track 1, from the first event that is damaged"),
        (raw(b"\0\xff\x01\x20hi"), "the rest of track 1, from the first event that is damaged or incomplete"),
        (raw(b"\0\xff\x01\xff\xff\xff\xff\x7f"), "the rest of track 1"),
        (raw(b"\x80" * 9 + b"\0\x90\x3c\x50"), "the rest of track 1"),
        (raw(b"\0\x90\x3c\x50", count=2), "the header counts 2 tracks, 1 are there"),
        (raw(b"\0\x90\x3c\x50", division=0), "no ticks to a quarter"),
        (raw(b"\0\x90\x3c\x50", division=-25 * 256), "no ticks to a frame"),
        (raw(b"\0\x90\x3c\x50")[:-1], "the rest of track 1"),
        (b"MThd\0\0\0\2\0\0\0\0\0\0\0", "its header has 2 bytes"),
        (raw(b"") [:14] + b"\xff" * 20, "it has no tracks"),
    ],
)  # fmt: skip
def test_damage_in_words(data: bytes, reason: str) -> None:
    with pytest.raises(UserError, match=f"^a damaged or truncated MIDI file .*{reason}"):
        midi_to_piece(data)


def test_hostile_files_meet_limits() -> None:
    endless = raw(b"\0\x90\x3c\x50" + b"\xff\xff\xff\x7f\xfe" * 3 + b"\xff\xff\xff\x7f\x3c\0")
    with pytest.raises(
        UserError, match=r"12 hours are allowed, .*limits=base_vae.Limits\(max_piece_hours=...\) raises"
    ):
        midi_to_piece(endless)
    raised = Limits(max_piece_hours=1e9, max_piece_quarters=10**9)
    assert midi_to_piece(endless, limits=raised).total_time > 1e6
    with pytest.raises(UserError, match="250,000 quarter notes are allowed"):
        midi_to_piece(endless, limits=Limits(max_piece_hours=1e9))
    many = raw(b"\0\x90\x3c\x50\x01\x3c\0" + b"\0\x3c\x50\x01\x3c\0" * 400)
    with pytest.raises(UserError, match="400 notes are allowed, 401 received"):
        midi_to_piece(many, limits=Limits(max_piece_notes=400))


def test_hundreds_of_damaged_files_are_a_sentence_or_music(tmp_path: Path) -> None:
    for seed in range(400):
        rng = random.Random(seed)
        file = io.BytesIO()
        note_seq.note_sequence_to_pretty_midi(melody(qpm=97.0)).write(file)
        data = bytearray(file.getvalue())
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(14 * (seed % 4 > 0), len(data))] = rng.choice(
                [0, 127, 128, 255, rng.randrange(256)]
            )
        if seed % 3 == 0:
            del data[rng.randrange(len(data)) :]
        try:
            piece = midi_to_piece(bytes(data))
        except UserError as error:
            assert 0 < len(str(error)) < 200
        else:
            assert np.all(piece.end > piece.start) and np.all(np.isfinite(piece.end))
            assert np.all((piece.pitch >= 0) & (piece.pitch < 128))
            midi_to_sequence(bytes(data))


@pytest.mark.slow
def test_all_shared_files_read_as_note_seq_reads_them(shared: Path) -> None:
    other_tempo, more = [], 0
    for path in sorted((shared / "data").rglob("*.mid")):
        data = path.read_bytes()
        ours, reference = midi_to_piece(data), theirs(data)
        if not np.array_equal(ours.tempos, reference.tempos):
            # Their first track has no tempo, and note-seq looks nowhere else: it plays them at 120.
            assert reference.tempos.tolist() == [[0, 120]]
            other_tempo.append(path.name)
            continue
        there = set(zip(reference.pitch.tolist(), reference.start.tolist(), strict=True))
        known = [note in there for note in zip(ours.pitch.tolist(), ours.start.tolist(), strict=True)]
        more += len(known) - sum(known)
        ours = ours.where(np.array(known, bool) | ~ours.is_drum)  # it drops hits that nothing ends later
        for name in COLUMNS:
            same = np.array_equal(getattr(ours, name), getattr(reference, name))
            assert same or (name == "keys" and not len(reference.keys)), (path, name)
    assert len(other_tempo) == 47
    assert more > 700, more
