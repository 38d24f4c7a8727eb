"""A folder into TFRecords: as the original's tool, sharded, resumable, on any number of cores."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import base_vae.data.note_sequences as module
from base_vae.configs.presets import get_preset
from base_vae.data.collection import collect
from base_vae.data.note_sequences import convert_folder
from base_vae.errors import UserError
from base_vae.files import lock
from base_vae.readers.tfrecord import read_sequences
from tests.paths import ROOT
from tests.small_music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for i in range(8):
        write_midi(tmp_path / "songs" / f"{i}.mid", melody(tuple(p + i for p in SCALE * 2)))
    write_midi(tmp_path / "songs" / "deep" / "x.mid")
    tune = "X:1\nM:4/4\nL:1/4\nK:C\ncBAG|FEDC|\n\n"
    (tmp_path / "songs" / "book.abc").write_text(tune + tune.replace("K:C\n", ""))
    (tmp_path / "songs" / "bad.mid").write_bytes(b"MThd")
    (tmp_path / "songs" / "notes.txt").touch()
    return tmp_path / "songs"


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_one_file(music: Path, tmp_path: Path) -> None:
    report = convert_folder(music, tmp_path / "out.tfrecord")
    sequences = list(read_sequences(tmp_path / "out.tfrecord"))
    assert [s.filename for s in sequences] == [*(f"{i}.mid" for i in range(8)), "book.abc"]
    assert {s.collection_name for s in sequences} == {"songs"}
    # What note-seq's generate_note_sequence_id makes of these names.
    assert sequences[0].id == "/id/midi/songs/25d18a3d0f2a692bd554e1b2a665716b016c35eb"
    assert sequences[-1].id.startswith("/id/abc/songs/")
    assert "9 sequences from 9 files" in str(report)
    assert "bad.mid: a damaged or truncated MIDI file" in str(report)
    saved = json.loads((tmp_path / "out.tfrecord.report.json").read_text())
    assert saved == report.to_json()
    assert saved["rejected"].keys() == set(report.rejected)
    assert saved["files_of_another_kind"] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.tfrecord", "out.tfrecord.report.json", "songs"]


def test_shards_hold_the_same_and_give_the_same_examples(music: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    convert_folder(music, out / "n.tfrecord@4", recursive=True)
    shards = [f"n.tfrecord-{i:05d}-of-00004" for i in range(4)]
    assert sorted(everything(out)) == [*shards, "n.tfrecord@4.report.json"]
    convert_folder(music, tmp_path / "one.tfrecord", recursive=True)
    assert b"".join(everything(out)[name] for name in shards) == (tmp_path / "one.tfrecord").read_bytes()
    examples = collect(out / "n.tfrecord@4", CONVERTER).examples
    assert sorted(map(bytes, examples)) == sorted(map(bytes, collect(music, CONVERTER).examples))


def test_any_number_of_workers_writes_the_same(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FILES_A_PART", 2)
    for workers in (1, 2):
        (tmp_path / str(workers)).mkdir()
        convert_folder(music, tmp_path / str(workers) / "n.tfrecord@2", num_workers=workers)
    assert everything(tmp_path / "1") == everything(tmp_path / "2")


def test_it_goes_on_where_it_was_stopped(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FILES_A_PART", 3)
    read, seen = module.read_note_sequences, []

    def counting(source: object, *, limits: object) -> object:
        seen.append(source.name)
        if len(seen) == 8:
            raise KeyboardInterrupt
        return read(source, limits=limits)

    monkeypatch.setattr(module, "read_note_sequences", counting)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(KeyboardInterrupt):
        convert_folder(music, out / "n.tfrecord", num_workers=1)
    assert [p.name for p in out.iterdir()] == [".n.tfrecord.unfinished"]  # nothing that looks finished
    before = len(seen)
    report = convert_folder(music, out / "n.tfrecord", num_workers=1)
    assert len(seen) - before == 10 - 6  # two parts of three were done
    assert sorted(p.name for p in out.iterdir()) == ["n.tfrecord", "n.tfrecord.report.json"]
    convert_folder(music, tmp_path / "fresh.tfrecord", num_workers=1)
    assert (out / "n.tfrecord").read_bytes() == (tmp_path / "fresh.tfrecord").read_bytes()
    assert json.loads((tmp_path / "fresh.tfrecord.report.json").read_text()) == report.to_json()


def test_other_files_begin_anew(music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_publish", fail)
        with pytest.raises(KeyboardInterrupt):
            convert_folder(music, tmp_path / "n.tfrecord")
    write_midi(music / "0.mid", melody(SCALE))
    convert_folder(music, tmp_path / "n.tfrecord")
    assert len(next(read_sequences(tmp_path / "n.tfrecord")).notes) == len(SCALE)


def test_two_at_once_on_one_output(music: Path, tmp_path: Path) -> None:
    unfinished = tmp_path / ".n.tfrecord.unfinished"
    unfinished.mkdir()
    with lock(unfinished / ".lock", "busy"), pytest.raises(UserError, match=r"n\.tfrecord: another process"):
        convert_folder(music, tmp_path / "n.tfrecord")
    convert_folder(music, tmp_path / "n.tfrecord")
    assert not unfinished.exists()


def test_parts_that_are_damaged_are_made_again(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert_folder(music, tmp_path / "whole.tfrecord")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(module, "_publish", _interrupt)
        convert_folder(music, tmp_path / "out.tfrecord")
    (part,) = (tmp_path / ".out.tfrecord.unfinished").glob("*.part")
    for damage in (part.unlink, lambda: part.with_suffix(".json").write_text('{"files": [1]}')):
        damage()
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(module, "_publish", _interrupt)
            convert_folder(music, tmp_path / "out.tfrecord")
    convert_folder(music, tmp_path / "out.tfrecord")
    assert (tmp_path / "out.tfrecord").read_bytes() == (tmp_path / "whole.tfrecord").read_bytes()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_folder_with_the_name_of_the_report(music: Path, tmp_path: Path) -> None:
    (tmp_path / "out.tfrecord.report.json").mkdir()
    with pytest.raises(UserError, match=r"report\.json: cannot be written \(a folder has this name\)"):
        convert_folder(music, tmp_path / "out.tfrecord")
    assert not (tmp_path / "out.tfrecord").exists()


def test_a_folder_with_the_name_of_a_shard(music: Path, tmp_path: Path) -> None:
    (tmp_path / "n.tfrecord-00001-of-00002").mkdir()
    with pytest.raises(UserError, match=r"00001-of-00002: cannot be written \(a folder has this name\)"):
        convert_folder(music, tmp_path / "n.tfrecord@2")


def test_what_cannot_be_done(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such folder"):
        convert_folder(tmp_path / "nowhere", tmp_path / "x.tfrecord")
    with pytest.raises(UserError, match="no music that can be read"):
        convert_folder(tmp_path, tmp_path / "x.tfrecord")
    (tmp_path / "music").mkdir()
    write_midi(tmp_path / "music" / "a.mid")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        convert_folder(tmp_path / "music", tmp_path / "file" / "x.tfrecord")


def test_the_command(music: Path, tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "scripts" / "convert_dir_to_note_sequences.py"]
    flags = [f"--input_dir={music}", f"--output_file={tmp_path}/new/n.tfrecord@2", "--recursive"]
    done = subprocess.run([*command, *flags], capture_output=True, text=True, check=True)
    assert "10 sequences from 10 files" in done.stdout
    assert "11 of 11 files" in done.stderr
    assert len(list((tmp_path / "new").iterdir())) == 3
    bad = subprocess.run([*command, "--input_dir=nowhere", flags[1]], capture_output=True, text=True)
    assert (bad.returncode, bad.stderr) == (1, "error: nowhere: there is no such folder\n")
