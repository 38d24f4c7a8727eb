"""Scores in MusicXML: notes, chord symbols, signatures and the order of playing."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from note_seq.protobuf import music_pb2

import base_vae
from base_vae.errors import UserError
from tests.readers.on_the_grid import read_musicxml
from tests.readers.scores import ATTRIBUTES, BACKWARD, FORWARD, bar_line, ending, note, score, write_score
from tests.small_music import starts_in_quarters

SIXTY = '<direction><sound tempo="60"/></direction>'  # a quarter lasts a second
FOUR = note("C4") + note("D4") + note("E4") + note("F4")


@pytest.fixture
def read(tmp_path: Path):
    def from_text(text: str) -> music_pb2.NoteSequence:
        return read_musicxml(write_score(tmp_path / "x.musicxml", text))

    return from_text


def spans(sequence: music_pb2.NoteSequence) -> list[tuple[int, float, float]]:
    return [(n.pitch, round(n.start_time, 6), round(n.end_time, 6)) for n in sequence.notes]


def one_part(*measures: str) -> str:
    return score([ATTRIBUTES + SIXTY + measures[0], *measures[1:]])


def test_notes_rests_and_accidentals(read) -> None:
    out = read(one_part(note("C4") + note("R", 2) + note("F#4", 6) + note("Bb3"), note("Cb5", 16)))
    assert spans(out) == [(60, 0, 1), (66, 1.5, 3), (58, 3, 4), (71, 4, 8)]
    assert out.tempos[0].qpm == 60.0
    a_bar = '<note><rest measure="yes"/></note>'
    assert spans(read(one_part(FOUR, a_bar, note("C4"))))[-1] == (60, 8, 9)
    assert [(s.time, s.numerator, s.denominator) for s in out.time_signatures] == [(0.0, 4, 4)]


def test_ties_are_joined(read) -> None:
    start, stop, both = '<tie type="start"/>', '<tie type="stop"/>', '<tie type="stop"/><tie type="start"/>'
    out = read(one_part(note("C4", 16, start), note("C4", 16, both), note("C4", 8, stop) + note("C4", 8)))
    assert spans(out) == [(60, 0, 10), (60, 10, 12)]


def test_chords_voices_and_staves(read) -> None:
    chord = note("C4", 8) + note("E4", 8, first="<chord/>") + note("G4", 8)
    back = "<backup><duration>16</duration></backup>"
    forward = "<forward><duration>4</duration></forward>"
    out = read(one_part(chord + back + note("C3") + forward + note("D3", 8)))
    assert spans(out) == [(60, 0, 2), (64, 0, 2), (48, 0, 1), (67, 2, 4), (50, 2, 4)]


def test_grace_notes_and_cues_are_left_out(read) -> None:
    grace = "<note><grace/><pitch><step>B</step><octave>4</octave></pitch></note>"
    out = read(one_part(grace + FOUR.replace("<note>", "<note><cue/>", 1) + note("G4")))
    assert [pitch for pitch, *_ in spans(out)] == [62, 64, 65, 67]


def test_triplets(read) -> None:
    measure = FOUR.replace("<duration>4<", "<duration>2<") + note("G4", 2) + note("A4", 2)
    out = read(one_part(measure).replace("<divisions>4<", "<divisions>3<"))
    assert starts_in_quarters(out) == pytest.approx([i * 2 / 3 for i in range(6)])


def test_transposing_instruments(read) -> None:
    clarinet = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    text = one_part(note("D4", 16)).replace("</time>", f"</time>{clarinet}")
    assert spans(read(text)) == [(60, 0, 4)]
    piccolo = "<transpose><chromatic>0</chromatic><octave-change>1</octave-change></transpose>"
    text = one_part(note("D4", 16)).replace("</time>", f"</time>{piccolo}")
    assert spans(read(text)) == [(74, 0, 4)]


def test_parts_are_instruments_and_drums_are_drums(read) -> None:
    drum = (
        "<note><unpitched><display-step>C</display-step><display-octave>5</display-octave></unpitched>"
        '<duration>16</duration><instrument id="D1"/></note>'
    )
    flute = "<part-name>Flute</part-name><midi-instrument><midi-program>74</midi-program></midi-instrument>"
    snare = '<midi-instrument id="D1"><midi-unpitched>39</midi-unpitched></midi-instrument>'
    kit = f"<part-name>Kit</part-name>{snare}"
    channel = "<midi-instrument><midi-channel>10</midi-channel></midi-instrument>"
    parts = [[ATTRIBUTES + note("C4", 16)], [ATTRIBUTES + drum], [ATTRIBUTES + note("C2", 16)]]
    out = read(score(*parts, about=[flute, kit, channel]))
    assert [(n.instrument, n.program, n.is_drum, n.pitch) for n in out.notes] == [
        (0, 73, False, 60),
        (1, 0, True, 38),
        (2, 0, True, 36),
    ]
    assert [info.name for info in out.instrument_infos][:2] == ["Flute", "Kit"]


def test_one_note_of_a_part_may_be_a_hit(read) -> None:
    clap = '<note><unpitched/><duration>4</duration><instrument id="C"/></note>'
    clef = "<attributes><clef><sign>{}</sign></clef></attributes>".format
    voice = '<midi-instrument id="V"><midi-channel>1</midi-channel></midi-instrument>'
    channel = '<midi-instrument id="C"><midi-channel>10</midi-channel><midi-unpitched>40</midi-unpitched>'
    about = [f"<part-name>Song</part-name>{voice}{channel}</midi-instrument>"]
    by_name = note("C4", more='<instrument id="C"/>')
    bars = [ATTRIBUTES + note("C4") + clap + note("D4") + by_name, clef("percussion") + by_name + note("D2")]
    out = read(score([*bars, clef("G") + note("E4", 16)], about=about))
    assert [(n.pitch, n.is_drum) for n in out.notes] == [
        (60, False), (39, True), (62, False), (39, True), (39, True), (38, True), (64, False),
    ]  # fmt: skip


def test_a_short_part_waits_for_the_others(read) -> None:
    first = [ATTRIBUTES + SIXTY + note("C4"), note("D4", 16), note("E4", 16)]
    second = [ATTRIBUTES + note("C3", 16), note("D3", 16)]
    starts = [(n.pitch, n.start_time) for n in read(score(first, second)).notes]
    assert starts == [(60, 0), (62, 4), (64, 8), (48, 0), (50, 4)]


def test_pickups_end_a_bar(read) -> None:
    out = read(one_part(note("G4"), FOUR, FOUR))
    assert starts_in_quarters(out) == pytest.approx([3.0 + i for i in range(9)])
    assert [(s.time, s.numerator) for s in out.time_signatures] == [(0.0, 4)]


def test_signatures(read) -> None:
    key = "<key><fifths>-3</fifths><mode>minor</mode></key>"
    three = "<time><beats>3</beats><beat-type>4</beat-type></time>"
    waltz = f"<attributes><key><fifths>2</fifths></key>{three}</attributes>"
    text = one_part(FOUR, waltz + note("C4", 12)).replace("</divisions>", f"</divisions>{key}")
    out = read(text)
    assert [(s.time, s.numerator, s.denominator) for s in out.time_signatures] == [(0, 4, 4), (4, 3, 4)]
    signature = music_pb2.NoteSequence.KeySignature
    found = [(k.time, k.key, k.mode) for k in out.key_signatures]
    assert found == [(0, signature.C, signature.MINOR), (4, signature.D, signature.MAJOR)]


def test_a_metre_that_is_not_given_is_that_of_most_measures(read) -> None:
    no_time = "<attributes><divisions>4</divisions></attributes>"
    out = read(score([no_time + note("C4", 12), note("D4", 12), note("E4", 12)]))
    assert [(s.numerator, s.denominator) for s in out.time_signatures] == [(3, 4)]


@pytest.mark.parametrize(
    ("mark", "qpm"),
    [
        ('<sound tempo="90"/>', 90),
        ("<direction><direction-type><metronome><beat-unit>half</beat-unit><per-minute>60</per-minute>"
         "</metronome></direction-type></direction>", 120),
        ("<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
         "<per-minute>c. 60</per-minute></metronome></direction-type></direction>", 90),
        ('<sound tempo="fast"/>', 120),
        ('<sound tempo="nan"/>', 120),
        ("", 120),
    ],
)  # fmt: skip
def test_tempos(read, mark: str, qpm: float) -> None:
    assert read(score([ATTRIBUTES + mark + FOUR])).tempos[0].qpm == pytest.approx(qpm)


def played(read, *measures: str) -> list[int]:
    """Which measures are played, counted from 1; measure n is a note n semitones above middle C."""
    notes = [note(("C4", "C#4", "D4", "D#4", "E4", "F4", "F#4", "G4")[i], 16) for i in range(len(measures))]
    marked = [m.replace("NOTE", n) if "NOTE" in m else m + n for m, n in zip(measures, notes, strict=True)]
    return [n.pitch - 59 for n in read(one_part(*marked)).notes]


def words(text: str) -> str:
    return f"<direction><direction-type><words>{text}</words></direction-type></direction>"


SEGNO = "<direction><direction-type><segno/></direction-type></direction>"
CODA = "<direction><direction-type><coda/></direction-type></direction>"


def test_repeats_and_endings(read) -> None:
    back, forth = "NOTE" + bar_line(BACKWARD), bar_line(FORWARD)
    assert played(read, "", back, "") == [1, 2, 1, 2, 3]
    assert played(read, "", forth, back, "") == [1, 2, 3, 2, 3, 4]
    assert played(read, "NOTE" + bar_line('<repeat direction="backward" times="3"/>'), "") == [1, 1, 1, 2]
    first = bar_line(ending("1", "start")) + "NOTE" + bar_line(ending("1", "stop"), BACKWARD)
    second = bar_line(ending("2", "start")) + "NOTE" + bar_line(ending("2", "discontinue"))
    assert played(read, forth, first, second, "") == [1, 2, 1, 3, 4]
    both = bar_line(ending("1, 2", "start")) + "NOTE" + bar_line(ending("1, 2", "stop"), BACKWARD)
    third = bar_line(ending("3", "start")) + "NOTE" + bar_line(ending("3", "stop"))
    assert played(read, forth, both, third) == [1, 2, 1, 2, 1, 3]


@pytest.mark.parametrize("numbers", [("", ""), ("a", "b"), ("first", "last")])
def test_endings_without_numbers_come_in_their_order(read, numbers: tuple[str, str]) -> None:
    first = bar_line(ending(numbers[0], "start")) + "NOTE" + bar_line(ending(numbers[0], "stop"), BACKWARD)
    second = bar_line(ending(numbers[1], "start")) + "NOTE" + bar_line(ending(numbers[1], "discontinue"))
    assert played(read, bar_line(FORWARD), first, second, "") == [1, 2, 1, 3, 4]


def test_endings_longer_than_the_first(read) -> None:
    def volta(number: str, *, repeats: bool = True, last: str = "stop") -> list[str]:
        """An ending of two measures."""
        end = bar_line(ending(number, last), BACKWARD if repeats else "")
        return [bar_line(ending(number, "start")), "NOTE" + end]

    forth, first = (
        bar_line(FORWARD),
        bar_line(ending("1", "start")) + "NOTE" + bar_line(ending("1", "stop"), BACKWARD),
    )
    last = bar_line(ending("3", "start")) + "NOTE" + bar_line(ending("3", "discontinue"))
    assert played(read, forth, first, *volta("2"), last, "") == [1, 2, 1, 3, 4, 1, 5, 6]
    for number in ("2, 3", "2,3", "2-3", "2.-3."):
        assert played(read, forth, first, *volta(number), "") == [1, 2, 1, 3, 4, 1, 3, 4, 5]
    assert played(read, forth, first, *volta("2"), "") == [
        1,
        2,
        1,
        3,
        4,
        5,
    ]  # its bracket says how long it is
    second = volta("2", repeats=False, last="discontinue")
    assert played(read, forth, first, *second, words("D.C.")) == [1, 2, 1, 3, 4, 5, 1, 3, 4, 5]
    assert played(read, "", first, second[0], second[1] + words("D.C.")) == [1, 2, 1, 3, 4, 1, 3, 4]
    after = [words("To Coda"), words("D.C. al Coda"), CODA]
    assert played(read, forth, first, *volta("2"), *after) == [1, 2, 1, 3, 4, 5, 6, 1, 3, 4, 5, 7]


def test_the_ending_after_a_jump_is_that_of_the_last_time(read) -> None:
    odd = bar_line(ending("1,3", "start")) + "NOTE" + bar_line(ending("1,3", "stop"), BACKWARD)
    even = bar_line(ending("2", "start")) + "NOTE" + bar_line(ending("2", "stop"), BACKWARD)
    assert played(read, "", odd, even, words("D.C.")) == [1, 2, 1, 3, 1, 2, 4, 1, 2, 4]


def test_jumps(read) -> None:
    assert played(read, "", words("Fine"), words("D.C. al Fine")) == [1, 2, 3, 1, 2]
    assert played(read, "", SEGNO, "NOTE" + words("D.S.")) == [1, 2, 3, 2, 3]
    assert played(read, "", "NOTE" + CODA, words("D.C. al Coda"), CODA) == [1, 2, 3, 1, 2, 4]
    assert played(read, "", words("To Coda"), words("D.C. al Coda"), CODA) == [1, 2, 3, 1, 2, 4]
    sounds = ["", '<sound segno="a"/>', '<sound tocoda="b"/>', '<sound dalsegno="a"/>', '<sound coda="b"/>']
    assert played(read, *sounds) == [1, 2, 3, 4, 2, 3, 5]
    again = "NOTE" + bar_line(BACKWARD)
    assert played(read, again, '<sound fine="yes"/>', '<sound dacapo="yes"/>') == [1, 1, 2, 3, 1, 2]


def test_scores_that_are_written_timewise(read) -> None:
    text = one_part(FOUR, note("G4", 16)).replace("score-partwise", "score-timewise")
    text = text.replace('<part id="P0">', "").replace("</part>", "")
    text = text.replace('<measure number="1">', '<measure number="1"><part id="P0">')
    text = text.replace('<measure number="2">', '<measure number="2"><part id="P0">')
    text = text.replace("</measure>", "</part></measure>")
    assert [pitch for pitch, *_ in spans(read(text))] == [60, 62, 64, 65, 67]


def test_whether_compressed_or_not(tmp_path: Path) -> None:
    text = one_part(FOUR)
    plain = read_musicxml(write_score(tmp_path / "x.xml", text))
    wide = tmp_path / "wide.xml"
    wide.write_bytes(text.replace("UTF-8", "UTF-16").encode("utf-16"))
    for container in (
        "<container><rootfiles><rootfile full-path='a/b.xml'/></rootfiles></container>",
        "<damaged '",
    ):
        with zipfile.ZipFile(tmp_path / "x.mxl", "w") as archive:
            archive.writestr("META-INF/container.xml", container)
            archive.writestr("a/b.xml", text)
        assert read_musicxml(tmp_path / "x.mxl") == plain
    assert read_musicxml(wide) == plain


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 9)), min_size=1, max_size=5), min_size=1)
)
def test_any_measures_give_back_their_notes(read, measures: list[list[tuple[int, int]]]) -> None:
    written, expected, at = [], [], 0
    for measure in measures:
        written.append(
            "".join(note("R" if not step else f"{'CDEFGAB'[step - 1]}4", n) for step, n in measure)
        )
        for step, n in measure:
            if step:
                expected.append(((60, 62, 64, 65, 67, 69, 71)[step - 1], at / 4, (at + n) / 4))
            at += n
    if expected:
        found = spans(read(one_part(*written)))
        moved = found[0][1] - expected[0][1]  # by a pickup
        assert found == [(pitch, start + moved, end + moved) for pitch, start, end in expected]


def test_real_lead_sheets(shared: Path) -> None:
    files = sorted((shared / "data" / "leadsheets").rglob("*.mxl"))
    assert len(files) == 306
    for path in files[::12]:
        sequence = read_musicxml(path)
        assert len(sequence.notes) > 20, path
        assert sequence.text_annotations, path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("<html></html>", "not a MusicXML score"),
        ("<score-partwise></score-partwise>", "no part"),
        (score([ATTRIBUTES]), "no notes"),
        (score([]), "no notes"),
        (one_part(FOUR)[:-30], "damaged or truncated"),
        ("Dear John", "damaged or truncated"),
        (
            one_part(FOUR).replace("<divisions>4<", "<divisions>0<"),
            "notes; 1 value passed over: <divisions> '0'",
        ),
        (one_part(note("C4", -4)), "no notes; 1 value passed over: <duration> '-4' in measure 1"),
        (one_part(note("C4", 3999) * 100), "more than 3 hours"),
    ],
)
def test_what_cannot_be_read_is_said(read, text: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        read(text)
    assert "x.musicxml" not in str(caught.value)
    assert "\n" not in str(caught.value)


THREE = note("C4") + note("D4") + note("E4")
UNPITCHED = note("C4").replace("pitch>", "unpitched>").replace("octave>", "display-octave>")


@pytest.mark.parametrize(
    ("bad", "value"),
    [
        (note("G4").replace(">4</duration>", ">four</duration>"), "<duration> 'four'"),
        (note("G4").replace(">4</duration>", ">-4</duration>"), "<duration> '-4'"),
        (note("G4").replace(">4</duration>", ">1e9</duration>"), "<duration> '1e9'"),
        (note("G4").replace(">4</duration>", "></duration>"), "<duration> ''"),
        (note("G4").replace(">4</octave>", ">x</octave>"), "<octave> 'x'"),
        (note("G#4").replace(">1</alter>", ">nan</alter>"), "<alter> 'nan'"),
        (note("G4").replace(">G<", ">H<"), "<step> 'H'"),
        (UNPITCHED.replace(">4</display", ">?</display"), "<display-octave> '?'"),
    ],
)  # fmt: skip
def test_a_note_that_cannot_be_read_costs_no_other(tmp_path: Path, bad: str, value: str) -> None:
    path = write_score(tmp_path / "x.musicxml", one_part(THREE + bad, FOUR))
    music = base_vae.read_music(path)
    whole = [(60, 0, 1), (62, 1, 2), (64, 2, 3), (60, 4, 5), (62, 5, 6), (64, 6, 7), (65, 7, 8)]
    assert spans(music.sequences[0]) == whole
    assert music.report.passed_over == {f"1 value passed over: {value} in measure 1": 1}


@pytest.mark.parametrize(
    "bad",
    [
        "<attributes><key><fifths>x</fifths></key></attributes>",
        "<attributes><transpose><chromatic>x</chromatic></transpose></attributes>",
        '<direction><sound tempo="fast"/></direction>',
        '<direction><sound tempo="0"/></direction>',
        "<attributes><key><fifths>99</fifths></key></attributes>",
        "<forward><duration>x</duration></forward>",
        "<harmony><root><root-step>H</root-step></root><kind>major</kind></harmony>",
        "<harmony><root><root-step>C</root-step><root-alter>x</root-alter></root><kind>major</kind></harmony>",
    ],
)
def test_a_sign_that_cannot_be_read_costs_no_note(tmp_path: Path, bad: str) -> None:
    music = base_vae.read_music(write_score(tmp_path / "x.musicxml", one_part(bad + FOUR, FOUR)))
    assert spans(music.sequences[0])[:4] == [(60, 0, 1), (62, 1, 2), (64, 2, 3), (65, 3, 4)]
    assert len(music.sequences[0].notes) == 8
    (reason,) = music.report.passed_over
    assert reason.startswith("1 value passed over: <") and "measure 1" in reason


@pytest.mark.parametrize("times", ["0", "100", "x"])
def test_a_repeat_of_senseless_times_is_played_twice(tmp_path: Path, times: str) -> None:
    repeat = bar_line(f'<repeat direction="backward" times="{times}"/>')
    music = base_vae.read_music(write_score(tmp_path / "x.musicxml", one_part(FOUR + repeat, FOUR)))
    assert len(music.sequences[0].notes) == 12
    assert list(music.report.passed_over) == [f"1 value passed over: <repeat times> {times!r} in measure 1"]


def test_written_forms_stand_in_for_lengths_that_cannot_be_read(read) -> None:
    dotted = note("C4", 6, "<type>quarter</type><dot/>") + note("D4", 2, "<type>eighth</type>")
    half = note("E4", 8, "<type>half</type>")
    whole = [(60, 0, 1.5), (62, 1.5, 2), (64, 2, 4)]
    assert spans(read(one_part(dotted + half))) == whole
    assert spans(read(one_part(dotted + half).replace("<divisions>4<", "<divisions>x<"))) == whole
    assert spans(read(one_part(dotted.replace(">6<", ">?<") + half))) == whole


def test_a_step_back_that_cannot_be_read_goes_to_the_bar_line(read) -> None:
    back = "<backup><duration>x</duration></backup>"
    assert spans(read(one_part(note("C4", 16) + back + note("C3", 16)))) == [(60, 0, 4), (48, 0, 4)]


@pytest.mark.parametrize("number", ["x9", "0", "129", "999"])
def test_instruments_whose_numbers_make_no_sense(tmp_path: Path, number: str) -> None:
    about = f"<midi-instrument id='I1'><midi-program>{number}</midi-program></midi-instrument>"
    kit = f"<midi-instrument id='I1'><midi-unpitched>{number}</midi-unpitched></midi-instrument>"
    hit = UNPITCHED.replace("<duration>", "<instrument id='I1'/><duration>")
    music = base_vae.read_music(
        write_score(
            tmp_path / "x.musicxml", score([ATTRIBUTES + FOUR], [ATTRIBUTES + hit], about=[about, kit])
        )
    )
    assert {note.program for note in music.sequences[0].notes} == {0}
    assert [note.pitch for note in music.sequences[0].notes if note.is_drum] == [60]
    (reason,) = music.report.passed_over
    assert reason == f"2 values passed over: <midi-program> {number!r}"
