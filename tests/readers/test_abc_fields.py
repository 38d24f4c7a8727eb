"""The information fields of ABC: keys, metres, tempos and note lengths."""

import pytest
from note_seq.protobuf import music_pb2

from tests.readers.on_the_grid import parse_tune


def read(body: str, key: str = "C", metre: str = "4/4", length: str = "1/4") -> music_pb2.NoteSequence:
    return parse_tune(f"X:1\nM:{metre}\nL:{length}\nQ:1/4=60\nK:{key}\n{body}\n")  # a quarter lasts a second


def pitches(body: str, key: str = "C") -> list[int]:
    return [note.pitch for note in read(body, key).notes]


def lengths(body: str, metre: str = "4/4") -> list[float]:
    notes = read(body, metre=metre).notes
    return [round(note.end_time - note.start_time, 9) for note in notes]


@pytest.mark.parametrize(
    ("key", "expected"),  # of the scale C D E F G A B
    [
        ("C", [60, 62, 64, 65, 67, 69, 71]),
        ("G", [60, 62, 64, 66, 67, 69, 71]),
        ("Bb", [60, 62, 63, 65, 67, 69, 70]),
        ("F#", [61, 63, 65, 66, 68, 70, 71]),
        ("Am", [60, 62, 64, 65, 67, 69, 71]),
        ("E minor", [60, 62, 64, 66, 67, 69, 71]),
        ("EM", [60, 62, 64, 66, 67, 69, 71]),  # as people who write everything large mean it
        ("Emi", [60, 62, 64, 66, 67, 69, 71]),
        ("Emin", [60, 62, 64, 66, 67, 69, 71]),
        ("D Mixolydian", [60, 62, 64, 66, 67, 69, 71]),
        ("ADor", [60, 62, 64, 66, 67, 69, 71]),
        ("Ephr", [60, 62, 64, 65, 67, 69, 71]),
        ("FLYDIAN", [60, 62, 64, 65, 67, 69, 71]),
        ("B Locrian", [60, 62, 64, 65, 67, 69, 71]),
        ("G ionian", [60, 62, 64, 66, 67, 69, 71]),
        ("Aaeo", [60, 62, 64, 65, 67, 69, 71]),
        ("none", [60, 62, 64, 65, 67, 69, 71]),
        ("", [60, 62, 64, 65, 67, 69, 71]),
        ("HP", [61, 62, 64, 66, 67, 69, 71]),
        ("Hp", [61, 62, 64, 66, 67, 69, 71]),
        ("Dmix=c", [60, 62, 64, 66, 67, 69, 71]),
        ("D =c", [60, 62, 64, 66, 67, 69, 71]),
        ("A phr ^c", [61, 62, 64, 65, 67, 69, 70]),
        ("D exp _b _e ^f", [60, 62, 63, 66, 67, 69, 70]),
        ("G clef=bass middle=d", [60, 62, 64, 66, 67, 69, 71]),
        ("C m=D", [60, 62, 64, 65, 67, 69, 71]),
        ("B flat", [60, 62, 63, 65, 67, 69, 70]),
        ("F sharp minor", [61, 62, 64, 66, 68, 69, 71]),
        ("G treble", [60, 62, 64, 66, 67, 69, 71]),
        ("G treble-8", [48, 50, 52, 54, 55, 57, 59]),
        ("C octave=1", [72, 74, 76, 77, 79, 81, 83]),
        ("C transpose=-2", [58, 60, 62, 63, 65, 67, 69]),
    ],
)
def test_keys(key: str, expected: list[int]) -> None:
    assert pitches("CDEFGAB", key) == expected


def test_key_signatures_are_kept() -> None:
    sequence = read("CDEF|[K:Am]CDEF|", "Dmix")
    keys = [(k.time, k.key, k.mode) for k in sequence.key_signatures]
    signature = music_pb2.NoteSequence.KeySignature
    assert keys == [(0.0, signature.D, signature.MIXOLYDIAN), (4.0, signature.A, signature.MINOR)]


@pytest.mark.parametrize(
    ("field", "quarters"),
    [
        ("M:4/4", 0.5),
        ("M:C|", 0.5),
        ("M:3/4", 0.5),
        ("M:6/8", 0.5),
        ("M:none", 0.5),
        ("M:2/4", 0.25),
        ("N:", 0.5),
    ],
)
def test_default_note_lengths(field: str, quarters: float) -> None:
    (note,) = parse_tune(f"X:1\n{field}\nQ:1/4=60\nK:C\nC\n").notes
    assert note.end_time - note.start_time == quarters


@pytest.mark.parametrize(
    ("metre", "expected"),
    [
        ("C", (4, 4)),
        ("6/8", (6, 8)),
        ("2+3/8", (5, 8)),
        ("(2+2+3)/8", (7, 8)),
        ("none", (4, 4)),
        ("12/8 x", (12, 8)),
    ],
)
def test_metres(metre: str, expected: tuple[int, int]) -> None:
    (signature,) = read("CDEFGA|", metre=metre).time_signatures
    assert (signature.numerator, signature.denominator) == expected


@pytest.mark.parametrize(
    ("tempo", "qpm"),
    [
        ("1/4=100", 100),
        ("3/8=60", 90),
        ('"Allegro" 1/2=60', 120),
        ('1/4=80 "Slow"', 80),
        ("1/4 1/8 = 40", 60),
        ("240", 120),
        ("C3=40", 60),
        ("C=200", 100),
        ('"Andante"', 120),
        ("1/4=0", 120),
        ("1/4=999999999", 120),
    ],
)
def test_tempos(tempo: str, qpm: float) -> None:
    assert parse_tune(f"X:1\nM:4/4\nL:1/8\nQ:{tempo}\nK:C\nC\n").tempos[0].qpm == pytest.approx(qpm)


def test_fields_in_the_music() -> None:
    assert lengths("C[L:1/8]C\nL:1/16\nC") == [1, 0.5, 0.25]
    assert pitches("C\nK:D\nC [K:Eb]EB c:|") == [60, 61, 63, 70, 72] * 2
    assert pitches("C D\nE:| F") == [60, 62, 64, 60, 62, 64, 65]


def test_title_and_composer() -> None:
    sequence = parse_tune("X:1\nT:One\nT:Two % remark\nC:Anon\nK:C\nC\n")
    assert sequence.sequence_metadata.title == "One; Two"
    assert list(sequence.sequence_metadata.composers) == ["Anon"]
