"""In which order ABC is played: repeats, variant endings, parts, voices and overlays."""

from pathlib import Path

import pytest

from base_vae.errors import UserError
from base_vae.readers.abc.read import split_tunes
from base_vae.readers.read import read_text
from tests.readers.on_the_grid import parse_tune

NAMES = {60: "C", 62: "D", 64: "E", 65: "F", 67: "G", 69: "A", 71: "B", 72: "c"}


def played(body: str, more: str = "") -> str:
    """What is played of bars of a single note, by letter."""
    notes = parse_tune(f"X:1\nM:1/4\nL:1/4\nQ:1/4=60\n{more}K:C\n{body}\n").notes
    return "".join(NAMES[note.pitch] for note in notes)


def voices(text: str, more: str = "") -> list[list[tuple[int, float]]]:
    """Pitches and starts of each instrument."""
    sequence = parse_tune(f"X:1\nM:4/4\nL:1/4\nQ:1/4=60\n{more}K:C\n{text}\n")
    count = max(note.instrument for note in sequence.notes) + 1
    return [[(n.pitch, n.start_time) for n in sequence.notes if n.instrument == i] for i in range(count)]


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("C|D|E|", "CDE"),
        ("|:C|D:|E|", "CDCDE"),
        ("C|D:|E|", "CDCDE"),
        ("|:C|D::E|F:|", "CDCDEFEF"),
        ("|:C|D:|:E|F:|", "CDCDEFEF"),
        ("|:C|D:||:E|F:|", "CDCDEFEF"),
        ("C|D:|E|F:|", "CDCDEFEF"),
        ("C|D||E|F:|", "CDEFEF"),
        ("|:C|D||E|F:|", "CDEFCDEF"),
        ("C|:D:|E", "CDDE"),
        ("|::C|D::|E", "CDCDCDE"),
        ("|:::C:::|E", "CCCCE"),
        ("|: C | D |:|", "CDCD"),
        ('|: C | D :"^Fine"|]', "CDCD"),
        ("|: C | D :[|]|]", "CDCD"),
        ("C|D", "CD"),
        ("|:C|D|", "CD"),
        (":|C|D:|", "CDCD"),
    ],
)
def test_repeats(body: str, order: str) -> None:
    assert played(body) == order


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("|:C|1D:|2E|]", "CDCE"),
        ("|:C|[1D:|[2E||F", "CDCEF"),
        ("C|1 D:|2 E|F|]", "CDCEF"),
        ("|:C [1 D:| [2 E|]", "CDCE"),
        ("|:C|[1,3D:|[2E:|F", "CDCECDF"),
        ("|:C|[1-3D:|[4E|]", "CDCDCDCE"),
        ("|:C|1,2D:|3E|]", "CDCDCE"),
        ("|:C|1D:|2E:|", "CDCE"),
        ("|:C|1D:|E", "CDCE"),
        ("|:C|1D|E:|2F|G||A", "CDECFGA"),
        ("|:C|1D:|2E|:F|1G:|2A|]", "CDCEFGFA"),
        ("C|1D:|2E|F|1G:|2A|]", "CDCEFGFA"),
        ("|:C|1D:|2E|F|G:|", "CDCEFGFG"),
        ("|:C|1D|2E|]", "CDCE"),
        ('|:C|["1."D:|["2."E|]', "CDCE"),
        ("|:C|1 D:|2 E|F:|3 G|]", "CDCEFCG"),  # the repeat sign is the second ending's
        ("|:C|1 D:|2,3 E|F:|A|]", "CDCEFCEFA"),
        ("|:C|1 D:|2, 3 E|F:|A|]", "CDCEFCEFA"),
        ("|:C|1 D:|2-4 E|F:|:G:|", "CDCEFCEFCEFGG"),
        ("|:C|[1,3 D:|[2 E|F:|G", "CDCEFCDG"),
        ("|:C|1,2 D:|E|", "CDCDCE"),
        ("|:C|1,2D|E:|3F|]", "CDECDECF"),
        ("|:C|1-3 D:|4 E|F|]", "CDCDCDCEF"),
        ("|:C|1 D|E:|2 F:|3G|A|B|]", "CDECFCGAB"),
        ("|:C|1D:|2E|F:|3G|A||B|c:|", "CDCEFCGABcBc"),
        ("|:C|1 D:|2,3 E|F|1G:|2A|]", "CDCECEFGFA"),
        ("|:C|1D:|2E:|3F|]", "CDCECF"),
        ("|:C| 1 D:| 2 E|]", "CDCE"),
        ("|:C|\n[1 D:|\n[2 E|]", "CDCE"),
        ('|:C|["first time"D:|["second time"E|]', "CDCE"),
        ('|:C|["First"D:|["Last time"E|F|]', "CDCEF"),
        ('|:C|["1,2"D:|["last time"E|]', "CDCDCE"),
        ('|:C|["I"D:|["II"E:|["III"F|]', "CDCECF"),
        ('|:C|["first time"D:|E|', "CDCE"),
        ('|:C|"1"D:|"2"E|', "CDCDE"),  # which finger plays it
    ],
)
def test_variant_endings(body: str, order: str) -> None:
    assert played(body) == order


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("AB", "CCDE"),
        ("ABA", "CCDECC"),
        ("A.B.A", "CCDECC"),
        ("B2A", "DEDECC"),
        ("(AB)2", "CCDECCDE"),
        ("A(AB)2B", "CCCCDECCDEDE"),
        ("AXB", "CCDE"),
        ("X", "CCDE"),
        ("ABA % da capo", "CCDECC"),
    ],
)
def test_parts(order: str, expected: str) -> None:
    assert played("P:A\n|:C:|\nP:B\nD|E|", f"P:{order}\n") == expected


def test_parts_within_a_line() -> None:
    assert played("C|[P:A]D|[P:B]E|", "P:BAB\n") == "CEDE"
    assert played("P:Chorus\nC|D:|\nP:Verse\nE|F:|") == "CDCDEFEF"


def test_voices_sound_together() -> None:
    expected = [[(60, 0), (62, 1), (64, 2), (65, 3), (67, 4)], [(48, 0), (50, 4)]]
    assert voices("V:1\nCDEF|G4|\nV:2\nC,4|D,4|") == expected
    assert voices("[V:1]CDEF|\n[V:2]C,4|\n[V:1]G4|\n[V:2]D,4|") == expected
    assert voices("CDEF|G4|\nV:2\nC,4|D,4|", "V:1\nV:2\n") == expected


def test_voices_have_their_own_signs_and_share_what_stands_alone() -> None:
    assert voices("[V:1]F4|\n[V:2]F4|\nK:G\n[V:1]F4|\n[V:2]F4|") == [[(65, 0), (66, 4)], [(65, 0), (66, 4)]]
    assert voices("V:1\nF4|\nK:G\nF4|\nV:2\nF4|F4|") == [[(65, 0), (66, 4)], [(65, 0), (66, 4)]]
    assert voices("[V:1]^F4|\n[V:2]F4|") == [[(66, 0)], [(65, 0)]]
    assert voices("[V:1][K:G]F4|\n[V:2]F4|") == [[(66, 0)], [(65, 0)]]


def test_repeats_hold_for_all_voices() -> None:
    assert voices("V:1\n|:C4|D4:|\nV:2\nE4|F4|") == [
        [(60, 0), (62, 4), (60, 8), (62, 12)],
        [(64, 0), (65, 4), (64, 8), (65, 12)],
    ]


def test_voices_in_parts_begin_together() -> None:
    text = "P:A\n[V:1]C4|\n[V:2]E2|\nP:B\n[V:1]D4|\n[V:2]F4|"
    assert voices(text, "P:AB\n") == [[(60, 0), (62, 4)], [(64, 0), (65, 4)]]


def test_voices_keep_their_clef_and_program() -> None:
    more = "V:1 name=Flute\n%%MIDI program 40\nV:2 clef=bass-8\nV:3 clef=perc\n"
    text = "C4|\nV:2\n%%MIDI program 1 32\nC4|\nV:3\nC4|"
    sequence = parse_tune(f"X:1\nM:4/4\nL:1/4\n{more}K:C\n{text}\n")
    assert [(n.pitch, n.program, n.is_drum) for n in sequence.notes] == [
        (60, 40, False),
        (48, 32, False),
        (60, 0, True),
    ]
    assert [info.name for info in sequence.instrument_infos] == ["1", "2", "3"]


def test_a_silent_voice_is_no_instrument() -> None:
    assert voices("[V:1]C4|\n[V:2]x4|\n[V:3]E4|") == [[(60, 0)], [(64, 0)]]
    sequence = parse_tune("X:1\nL:1/4\nK:C\nM:3/4\n[V:1]CDE|\n")  # a field before there is a voice
    assert [(s.numerator, s.denominator) for s in sequence.time_signatures] == [(3, 4)]


def test_overlays_sound_with_their_bar() -> None:
    assert voices("C4|E2F2&C,4|G4|") == [[(60, 0), (64, 4), (48, 4), (65, 6), (67, 8)]]
    assert voices("EF&C,4|G4|") == [[(64, 0), (48, 0), (65, 1), (67, 4)]]


def test_real_tune_books(shared: Path) -> None:
    files = sorted((shared / "data" / "abc_tunes").rglob("*.abc"))
    tunes = [tune for file in files for tune in split_tunes(read_text(file))]
    assert len(tunes) == 4227
    some = tunes[::12]
    refused = {}
    for tune in some:
        try:
            assert len(parse_tune(tune).notes) > 5
        except UserError as error:
            refused[tune] = str(error)
    assert len(refused) <= 0.01 * len(some), refused


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("C|D|!fine!E|F !D.C.!|]", "CDEFCDE"),
        ("C|D !fine!|E|F|!D.C.!|]", "CDEFCD"),
        ("C|D|E !D.C. al fine!|]", "CDECDE"),
        ("|:C|D !fine!:|E|!D.C.!F|]", "CDCDEFCD"),
        ("|:C|1D:|2E|!fine!F|G !D.C.alfine!|]", "CDCEFGCEF"),
        ("C|!segno!D|E !fine!|F !D.S.!|]", "CDEFDE"),
        ("C|S D|E +fine+|F +D.S.+|]", "CDEFDE"),
        ('C|D "^Fine"|E|F "^D.C. al Fine"|]', "CDEFCD"),
        ('C|D|"Fine"E||F|"D.C. al Fine"G|]', "CDEFGCDE"),
        ('C|D|E|"_Da Capo"F|]', "CDEFCDEF"),
        ('C|"^Segno"D|"^To Coda"E|F|"^D.S. al Coda"G||"^Coda"A|]', "CDEFGDEA"),
        ('C|D|E|["@1,2 DC"FA]|]', "CDEFACDEFA"),
        ('C|"AC/DC"D|"Dc"E|"D C"F|"Fine day"G|]', "CDEFG"),  # which say something else
        ("|:C|1.3 D:|2 E:|", "CDCECD"),
        ("C|!segno!D|E !dacoda!|F !D.S.alcoda!|!coda!G|A|]", "CDEFDEGA"),
        ("C|!segno!D|E !coda!|F !D.S.alcoda!|!coda!G|A|]", "CDEFDEGA"),
        ("C|D O|E|F !D.C.!|O G|A|]", "CDEFCDGA"),
        ("C|D|!coda!E|F|]", "CDEF"),  # nothing leads there
        ("C|!fine!D|!segno!E|]", "CDE"),
        ("!trill!C|D !f!|E|", "CDE"),
    ],
)
def test_da_capo_and_dal_segno(body: str, order: str) -> None:
    assert played(body) == order


def test_the_order_of_parts_goes_before_da_capo() -> None:
    assert played("P:A\nC|D !fine!|\nP:B\nE !D.C.!|", "P:ABA\n") == "CDECD"


def test_da_capo_holds_for_all_voices() -> None:
    assert voices("V:1\nC4|D4 !fine!|E4 !D.C.!|\nV:2\nE4|F4|G4|") == [
        [(60, 0), (62, 4), (64, 8), (60, 12), (62, 16)],
        [(64, 0), (65, 4), (67, 8), (64, 12), (65, 16)],
    ]
