"""Melodies as ABC: our own reader gives the same notes back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.errors import UserError
from base_vae.music.abc_text import to_abc
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.read import read_file

QPM = 100.0
STEP = 60 / QPM / 4


def melody(steps):
    """A melody of (rest, length, pitch), in sixteenths."""
    sequence = NoteSequence()
    sequence.tempos.add(qpm=QPM)
    now = 0
    for rest, length, pitch in steps:
        start = now + rest
        now = start + length
        sequence.notes.add(pitch=pitch, start_time=start * STEP, end_time=now * STEP, velocity=80)
    sequence.total_time = now * STEP
    return sequence


def rows(sequence):
    qpm = sequence.tempos[0].qpm
    return [
        (round(n.start_time * qpm / 15), round(n.end_time * qpm / 15), n.pitch)
        for n in sorted(sequence.notes, key=lambda n: n.start_time)
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40), st.integers(24, 108)), min_size=1, max_size=30),
    st.sampled_from([(4, 4), (3, 4), (5, 4), (6, 8), (7, 16)]),
)
def test_notes_come_back_in_every_key_and_metre(tmp_path_factory, steps, metre):
    sequence = melody(steps)
    sequence.time_signatures.add(numerator=metre[0], denominator=metre[1])
    file = tmp_path_factory.mktemp("abc") / "tune.abc"
    file.write_text(to_abc(sequence, "A tune"))
    [piece] = read_file(file).as_read
    assert rows(piece.piece.to_sequence()) == rows(sequence)
    assert piece.piece.qpm == QPM
    assert piece.piece.metres[0].tolist() == [0, *metre]


def test_the_text_is_as_a_musician_would_write_it():
    tune = melody([(0, 4, 62), (0, 4, 66), (0, 4, 69), (0, 4, 73), (0, 8, 74), (0, 2, 65), (0, 2, 66)])
    text = to_abc(tune, "Three\nsharps").splitlines()
    assert text == [
        "X:1",
        "T:Three sharps",
        "M:4/4",
        "L:1/16",
        "Q:1/4=100",
        "K:D",
        "D4 F4 A4 c4 | d8 =F2 ^F2 z4 |]",
    ]


def test_what_is_no_melody_is_refused():
    drums = melody([(0, 4, 36)])
    drums.notes[0].is_drum = True
    with pytest.raises(UserError, match="drums cannot be written as ABC"):
        to_abc(drums)
    odd = melody([(0, 4, 60)])
    odd.time_signatures.add(numerator=5, denominator=32)
    with pytest.raises(UserError, match="5/32 cannot be written in sixteenths"):
        to_abc(odd)
    chord = melody([(0, 4, 60)])
    chord.notes.add(pitch=64, start_time=0, end_time=1)
    with pytest.raises(UserError, match="several notes at once"):
        to_abc(chord)
