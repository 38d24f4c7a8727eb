"""From whatever lies in a folder to distinct examples and a report."""

from pathlib import Path

import numpy as np
import pytest

from base_vae.configs.presets import get_preset
from base_vae.data.collection import collect
from base_vae.errors import UserError
from base_vae.readers.tfrecord import write_sequences
from tests.small_music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter
TUNE = "X:1\nM:4/4\nL:1/4\nK:C\ncBAG|FEDC|\n"


def test_a_folder_of_everything(tmp_path: Path) -> None:
    write_midi(tmp_path / "b.mid")
    write_midi(tmp_path / "deep" / "er" / "à.MIDI", melody(tuple(p + 1 for p in SCALE)))
    (tmp_path / "tune.abc").write_text(TUNE)
    write_sequences(tmp_path / "x.tfrecord", [melody(tuple(p + 2 for p in SCALE)), melody(SCALE[:3])])
    (tmp_path / "cut.mid").write_bytes((tmp_path / "b.mid").read_bytes()[:30])
    (tmp_path / "notes.txt").write_text("buy milk")
    write_midi(tmp_path / ".hidden.mid", melody(tuple(p + 5 for p in SCALE)))
    write_midi(tmp_path / "__MACOSX" / "b.mid", melody(tuple(p + 6 for p in SCALE)))
    write_midi(tmp_path / ".git" / "b.mid", melody(tuple(p + 7 for p in SCALE)))

    found = collect(tmp_path, CONVERTER)
    assert found.examples.dtype == np.uint8
    assert found.examples.shape == (len(found.sources), 32)
    assert len(np.unique(found.examples, axis=0)) == len(found.examples) == 5
    assert found.sources.tolist() == [0, 0, 1, 2, 3]
    names = [str(Path(file.name).relative_to(tmp_path)) for file in found.report.files]
    assert names == ["b.mid", "cut.mid", "tune.abc", "x.tfrecord", "deep/er/à.MIDI"]
    assert [file.examples for file in found.report.files] == [2, 0, 1, 1, 1]
    assert [file.reason is None for file in found.report.files] == [True, False, True, True, True]
    assert found.report.not_music == 1
    assert "cut.mid: a damaged or truncated MIDI file" in str(found.report)

    again = collect([str(tmp_path)], CONVERTER)
    assert np.array_equal(again.examples, found.examples)
    assert again.report == found.report

    flat = collect(tmp_path, CONVERTER, recursive=False)
    assert len(flat.report.files) == 4


def test_a_file_is_read_once_and_repetitions_are_one(tmp_path: Path) -> None:
    first = write_midi(tmp_path / "a.mid")
    write_midi(tmp_path / "b.mid")
    found = collect([first, tmp_path, first], CONVERTER)
    assert [Path(file.name).name for file in found.report.files] == ["a.mid", "b.mid"]
    assert len(found.examples) == 2
    assert found.sources.tolist() == [0, 0]
    assert "2 more were repetitions" in str(found.report)


@pytest.mark.parametrize(
    ("sequence", "reason"),
    [
        (melody(is_drum=True), "only drums"),
        (melody(()), "no notes in it"),
        (melody((60,), quarters=16.0), "one note is too little to learn from"),
        (melody(SCALE[:3]), "melody shorter than 2 bars"),
        (
            melody((60, 62, 64) * 2, quarters=8.0, program=40),
            r"instrument that is not a melody's \(General MIDI programs 41\)",
        ),
        (melody(metres=((0.0, 3, 4),)), "time signature 3/4, not 4/4"),
        (melody((1, 2) * 8), "note outside pitches 21 to 108"),
    ],
)
def test_why_a_file_was_left_out(tmp_path: Path, sequence: object, reason: str) -> None:
    write_midi(tmp_path / "good.mid")
    write_midi(tmp_path / "other.mid", sequence)
    report = collect(tmp_path, CONVERTER).report
    assert [file.reason is None for file in report.files] == [True, False]
    with pytest.raises(UserError, match=rf"other\.mid: {reason}"):
        collect(tmp_path / "other.mid", CONVERTER)


def test_melodies_cut_up_by_rests(tmp_path: Path) -> None:
    sequence = melody(SCALE)
    for i, note in enumerate(sequence.notes):  # a note of a quarter every three bars
        note.start_time, note.end_time = i * 6.0, i * 6.0 + 0.5
    sequence.total_time = sequence.notes[-1].end_time
    with pytest.raises(UserError, match="melody shorter than 2 bars"):
        collect(write_midi(tmp_path / "sparse.mid", sequence), CONVERTER)


def test_the_parts_in_four_four_are_used(tmp_path: Path) -> None:
    header = ((0.0, 4, 4), (8.0, 3, 4), (14.0, 4, 4))
    path = write_midi(tmp_path / "mixed.mid", melody((*SCALE, *[50] * 6, *SCALE[::-1]), metres=header))
    found = collect(path, CONVERTER)
    ids = [[int(event) + 19 for event in example if event > 1] for example in found.examples]
    assert ids == [list(SCALE), list(SCALE[::-1])]
    assert found.report.rejected["time signature 3/4, not 4/4"] == 1


def test_a_half_bar_in_the_middle_does_not_move_the_bars_after_it(tmp_path: Path) -> None:
    header = ((0.0, 4, 4), (8.0, 2, 4), (10.0, 4, 4))
    path = write_midi(tmp_path / "half.mid", melody((*SCALE, 50, 51, *SCALE[::-1]), metres=header))
    last = [int(event) + 19 for event in collect(path, CONVERTER).examples[-1] if event > 1]
    assert last == list(SCALE[::-1])


def test_a_missing_path_does_not_cost_the_others(tmp_path: Path) -> None:
    good = write_midi(tmp_path / "good.mid")
    report = collect([tmp_path / "nowhere", good], CONVERTER).report
    assert "nowhere: there is no such file or folder" in str(report)
    with pytest.raises(UserError, match="nowhere: there is no such file or folder"):
        collect(tmp_path / "nowhere", CONVERTER)


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no music was given"):
        collect([], CONVERTER)
    with pytest.raises(UserError, match=r"no music file in this folder \(those end in \.mid, .*\.examples\)"):
        collect(tmp_path, CONVERTER)
    (tmp_path / "cover.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(UserError, match="the 1 in it end otherwise"):
        collect(tmp_path, CONVERTER)
    with pytest.raises(UserError, match=r"cover\.jpg: not a kind of file that is read"):
        collect(tmp_path / "cover.jpg", CONVERTER)


def test_nothing_usable_says_why_of_each(tmp_path: Path) -> None:
    write_midi(tmp_path / "drums.mid", melody(is_drum=True))
    (tmp_path / "empty.mid").touch()
    with pytest.raises(UserError) as caught:
        collect(tmp_path, CONVERTER)
    assert "drums.mid: only drums" in str(caught.value)
    assert "empty.mid: the file is empty" in str(caught.value)


def test_a_book_without_a_usable_tune_gives_its_reasons(tmp_path: Path) -> None:
    book = tmp_path / "jigs.abc"
    jig = TUNE.replace("4/4", "6/8")
    book.write_text(jig + jig + TUNE.replace("K:C\n", ""))
    with pytest.raises(
        UserError, match=r"none of its 3 pieces can be used: time signature 6/8.* \(2\), .*no K: line.* \(1\)"
    ):
        collect(book, CONVERTER)


def test_two_hundred_files_make_a_short_report(tmp_path: Path) -> None:
    data = write_midi(tmp_path / "0.mid").read_bytes()
    for i in range(1, 200):
        (tmp_path / f"{i}.mid").write_bytes(data if i % 3 else data[:50])
    report = collect(tmp_path, CONVERTER).report
    assert len(report.used) + len(report.left_out) == 200
    assert len(report.lines()) < 10
