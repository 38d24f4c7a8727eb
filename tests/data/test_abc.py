"""ABC tunes: pickups, metres, books and what cannot be read."""

import numpy as np
import pytest

from base_vae.data.abc import parse_tune, split_tunes
from base_vae.errors import UserError
from tests.data.music import starts_in_quarters

BARS = "CDEF|GABc|cBAG|FEDC|"


def tune(metre: str, body: str, length: str = "1/4", more: str = "") -> str:
    return f"X:1\nT:A tune\nM:{metre}\nL:{length}\nQ:1/4=90\n{more}K:C\n{body}\n"


@pytest.mark.parametrize("metre", ["4/4", "C", "C|"])
def test_four_quarters_fill_a_bar(metre: str) -> None:
    out = parse_tune(tune(metre, BARS))
    assert starts_in_quarters(out) == pytest.approx(range(16))
    assert [(s.time, s.numerator, s.denominator) for s in out.time_signatures] == [(0.0, 4, 4)]
    assert out.tempos[0].qpm == 90.0
    assert [note.pitch for note in out.notes][:5] == [60, 62, 64, 65, 67]


@pytest.mark.parametrize(
    ("metre", "pickup", "body", "first_full_bar"),
    [
        ("4/4", "G", BARS, 4.0),
        ("C", "FG", BARS, 4.0),
        ("C|", "EFG", BARS, 4.0),
        ("2/4", "G", "CD|EF|GA|Bc|", 4.0),
        ("2/4", "G/", "CD|EF|GA|Bc|", 4.0),
        ("3/4", "G", "CDE|FGA|", 3.0),
        ("6/8", "G/", "CDE|FGA|", 3.0),
    ],
)
@pytest.mark.parametrize("opening", ["", "|:", "[| "])
def test_first_full_bar_begins_a_bar(
    metre: str, pickup: str, body: str, first_full_bar: float, opening: str
) -> None:
    body = f"{body[:-1]}:|" if opening == "|:" else body
    out = parse_tune(tune(metre, f"{opening}{pickup}|{body}"))
    notes_before = sum(sign.isalpha() for sign in pickup)
    starts = starts_in_quarters(out)
    assert starts[notes_before] == pytest.approx(first_full_bar)
    assert starts[0] >= 0.0
    assert len(out.time_signatures) == 1
    assert out.time_signatures[0].time == 0.0


def test_two_bars_of_two_four_make_one() -> None:
    out = parse_tune(tune("2/4", "CD|EF|GA|Bc|"))
    assert (out.time_signatures[0].numerator, out.time_signatures[0].denominator) == (4, 4)
    assert starts_in_quarters(out) == pytest.approx(range(8))


def test_repeats_are_played() -> None:
    out = parse_tune(tune("4/4", "|:CDEF|GABc:|cBAG|FEDC|"))
    assert [note.pitch for note in out.notes][8:16] == [note.pitch for note in out.notes][:8]
    assert len(out.notes) == 24


def test_metre_that_changes_inside_stays_where_it_is() -> None:
    out = parse_tune(tune("4/4", "G|CDEF|\nM:3/4\nGAB|"))
    quarter = out.tempos[0].qpm / 60
    assert [(round(s.time * quarter, 6), s.numerator) for s in out.time_signatures] == [(0.0, 4), (8.0, 3)]


def test_ornaments_and_prose_do_not_cost_the_tune() -> None:
    plain = parse_tune(tune("4/4", BARS))
    text = tune("4/4", '"Am"C{de}D!trill!E`F|GABc| % the turn\n%%staff\ncBAG|FEDC|') + "\nPlayed by all!\n"
    assert [note.pitch for note in parse_tune(text).notes] == [note.pitch for note in plain.notes]


def test_a_book_is_split_at_its_reference_numbers() -> None:
    book = "% A book\nM:4/4\n\n" + tune("4/4", BARS) + "\n" + tune("3/4", "CDE|")
    tunes = split_tunes(book)
    assert len(tunes) == 2
    assert all(text.startswith("X:1") for text in tunes)
    assert split_tunes("no tune here") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("X:1\nT:Nothing\n", "no K: line"),
        (tune("4/4", "(3CDE F2|"), "triplets"),
        (tune("4/4", "|:CDEF|1GABc:|2cBAG|"), "endings"),
        (tune("4/4", "[CEG]DEF|"), "chords"),
        (tune("4/4", "z2CD|"), "rests"),
        (tune("4/4", "|:CDEF|"), "repeat signs"),
        (tune("4/4", "CDEF|", more="V:1\n"), "voices"),
        (tune("none/at all", "CDEF|"), "cannot be read"),
        (tune("4/4", "C/0DEF|"), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_tune(text)


def test_any_reference_number_will_do() -> None:
    assert np.all([n.pitch for n in parse_tune(tune("4/4", BARS).replace("X:1", "X: 12a")).notes])
