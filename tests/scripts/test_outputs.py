"""Names of output files, and what their reports say."""

import pytest
from midime_scripts import midime_generate
from midime_scripts.common.outputs import Numbering, Numberings, made_by, stem_of, write_music, write_report

from base_vae.files import atomic_outputs
from base_vae.readers.read import read_file
from tests.scripts.commands import reset_flags
from tests.small_music import melody


def test_names_go_on_where_a_folder_ends(tmp_path):
    assert Numbering(tmp_path / "not_there_yet", "reels").take(2) == ["reels_01", "reels_02"]
    for name in ("reels_01.mid", "reels_02.mid", "reels_01-02.txt", "reels_07_original.mid", "hymns_40.mid"):
        (tmp_path / name).touch()
    numbering = Numbering(tmp_path, "reels")
    assert numbering.take(3) == ["reels_08", "reels_09", "reels_10"]
    assert numbering.all == "reels_08-10"
    assert Numbering(tmp_path, "hymns").take(1) == ["hymns_41"]
    assert Numbering(tmp_path, "hymns").all == "hymns_41"
    (tmp_path / "hymns_41-150.txt").touch()
    assert Numbering(tmp_path, "hymns").take(1) == ["hymns_151"]


def test_files_that_another_process_is_about_to_write_count_too(tmp_path):
    mine = Numbering(tmp_path, "reels")  # before, as commands do
    with atomic_outputs(tmp_path) as theirs:
        (theirs / "reels_01.mid").touch()
        assert mine.take(1) == ["reels_02"]
    assert Numbering(tmp_path, "reels").take(1) == ["reels_02"]


def test_pieces_of_one_stem_have_names_of_their_own(tmp_path):
    numberings = Numberings(tmp_path)
    assert [numberings.take(stem) for stem in ("a", "b", "a")] == ["a_01", "b_01", "a_02"]


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        ("my_songs/", "my_songs"),
        ("songs/tune.v2.mid", "tune.v2"),
        ("examples:reels", "reels"),
        ("mel_2bar", "mel_2bar"),
        ("songs/Tune (1).mid", "Tune_1"),
        ("runs/reels/model", "reels"),
        ("../", None),
        ("*", "music"),
    ],
)
def test_names_are_those_of_what_was_given(tmp_path, monkeypatch, source, stem):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert stem_of(source, "another") == (stem or tmp_path.name)


def test_nothing_is_overwritten(tmp_path):
    for _ in range(2):
        names = write_music([melody(), melody()], tmp_path, Numbering(tmp_path, "tune"), plot=False)
        write_report(tmp_path, "report", "one", "", "two")
    assert names == ["tune_03.mid", "tune_04.mid"]
    assert len(list(tmp_path.glob("*.mid"))) == 4
    assert len(read_file(tmp_path / "tune_04.mid").as_read) == 1
    assert (tmp_path / "report.txt").read_text() == "one\n\ntwo\n"


def test_reports_have_the_command_that_makes_the_same_again():
    values = midime_generate.FLAGS
    reset_flags(midime_generate)  # a test before may have left some
    try:
        values(["midime_generate", "--midi=my songs/", "--plot", "--num_bars=8", "--debug"])
        made = made_by("midime_generate", values, 12)
    finally:
        reset_flags(midime_generate)
    assert made.startswith("Made with seed 12. To make the same again:\n\n    midime_generate ")
    words = made.splitlines()[-1].split()
    assert "'--midi=my" in words and {"--plot", "--num_bars=8", "--seed=12"} <= set(words)
    assert len(words) == 6  # nothing that was not given
