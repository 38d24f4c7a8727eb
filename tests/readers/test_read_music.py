"""The public reader: what files, folders and archives hold, as they say it, and a report of the rest."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import base_vae
from base_vae.readers.read import read_file
from base_vae.readers.read_music import ReadMusic
from base_vae.readers.tfrecord import write_sequences
from tests.readers.scores import ATTRIBUTES, note, score, write_score
from tests.small_music import melody, write_midi

TUNE = "X:1\nT:One\nM:3/4\nL:1/4\nQ:1/4=90\nK:D\n"


def read_abc(path: Path, text: str) -> ReadMusic:
    (path / "x.abc").write_text(text)
    return base_vae.read_music(path / "x.abc")


def test_everything_that_is_given_is_read(tmp_path: Path) -> None:
    write_midi(tmp_path / "in" / "a.mid")
    (tmp_path / "in" / "b.abc").write_text(TUNE + "DEF|\n\nX:2\nnothing\n")
    write_score(tmp_path / "in" / "c.musicxml", score([ATTRIBUTES + note("C4", 16)]))
    write_sequences(tmp_path / "in" / "d.tfrecord", [melody(), melody()])
    (tmp_path / "in" / "e.txt").write_text("not music")
    (tmp_path / "in" / "f.mid").write_bytes(b"MThd")
    (tmp_path / "in" / "h.examples").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "in" / "g.zip", "w") as archive:
        archive.write(tmp_path / "in" / "a.mid", "deep/a.mid")
    music = base_vae.read_music(tmp_path / "in")
    assert [len(sequence.notes) for sequence in music.sequences] == [16, 3, 1, 16, 16, 16]
    assert [(Path(file.name).name, file.sequences) for file in music.report.files] == [
        ("a.mid", 1), ("b.abc", 1), ("c.musicxml", 1), ("d.tfrecord", 2), ("f.mid", 0), ("a.mid", 1),
        ("h.examples", 0),
    ]  # fmt: skip
    assert music.report.not_music == 1
    reasons = [reason for file in music.report.files for reason in file.passed_over]
    assert reasons == [
        "ABC that cannot be read: the tune has no K: line, where its notes would begin",
        "a damaged or truncated MIDI file (it ends too early)",
        "it holds a model's examples, not music",
    ]
    assert "f.mid: a damaged" in str(music.report) and "6 pieces from 5 files" in str(music.report)
    assert repr(music) == "<ReadMusic: 6 pieces, 7 files>"
    again = base_vae.read_music([tmp_path / "in" / "a.mid", str(tmp_path / "in" / "b.abc")])
    assert again.sequences == music.sequences[:2]


def test_music_stays_as_it_is_written(tmp_path: Path) -> None:
    text = TUNE + 'D|"Em"EF[Q:1/4=120]G|[M:6/8][L:1/8][K:Am]ABcdef|\n'
    (sequence,) = read_abc(tmp_path, text).sequences
    assert [(tempo.time, tempo.qpm) for tempo in sequence.tempos] == [(0, 90), (pytest.approx(2.0), 120)]
    assert [(s.time, s.numerator, s.denominator) for s in sequence.time_signatures] == [
        (0, 3, 4), (pytest.approx(2 / 3), 3, 4), (2.5, 6, 8),
    ]  # fmt: skip
    assert [(k.time, k.key) for k in sequence.key_signatures] == [(0, 2), (2.5, 9)]
    assert [(a.text, a.time) for a in sequence.text_annotations] == [("Em", pytest.approx(2 / 3))]
    assert sequence.notes[0].start_time == 0  # a pickup is not moved
    assert sequence.notes[4].start_time == 2.5
    assert sequence.total_time == 4.0
    assert sequence.sequence_metadata.title == "One"


def test_tempo_changes_of_a_score(tmp_path: Path) -> None:
    slower = '<direction><sound tempo="60"/></direction>'
    measures = [ATTRIBUTES + '<sound tempo="120"/>' + note("C4", 8) + slower + note("D4", 8), note("E4", 16)]
    path = write_score(tmp_path / "x.xml", score(measures, [ATTRIBUTES + note("C3", 16), note("D3", 16)]))
    (sequence,) = base_vae.read_music(path).sequences
    assert [(t.time, t.qpm) for t in sequence.tempos] == [(0, 120), (1, 60)]
    assert [(n.pitch, n.start_time, n.end_time) for n in sequence.notes] == [
        (60, 0, 1), (62, 1, 3), (64, 3, 7), (48, 0, 3), (50, 3, 7),
    ]  # fmt: skip
    (piece,) = read_file(path).pieces  # beats of equal length
    assert piece.start.tolist() == [0, 1, 2, 0, 2]


def test_passed_over_parts_are_in_the_report(tmp_path: Path) -> None:
    music = read_abc(tmp_path, TUNE.replace("M:3/4", "M:of my own") + "DE,,,,,,F|\n")
    assert music.report.passed_over == {
        "M:of my own is no metre (such as 4/4, C or none)": 1,
        "1 note too high or too low for MIDI": 1,
    }
    assert [note.pitch for note in music.sequences[0].notes] == [62, 66]


def test_nothing_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    for paths, words in (
        ([], "no music was given"),
        (tmp_path / "gone.mid", "there is no such file or folder"),
        (tmp_path, "no music file in this folder"),
    ):
        with pytest.raises(base_vae.UserError, match=words):
            base_vae.read_music(paths)
    (tmp_path / "a.mid").write_bytes(b"MThd")
    (tmp_path / "b.abc").write_text("Dear John")
    with pytest.raises(base_vae.UserError, match=r"(?s)no music that can be read\n.*a.mid: .*b.abc: no tune"):
        base_vae.read_music(tmp_path)


@pytest.mark.parametrize("paths", [5, None, b"x.mid", [5], [None], "", "a\0.mid", {"tempo": 1}.values()])
def test_what_is_no_path_is_refused(paths) -> None:
    with pytest.raises(base_vae.UserError, match=r"^a path must be text, or a Path \(received "):
        base_vae.read_music(paths)


def test_names_of_files_send_nothing_to_the_terminal(tmp_path: Path) -> None:
    path = Path(tmp_path, "a\x1b[31m\n.mid")
    path.write_bytes(b"MThd")
    with pytest.raises(base_vae.UserError) as caught:
        base_vae.read_music(path)
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    for name in ("x.mid", "x.abc", "x.musicxml", "x.tfrecord", "x.zip"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "y.musicxml").symlink_to("/dev/zero")
    write_midi(tmp_path / "z.mid")
    music = base_vae.read_music(tmp_path)
    assert len(music.sequences) == 1
    assert music.report.passed_over == {"not a regular file": 6}


def test_tensorflow_is_not_needed(tmp_path: Path) -> None:
    path = write_midi(tmp_path / "a.mid")
    code = (
        "import sys, base_vae; print(base_vae.read_music(sys.argv[1]));"
        "assert not {'tensorflow', 'keras', 'note_seq', 'pandas'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "<ReadMusic: 1 piece, 1 file>\n"
