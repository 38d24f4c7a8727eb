"""Instructions in ABC that change what sounds: `%%MIDI`, `%%percmap`, transposition in fields."""

import pytest

from base_vae.readers.abc.read import read_tune, split_tunes
from tests.readers.on_the_grid import parse_tune


def notes(body: str, header: str = "", key: str = "C") -> list[tuple[int, int, bool]]:
    """Pitch, program and whether it is a drum, of each note."""
    text = f"X:1\nM:4/4\nL:1/4\n{header}K:{key}\n{body}\n"
    return [(note.pitch, note.program, note.is_drum) for note in parse_tune(text).notes]


def pitches(body: str, header: str = "", key: str = "C") -> list[int]:
    return [pitch for pitch, *_ in notes(body, header, key)]


DRUMS = "%%MIDI channel 10\n%%MIDI drummap g 42\n%%MIDI drummap F 36\n"


@pytest.mark.parametrize(
    ("body", "header", "key", "expected"),
    [
        (DRUMS + "FgFg|", "", "C clef=perc", [36, 42, 36, 42]),
        ("FgFg|", DRUMS, "C", [36, 42, 36, 42]),
        ("[I:MIDI channel 10][I:MIDI drummap g 42]FgFg|", "", "C", [65, 42, 65, 42]),
        ("^F_BF=B|", DRUMS + "%%MIDI drummap ^F 38\n%%MIDI drummap _B 46\n", "C", [38, 46, 38, 71]),
        ("FB|", "%%MIDI channel 10\n%%MIDI drummap ^F 38\n", "G", [38, 71]),
        ("D,g'|", "%%percmap D, pedal-hi-hat x\n%%percmap g' 56\n", "C clef=perc", [44, 56]),
        ("FG|", "%%MIDI drummap F 36\n%%MIDI drummap G 200\n%%MIDI drummap\n", "C", [65, 67]),  # no drums
    ],
)  # fmt: skip
def test_drum_maps(body: str, header: str, key: str, expected: list[int]) -> None:
    assert pitches(body, header, key) == expected


@pytest.mark.parametrize(
    ("body", "header", "key", "expected"),
    [
        ("CD", "%%MIDI transpose 12\n", "C", [72, 74]),
        ("CD", "%%MIDI transpose -12\n", "C", [48, 50]),
        ("C\n%%MIDI transpose 2\nC\n%%MIDI transpose 5\nC", "", "C", [60, 62, 65]),
        ("C\n%%MIDI rtranspose 2\nC\n%%MIDI rtranspose 5\nC", "", "C", [60, 62, 67]),
        ("C[I:MIDI transpose 2]C", "", "C", [60, 62]),
        ("C[I:MIDI=transpose 2]C", "", "C", [60, 62]),
        ("C", "%%MIDI c 48\n", "C", [48]),
        ("C", "%%MIDI c 48\n%%MIDI transpose 1\n", "C", [49]),
        ("C", "%%MIDI transpose 2\n%%MIDI channel 10\n", "C", [60]),  # a kit has no keys
        ("C", "", "C transpose=-3", [57]),
        ("C", "", "C octave=-1", [48]),
        ("C", "", "C treble-8", [48]),
        ("C", "", "C clef=treble+8", [72]),
        ("C", "", "C clef=treble+15", [84]),
        ("C", "", "C clef=G-8", [48]),
        ("C", "", "C clef=bass", [60]),
        ("V:1\nC\nV:2 transpose=-12\n%%MIDI transpose 1\nC\nV:1\nC", "", "C", [60, 60, 49]),
        ("[K:C octave=1]C[K:C octave=0]C", "", "C", [72, 60]),
    ],
)
def test_transposition(body: str, header: str, key: str, expected: list[int]) -> None:
    assert pitches(body, header, key) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", [66, 66, 78, 65]),
        ("I:propagate-accidentals pitch\n", [66, 66, 78, 65]),
        ("I:propagate-accidentals octave\n", [66, 66, 77, 65]),
        ("%%propagate-accidentals not\n", [66, 65, 77, 65]),
        ("%%MIDI nobarlines\n", [66, 65, 77, 65]),
        ("%%MIDI nobarlines\n%%MIDI barlines\n", [66, 66, 78, 65]),
        ("V:1\nV:2\n%%MIDI nobarlines\nV:1\n", [66, 65, 77, 65]),
    ],
)
def test_how_far_accidentals_hold(header: str, expected: list[int]) -> None:
    assert pitches("^FFf|F|", header) == expected


@pytest.mark.parametrize(
    ("body", "header", "expected"),
    [
        ("C\n%%MIDI program 40\nC", "", [(60, 0, False), (60, 40, False)]),
        ("C\n%%MIDI channel 10\nC\n%%MIDI channel 1\nC", "", [(60, 0, False), (60, 0, True), (60, 0, False)]),
        ("C", "%%MIDI program 3 40\n", [(60, 40, False)]),
        ("V:1\nC\nV:2\nC", "%%MIDI voice 2 instrument=25\n", [(60, 0, False), (60, 24, False)]),
        ("V:1\nC\nV:2\n%%MIDI voice instrument=25\nC", "", [(60, 0, False), (60, 24, False)]),
        ("V:1\nC\nV:2\n%%MIDI voice mute\nC", "", [(60, 0, False)]),
    ],
)
def test_programs_channels_and_voices(body: str, header: str, expected: list[tuple]) -> None:
    assert notes(body, header) == expected


def test_drum_hits_need_no_length() -> None:
    assert pitches("F0G0A", DRUMS) == [36, 67, 69]
    assert pitches("F0G0A") == [69]


def test_instructions_of_a_book_are_for_all_its_tunes() -> None:
    book = "%%MIDI transpose 12\n\nX:1\nK:C\nC\n\nX:2\n%%MIDI program 5\nK:C\nC\n"
    found = [(n.pitch, n.program) for tune in split_tunes(book) for n in parse_tune(tune).notes]
    assert found == [(72, 0), (72, 5)]


@pytest.mark.parametrize(
    ("field", "metre", "told"),
    [
        ("M:FREI4/4", (4, 4), False),
        ("M:4/4 freely", (4, 4), False),
        ("M: C| % cut", (2, 2), False),
        ("M:C", (4, 4), False),
        ("M:c|", (2, 2), False),
        ("M:common", (4, 4), False),
        ("M:cut time", (2, 2), False),
        ("M:2+3/8", (5, 8), False),
        ("M:(2+2+3)/8", (7, 8), False),
        ("M:3/4=110", (3, 4), False),
        ("M: 6 / 8", (6, 8), False),
        ("M:none", (4, 4), False),
        ("M:Free", (4, 4), False),
        ("M:Frei", (4, 4), False),
        ("M:", (4, 4), False),
        ("M:waltz", (4, 4), True),
        ("M:0/4", (4, 4), True),
        ("M:4/0", (4, 4), True),
        ("M:99999999/4", (4, 4), True),
    ],
)
def test_metres_in_words_or_with_more_in_them(field: str, metre: tuple[int, int], told: bool) -> None:
    sequence, passed_over = read_tune(f"X:1\n{field}\nL:1/8\nK:C\nCDEF GABc|cBAG FEDC|\n")
    assert [note.pitch for note in sequence.notes] == [
        60,
        62,
        64,
        65,
        67,
        69,
        71,
        72,
        72,
        71,
        69,
        67,
        65,
        64,
        62,
        60,
    ]
    assert (sequence.time_signatures[0].numerator, sequence.time_signatures[0].denominator) == metre
    assert bool(passed_over) == told


@pytest.mark.parametrize(
    ("field", "eighths", "told"),
    [
        ("L:1/8 something", 1, False),
        ("L: 1 / 4", 2, False),
        ("L:/16", 0.5, False),
        ("L:8", 1, False),
        ("L:1", 8, False),
        ("L:the usual", 1, True),
        ("L:1/0", 1, True),
    ],
)
def test_note_lengths_with_more_in_them(field: str, eighths: float, told: bool) -> None:
    sequence, passed_over = read_tune(f"X:1\nM:4/4\n{field}\nQ:1/4=60\nK:C\nC\n")
    assert sequence.notes[0].end_time == eighths / 2
    assert bool(passed_over) == told
    _, after = read_tune(f"X:1\nL:1/8\nQ:1/4=60\nK:C\nC\n{field}\nC\n").sequence.notes
    assert (after.end_time - after.start_time) == eighths / 2


def test_a_drum_pattern_is_passed_over_and_said() -> None:
    text = "X:1\nL:1/4\n{}K:C\nCDEF|\n"
    plain, passed_over = read_tune(text.format(""))
    assert not passed_over
    drums, passed_over = read_tune(text.format("%%MIDI drum dzdz 35 38 100 50\n%%MIDI drumon\n"))
    assert drums.notes == plain.notes
    assert passed_over == ["a drum pattern (%%MIDI drum), which is no part of the tune"]
