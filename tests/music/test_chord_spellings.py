"""Chord symbols as people and programs write them."""

from xml.etree import ElementTree

import pytest
from note_seq.chord_symbols_lib import chord_symbol_pitches

from base_vae.music.chord_spellings import chord_figure
from base_vae.readers.musicxml.harmony import harmony_figure


@pytest.mark.parametrize(
    ("written", "figure"),
    [
        ("C", "C"),
        ("Am7", "Am7"),
        ("F#m7b5", "F#m7b5"),
        ("G7sus4", "G7sus"),
        ("C9sus4", "C7sus(add9)"),
        ("C\u03947", "Cmaj7"),
        ("D\u00b0", "Do"),
        ("D\u00f8", "Dm7b5"),
        ("B\u266d7", "Bb7"),
        ("D7-9", "D7b9"),
        ("D7+5", "D+7"),
        ("C69", "C6/9"),
        ("Fma7", "Fmaj7"),
        ("Gmi7/D", "Gm7/D"),
        ("(E7)", "E7"),
        ("N.C.", "N.C."),
        ("NC", "N.C."),
        ("D.C.", None),
        ("Fine", None),
        ("End", None),
        ("H", None),
        ("4", None),
        ("", None),
        ("C" * 1000, None),
    ],
)
def test_chord_symbols(written: str, figure: str | None) -> None:
    assert chord_figure(written) == figure


@pytest.mark.parametrize(
    ("kind", "more", "figure"),
    [
        ("major", "", "Bb"),
        ("minor-seventh", "", "Bbm7"),
        ("half-diminished", "", "Bbm7b5"),
        ("major-minor", "", "Bbm(maj7)"),
        ("dominant-13th", "", "Bb13"),
        ("suspended-fourth", "7 0 add", "Bbsus7"),
        ("suspended-fourth", "7 0 add 9 0 add", "Bbsus7(add9)"),
        ("dominant", "9 -1 add", "Bb7(b9)"),
        ("dominant", "5 1 alter 9 1 add", "Bb7(#5)(#9)"),
        ("major", "9 0 add", "Bb(add9)"),
        ("dominant", "3 0 subtract", "Bb7(no3)"),
        ("dominant", "77 5 alter", "Bb7"),
        ("dominant", "3 0 add", "Bb7"),
        ("Neapolitan", "", "Bb"),
        ("none", "", "N.C."),
    ],
)
def test_harmonies(kind: str, more: str, figure: str) -> None:
    numbers = iter(more.split())
    degrees = "".join(
        f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{what}</degree-type></degree>"
        for value, alter, what in zip(numbers, numbers, numbers, strict=True)
    )
    root = "<root><root-step>B</root-step><root-alter>-1</root-alter></root>"
    element = ElementTree.fromstring(f"<harmony>{root}<kind>{kind}</kind>{degrees}</harmony>")
    assert harmony_figure(element) == figure
    if figure != "N.C.":
        assert chord_symbol_pitches(figure)


def test_bass_and_transposition() -> None:
    text = (
        "<harmony><root><root-step>D</root-step></root><kind>minor</kind>"
        "<bass><bass-step>F</bass-step><bass-alter>1</bass-alter></bass></harmony>"
    )
    element = ElementTree.fromstring(text)
    assert harmony_figure(element) == "Dm/F#"
    assert harmony_figure(element, semitones=-2) == "Cm/E"
    assert harmony_figure(ElementTree.fromstring("<harmony><kind>major</kind></harmony>")) is None
