"""ABC tunes: pickups, metres, books and what cannot be read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from base_vae.errors import UserError
from base_vae.readers.abc.read import read_tune, split_tunes
from tests.readers.on_the_grid import parse_tune
from tests.small_music import starts_in_quarters

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
    assert out.time_signatures[0].time == 0.0
    if opening == "|:":  # the last bar is full, so that the pickup, when it is repeated, is one beat more
        assert len(out.time_signatures) == 2
        bar_line = out.time_signatures[1].time * out.tempos[0].qpm / 60.0
        assert starts[len(starts) // 2 + notes_before] == pytest.approx(bar_line)
    else:
        assert len(out.time_signatures) == 1


def test_two_bars_of_two_four_make_one() -> None:
    out = parse_tune(tune("2/4", "CD|EF|GA|Bc|"))
    assert (out.time_signatures[0].numerator, out.time_signatures[0].denominator) == (4, 4)
    assert starts_in_quarters(out) == pytest.approx(range(8))


def test_metre_that_changes_inside_stays_where_it_is() -> None:
    out = parse_tune(tune("4/4", "G|CDEF|\nM:3/4\nGAB|"))
    quarter = out.tempos[0].qpm / 60
    assert [(round(s.time * quarter, 6), s.numerator) for s in out.time_signatures] == [(0.0, 4), (8.0, 3)]


def test_bars_that_begin_anew_are_said() -> None:
    """A pickup for which the last bar of its repeat makes no room moves the bars after it."""
    out = parse_tune(tune("4/4", "G|CDEF|GABc:|CDEF|"))
    quarter = out.tempos[0].qpm / 60
    assert [round(s.time * quarter, 6) for s in out.time_signatures] == [0.0, 13.0]
    assert starts_in_quarters(out)[:3] == pytest.approx([3.0, 4.0, 5.0])


def test_a_repeat_within_a_bar_keeps_the_bars() -> None:
    out = parse_tune(tune("4/4", "G|CDEF|GAB:|:G|CDEF|GAB:|"))
    assert len(out.notes) == 32
    assert [(s.time, s.numerator) for s in out.time_signatures] == [(0.0, 4)]
    assert starts_in_quarters(out) == pytest.approx([3.0 + i for i in range(32)])


def test_ornaments_and_prose_do_not_cost_the_tune() -> None:
    plain = parse_tune(tune("4/4", BARS))
    text = tune("4/4", '"Am"C{de}D!trill!E`F|GABc| % the turn\n%%staff\ncBAG|FEDC|') + "\nPlayed by all!\n"
    assert [note.pitch for note in parse_tune(text).notes] == [note.pitch for note in plain.notes]


def test_a_book_is_split_at_its_reference_numbers() -> None:
    book = "% A book\nM:4/4\n\n" + tune("4/4", BARS) + "\n" + tune("3/4", "CDE|")
    tunes = list(split_tunes(book))
    assert len(tunes) == 2
    assert all(text.startswith("X:1") for text in tunes)
    assert list(split_tunes("no tune here")) == []
    assert [t.count("\n") for t in split_tunes("X:1\rK:C\rC\rX:2\r\nK:C\r\nC")] == [3, 2]


def test_a_book_can_say_the_metre_and_the_note_length_of_all_its_tunes() -> None:
    first, second = split_tunes("L:1/4\nM:3/4\nN:Mine\n\nX:1\nK:C\nCDE|\n\nX:2\nL:1/8\nK:C\nCDE FGA|\n")
    assert starts_in_quarters(parse_tune(first)) == [0.0, 1.0, 2.0]
    assert starts_in_quarters(parse_tune(second)) == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    assert parse_tune(second).time_signatures[0].numerator == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("X:1\nT:Nothing\n", "no K: line"),
        (tune("4/4", "||"), "no notes"),
        (tune("4/4", "C,,,,,,,|"), "no notes; 1 note too high or too low for MIDI"),
        (
            tune("4/4", "||\nC/0|"),
            r"no notes; 1 sign passed over: a length of /0 divides .*line 8 of the tune",
        ),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    with pytest.raises(UserError, match=f"ABC that cannot be read: .*{words}"):
        parse_tune(text)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("[CDEFGABc]/16" * 12_501, "more than 100,000 notes"),
        ("|:" + "[CDEFGABc]/16|" * 1_500 + ":" * 9 + "|", "more than 100,000 notes"),
        ("C9999" * 10, "more than 3 hours"),
        ("C" + "9" * 5_000, "too large a number"),
        ("C////////////", "cut in half 12 times"),
        ("C" * 1_000_001, "more than 1,000,000 characters"),
        ("P:A\nCDEF|" + "|[1-99 C:|" * 2_000, "more than 100,000 bars"),
    ],
)
def test_music_without_end_is_refused(body: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_tune(tune("4/4", body))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("A99999", "too large a number"),
        ("(((A9)9)9)9", "plays more than 1,000 parts"),
        ("(" * 50 + "A", "brackets in brackets"),
    ],
)
def test_parts_without_end_are_played_as_written(order: str, words: str) -> None:
    sequence, (reason,) = read_tune(tune("4/4", f"P:A\n{BARS}", more=f"P:{order}\n"))
    assert len(sequence.notes) == 16 and words in reason


@pytest.mark.parametrize(
    ("sign", "pitches", "words"),
    [
        ("D/0", "CEF", "1 sign passed over: a length of /0 divides by 0 (line 8 of the tune)"),
        ("D99999", "CEF", "1 sign passed over: 99999 is too large a number"),
        ("D////////////", "CEF", "1 sign passed over: a note cannot be cut in half 12 times"),
        ("[DF]99999", "CEF", "1 sign passed over: 99999 is too large a number"),
        ("Z99999", "CEF", "1 sign passed over: 99999 is too large a number"),
        ("Z9999|", "CEF", "1 sign passed over: a rest of 9,999 bars"),
        ("(0D", "CDEF", "1 sign passed over: a tuplet of 0 notes"),
        ("(99999:1:1D", "CDEF", "1 sign passed over: a tuplet of 99,999 notes"),
        (">>>>>>>>>D", "CDEF", "1 sign passed over: a broken rhythm of 9 signs"),
        ("D/0D/0", "CEF", "2 signs passed over: a length of /0"),
        ("[Q:1/4=0]D", "CDEF", "Q:1/4=0 is no tempo of music (10 to 1,000 quarters a minute)"),
        ("[Q:1/0=100]D", "CDEF", "Q:1/0=100 is no tempo of music"),
        ("[Q:99999]D", "CDEF", "Q:99999 is no tempo of music"),
        ("[I:MIDI program 200]D", "CDEF", "%%MIDI program 200 (0 to 127 are possible)"),
        ("[I:MIDI drummap D 200]D", "CDEF", "%%MIDI drummap D 200, which names no note or no drum"),
        ("[m:~D=C]D", "CDEF", "a macro (m:), whose signs are not replaced"),
    ],
)
def test_a_sign_that_makes_no_sense_costs_no_other_note(sign: str, pitches: str, words: str) -> None:
    sequence, (reason,) = read_tune(tune("4/4", f"CDEF|\nC{sign}EF|CDEF|"))
    known = dict(zip("CDEF", (60, 62, 64, 65), strict=True))
    expected = [known[step] for step in f"CDEF{pitches}CDEF"]
    assert [note.pitch for note in sequence.notes] == expected
    assert {note.program for note in sequence.notes} == {0}
    assert reason.startswith(words)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="|:[]()<>-{}\"!&zZx0123/^_=',ABcdgPKMLQV:\n %\\\\+y.~$", max_size=80))
def test_whatever_is_written_is_music_or_a_sentence(body: str) -> None:
    try:
        sequence = parse_tune(tune("4/4", body))
    except UserError as error:
        assert 0 < len(str(error)) < 300
        assert "\n" not in str(error)
    else:
        assert all(note.start_time < note.end_time for note in sequence.notes)


def test_any_reference_number_will_do() -> None:
    assert np.all([n.pitch for n in parse_tune(tune("4/4", BARS).replace("X:1", "X: 12a")).notes])
