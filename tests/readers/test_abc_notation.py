"""The notation of ABC, sign by sign: pitches, lengths and what says nothing about either."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

from tests.readers.on_the_grid import parse_tune

CHORD_SYMBOL = music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL


def read(body: str, key: str = "C", metre: str = "4/4", length: str = "1/4") -> music_pb2.NoteSequence:
    return parse_tune(f"X:1\nM:{metre}\nL:{length}\nQ:1/4=60\nK:{key}\n{body}\n")  # a quarter lasts a second


def pitches(body: str, key: str = "C") -> list[int]:
    return [note.pitch for note in read(body, key).notes]


def lengths(body: str, metre: str = "4/4") -> list[float]:
    notes = read(body, metre=metre).notes
    return [round(note.end_time - note.start_time, 9) for note in notes]


def spans(body: str) -> list[tuple[int, float, float]]:
    return [(note.pitch, round(note.start_time, 9), round(note.end_time, 9)) for note in read(body).notes]


def test_octaves() -> None:
    assert pitches("C,, C, C c c' c'' G, B c, C'") == [36, 48, 60, 72, 84, 96, 55, 71, 60, 72]


def test_lengths() -> None:
    assert lengths("C C2 C3/2 C3/ C16") == [1, 2, 1.5, 1.5, 16]
    assert lengths("C/ C/2 C// C3/4 C/4 C///") == [0.5, 0.5, 0.25, 0.75, 0.25, 0.125]


def test_accidentals_last_a_bar_in_all_octaves() -> None:
    assert pitches("^FFfF|F", "C") == [66, 66, 78, 66, 65]
    assert pitches("=FFF_F|F", "G") == [65, 65, 65, 64, 66]
    assert pitches("^^C__D") == [62, 60]
    assert pitches("^F F[K:D]F C") == [66, 66, 66, 61]


def test_ties_join_and_slurs_do_not() -> None:
    assert spans("C-C D") == [(60, 0, 2), (62, 2, 3)]
    assert spans("C2-|C-|C E") == [(60, 0, 4), (64, 4, 5)]
    assert spans("(CC) D-E") == [(60, 0, 1), (60, 1, 2), (62, 2, 3), (64, 3, 4)]
    assert spans("^F-|F F") == [(66, 0, 2), (65, 2, 3)]
    assert spans("[CE]-[CG]") == [(60, 0, 2), (64, 0, 1), (67, 1, 2)]
    assert spans("[C-E][CE]") == [(60, 0, 2), (64, 0, 1), (64, 1, 2)]
    assert spans("C-z C") == [(60, 0, 1), (60, 2, 3)]


def test_chords() -> None:
    assert spans("[CEG]2 C") == [(60, 0, 2), (64, 0, 2), (67, 0, 2), (60, 2, 3)]
    assert spans("[C2E2]3/2 C") == [(60, 0, 3), (64, 0, 3), (60, 3, 4)]
    assert spans("[C4E] C") == [(60, 0, 4), (64, 0, 1), (60, 4, 5)]  # the first note says how long
    assert spans('["Am"!f!AC]C') == [(69, 0, 1), (60, 0, 1), (60, 1, 2)]
    assert spans("+CE+ +trill+D +ff+E") == [(60, 0, 1), (64, 0, 1), (62, 1, 2), (64, 2, 3)]


def test_rests() -> None:
    assert spans("CzDx2E") == [(60, 0, 1), (62, 2, 3), (64, 5, 6)]
    assert spans("z/C") == [(60, 0.5, 1.5)]
    assert spans("CDEF|Z2|C") == [(60, 0, 1), (62, 1, 2), (64, 2, 3), (65, 3, 4), (60, 12, 13)]
    assert spans("X|C") == [(60, 4, 5)]
    assert spans("CyDy2E") == [(60, 0, 1), (62, 1, 2), (64, 2, 3)]


def test_broken_rhythm() -> None:
    assert lengths("C>D") == [1.5, 0.5]
    assert lengths("C<D") == [0.5, 1.5]
    assert lengths("C>>D C>>>D C<<D") == [1.75, 0.25, 1.875, 0.125, 0.25, 1.75]
    assert lengths('C > {g}D C>"Am"!trill!D') == [1.5, 0.5, 1.5, 0.5]
    assert lengths("[CE]>[DF]") == [1.5, 1.5, 0.5, 0.5]
    assert spans("C>zD z<D") == [(60, 0, 1.5), (62, 2, 3), (62, 3.5, 5)]
    assert lengths("C>D<E") == [1.5, 0.25, 1.5]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(3CDE F", [2 / 3] * 3 + [1]),
        ("(3:2:3CDE F", [2 / 3] * 3 + [1]),
        ("(3::4CDEF G", [2 / 3] * 4 + [1]),
        ("(3:2:2C2D F", [4 / 3, 2 / 3, 1]),
        ("(2CD F", [1.5, 1.5, 1]),
        ("(4CDEF F", [0.75] * 4 + [1]),
        ("(5CDEFG F", [0.4] * 5 + [1]),
        ("(6CDEFGA F", [1 / 3] * 6 + [1]),
        ("(7CDEFGAB F", [2 / 7] * 7 + [1]),
        ("(8CDEFGABc F", [0.375] * 8 + [1]),
        ("(9CDEFGABcd F", [2 / 9] * 9 + [1]),
        ("(5:4CDEFG F", [0.8] * 5 + [1]),
        ("((3CDE) F", [2 / 3] * 3 + [1]),
        ("(3C>DE F", [1, 1 / 3, 2 / 3, 1]),
        ("(3{c}C[DF]z F", [2 / 3] * 3 + [1]),
    ],
)
def test_tuplets(body: str, expected: list[float]) -> None:
    assert lengths(body) == pytest.approx(expected)


def test_tuplets_in_compound_metres() -> None:
    assert lengths("(5CDEFG F", metre="6/8") == pytest.approx([0.6] * 5 + [1])
    assert lengths("(7CDEFGAB F", metre="9/8") == pytest.approx([3 / 7] * 7 + [1])
    assert lengths("(5CDEFG F", metre="3/4") == pytest.approx([0.4] * 5 + [1])


def test_what_says_nothing_is_passed_over() -> None:
    plain = [60, 62, 64, 65]
    for body in (
        "{c}C {/gab}D {^f}E F",
        "~C .D HE LF",
        "MCOD PE SF",
        "TCuD vE kF",
        "!trill!C !>(!D !8va(!E !unheard-of!F",
        '"^text"C "_g"D "<A"E "@1,2 B"F',
        '"Slowly"C "Dance"D "4"E "^"F',
        "C`D` E\\\nF",
        "C D % E G\nE F",
        "C D\n%%staves 1\nE F",
        "C D\nw:a b c\nW: A D G\nE F\nT:Ad\n",
        "C D\nw:a b\n+:c d\nE F",
        "C D $ E * F",
        "C D [r:a c] [I:setbarnb 3] [U:T=!trill!] E F",
        "C D ! E F !",
        "%%begintext\nABC\n%%endtext\nC D E F",
        "U:t=!trill!\nm:~n3=n/o/n\nC D E F",
        "(C .(D E) F)",
    ):
        assert pitches(body) == plain, body


def test_chord_symbols() -> None:
    sequence = read('"Am7"A2"G7sus4"G2|"Bb/D"B"^no"c"(E7)"d "C" z|"H"c')
    found = [(a.time, a.text) for a in sequence.text_annotations if a.annotation_type == CHORD_SYMBOL]
    assert found == [(0.0, "Am7"), (2.0, "G7sus"), (4.0, "Bb/D"), (6.0, "E7"), (7.0, "C")]
    assert len(sequence.text_annotations) == 5


NAMES = {60: "=C", 62: "=D", 64: "=E", 71: "=B", 72: "=c", 55: "=G,", 84: "=c'", 61: "^C", 70: "_B"}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([None, *NAMES]), st.integers(1, 12), st.sampled_from([1, 2, 4, 8])),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_bars_give_back_their_notes(bars: list[list[tuple[int | None, int, int]]]) -> None:
    words, expected, at = [], [], Fraction(0)
    for bar in bars:
        for pitch, above, below in bar:
            name = "z" if pitch is None else NAMES[pitch]
            words.append(f"{name}{above}/{below}")
            if pitch is not None:
                expected.append((pitch, float(at), float(at + Fraction(above, below))))
            at += Fraction(above, below)
        words.append("|")
    if expected:
        notes = read(" ".join(words), metre="none").notes
        assert [(n.pitch, n.start_time, n.end_time) for n in notes] == expected
