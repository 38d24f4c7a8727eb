"""Drums of MIDI files: on whichever channel, and of whatever length."""

import io

import mido
import numpy as np
import pytest

from base_vae.readers.midi.read import midi_to_piece

XG_ON, XG_RESET = [0x43, 0x10, 0x4C, 0, 0, 0x7E, 0], [0x43, 0x10, 0x4C, 0, 0, 0x7F, 0]
GM_ON, GM2_ON = [0x7E, 0x7F, 9, 1], [0x7E, 0x7F, 9, 3]
GS_RESET = [0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41]


def gs_part(part: int, kit: int) -> list[int]:
    return [0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | part, 0x15, kit, 0]


def xg_part(part: int, mode: int) -> list[int]:
    return [0x43, 0x10, 0x4C, 0x08, part, 0x07, mode]


def hits(
    *said: list[int] | tuple[int, int] | int, channel: int = 11, other_track: bool = False
) -> list[bool]:
    """Whether notes are drum hits, one after each thing said: a message, (bank, program) or a bank alone."""
    channel -= 1
    messages: list[mido.Message] = []
    for what in said:
        if isinstance(what, list):
            messages.append(mido.Message("sysex", data=what))
        else:
            bank, program = (what, None) if isinstance(what, int) else what
            messages.append(mido.Message("control_change", control=0, value=bank, channel=channel))
            if program is not None:
                messages.append(mido.Message("program_change", program=program, channel=channel))
        messages.append(mido.Message("note_on", note=60, velocity=80, channel=channel, time=1))
        messages.append(mido.Message("note_off", note=60, channel=channel, time=9))
    tracks = [[mido.MetaMessage("track_name", name="x")], messages]
    if other_track:
        notes = ("note_on", "note_off")
        tracks = [
            [m for m in messages if m.type not in notes],
            [mido.MetaMessage("track_name", name="x"), *(m for m in messages if m.type in notes)],
        ]
    piece = midi_to_piece(saved(*tracks))
    return piece.is_drum[np.argsort(piece.start)].tolist()


def saved(*tracks: list) -> bytes:
    file, out = mido.MidiFile(ticks_per_beat=480), io.BytesIO()
    file.tracks += [mido.MidiTrack(track) for track in tracks]
    file.save(file=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(0, 0)], [False]),
        ([(127, 0)], [True]),
        ([(126, 0)], [True]),
        ([(120, 0)], [True]),
        ([(121, 0)], [False]),
        ([127], [False]),  # holds from the next program change on
        ([(127, 0), 0, (0, 5)], [True, True, False]),
        ([(127, 0), (1, 5)], [True, False]),
        ([XG_ON, (127, 0), XG_ON], [False, True, False]),
        ([(127, 0), GM_ON, (127, 1)], [True, False, True]),
        ([GM2_ON, (127, 0), (120, 0), (121, 0)], [False, False, True, False]),
        ([GS_RESET, (127, 0)], [False, False]),  # where it is the MT-32's sounds
        ([gs_part(0xA, 1)], [True]),
        ([gs_part(0xA, 2), (0, 3), gs_part(0xA, 0)], [True, True, False]),
        ([gs_part(0xB, 1)], [False]),
        ([gs_part(0xA, 1), GS_RESET], [True, False]),
        ([xg_part(10, 1), xg_part(10, 0), xg_part(10, 2), XG_RESET], [True, False, True, False]),
        ([xg_part(9, 1)], [False]),
        ([[0x7E, 0x7F, 6, 1], [0x41, 0x10, 0x42]], [False, False]),  # other messages, and a short one
    ],
)  # fmt: skip
def test_another_channel(said: list, expected: list[bool]) -> None:
    assert hits(*said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(0, 0), (8, 0), (127, 0), (121, 0), (120, 0)], [True, True, True, False, True]),
        ([XG_ON, (0, 0), (127, 0), (64, 0)], [True, False, True, False]),
        ([gs_part(0, 0), GS_RESET], [False, True]),
        ([GM2_ON, (121, 0), GM_ON], [True, False, True]),
    ],
)
def test_channel_10(said: list, expected: list[bool]) -> None:
    assert hits(*said, channel=10) == expected


def test_what_another_track_says_holds_too() -> None:
    assert hits(gs_part(0xA, 1), other_track=True) == [True]
    assert hits((127, 0), other_track=True) == [True]


def test_ports_are_sixteen_channels_each() -> None:
    on, off = (mido.Message(f"note_{kind}", note=60, channel=10, time=4) for kind in ("on", "off"))
    kit = mido.Message("sysex", data=gs_part(0xA, 1))
    tracks = [[mido.MetaMessage("midi_port", port=port), on, off] for port in (0, 1)]
    assert midi_to_piece(saved([kit, *tracks[0]], tracks[1])).is_drum.tolist() == [True, False]


def test_a_hit_needs_no_length() -> None:
    def beat(length: int, channel: int = 9, ends: bool = True) -> list[tuple[int, float]]:
        track = [mido.MetaMessage("track_name", name="x")]
        for note in (36, 42, 38, 42):
            track.append(mido.Message("note_on", note=note, velocity=90, channel=channel, time=240 - length))
            if ends:
                track.append(mido.Message("note_off", note=note, channel=channel, time=length))
        piece = midi_to_piece(saved(track))
        assert (piece.end > piece.start).all()
        return list(zip(piece.pitch.tolist(), piece.start.tolist(), strict=True))

    long = beat(1)
    assert [pitch for pitch, _ in long] == [36, 42, 38, 42]
    assert [pitch for pitch, _ in beat(0)] == [36, 42, 38, 42]
    assert [start for _, start in beat(0)] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert [pitch for pitch, _ in beat(0, ends=False)] == [36, 42, 38, 42]
    assert beat(0, channel=0) == []  # a melody's notes have lengths
