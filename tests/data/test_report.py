"""The report of what was read stays true and short."""

import collections

from base_vae.data.report import FileReport, Report


def test_few_files_are_all_named() -> None:
    report = Report(
        files=(
            FileReport("a.mid", 1, 12),
            FileReport("book.abc", 3, 5),
            FileReport("drums.mid", 1, 0, "only drums"),
        ),
        examples=16,
        rejected=collections.Counter({"melody shorter than 2 bars": 4}),
        not_music=2,
    )
    assert str(report).splitlines() == [
        "16 examples from 2 files (1 more were repetitions between files)",
        "  a.mid: 12 examples",
        "  book.abc: 5 examples from 3 pieces",
        "1 file left out",
        "  drums.mid: only drums",
        "2 files of another kind passed over",
        "Music left out: melody shorter than 2 bars (4)",
    ]


def test_many_files_are_summed_up() -> None:
    good = [FileReport(f"good{i}.mid", 1, 7) for i in range(150)]
    drums = [FileReport(f"drums{i}.mid", 1, 0, "only drums") for i in range(30)]
    odd = [FileReport(f"odd{i}.mid", 0, 0, f"reason {i}") for i in range(20)]
    report = Report((*good, *drums, *odd), 1050, collections.Counter(f"why {i}" for i in range(50)))
    lines = report.lines()
    assert len(lines) < 15
    assert lines[0] == "1,050 examples from 150 files"
    assert "  only drums: drums0.mid, drums1.mid, drums2.mid and 27 more" in lines
    assert "  13 other reasons: 13 files" in lines
    assert len(report.used) == 150
    assert len(report.left_out) == 50


def test_nothing_left_out_is_not_spoken_of() -> None:
    report = Report((FileReport("a.mid", 1, 1),), 1, collections.Counter())
    assert report.lines() == ["1 example from 1 file", "  a.mid: 1 example"]


def test_a_musician_reads_a_sentence() -> None:
    read = [FileReport(f"songs/{number}.abc", 1, 5) for number in range(6)]
    waltz = FileReport("songs/waltz.abc", reason="it is in 3/4, which the model does not know")
    some = Report((*read, waltz), 30, collections.Counter())
    assert some.sentence() == (
        "Read 6 of 7 songs; left out: waltz.abc (it is in 3/4, which the model does not know)"
    )
    assert Report(tuple(read), 30, collections.Counter()).sentence() == "Read 6 songs"
    many = Report((*read, *[waltz] * 5), 30, collections.Counter())
    assert many.sentence().startswith("Read 6 of 11 songs; ") and many.sentence().endswith(", 2 more")
