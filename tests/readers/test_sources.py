"""What is found behind a name, and what archives may not do."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

import base_vae
from base_vae.configs.presets import get_preset
from base_vae.data.collection import collect
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import read_pieces
from base_vae.readers.sources import Source, find_sources
from base_vae.readers.tfrecord import write_sequences
from tests.small_music import SCALE, melody, write_midi

CONVERTER = get_preset("cat-mel_2bar_small").converter


def names(*paths: object, **settings: object) -> list[str]:
    sources, _ = find_sources([str(path) for path in paths], **settings)
    return [Path(source.name).name for source in sources if not source.problem]


def problem(path: Path, limits: Limits = DEFAULT_LIMITS) -> str:
    (source,), _ = find_sources(path, limits=limits)
    if source.problem:
        return source.problem
    with pytest.raises(UserError) as caught:
        list(read_pieces(source, limits=limits))
    return str(caught.value)


def zipped(path: Path, files: dict[str, bytes], **settings: object) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def song(tmp_path: Path) -> bytes:
    return write_midi(tmp_path / "aside" / "song.mid").read_bytes()


def test_riff_files_are_midi_files_in_a_container(tmp_path: Path) -> None:
    song = write_midi(tmp_path / "plain.mid").read_bytes()
    riff = b"RMIDdata" + struct.pack("<L", len(song)) + song
    for name in ("a.rmi", "b.RMI"):
        (tmp_path / name).write_bytes(b"RIFF" + struct.pack("<L", len(riff)) + riff)
    zipped(tmp_path / "all.zip", {"c.rmi": (tmp_path / "a.rmi").read_bytes()})
    assert names(tmp_path) == ["a.rmi", "c.rmi", "b.RMI", "plain.mid"]
    read = base_vae.read_music(tmp_path).sequences
    assert len(read) == 4 and all(sequence.notes == read[-1].notes for sequence in read)


def test_patterns_shards_and_karaoke(tmp_path: Path, song: bytes) -> None:
    for name in ("b.mid", "a.KAR", "c.txt", "deep/d.mid"):
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_bytes(song)
    assert names(tmp_path / "x") == ["a.KAR", "b.mid", "d.mid"]
    assert names(tmp_path / "x", recursive=False) == ["a.KAR", "b.mid"]
    assert names(tmp_path / "x" / "*.mid") == ["b.mid"]
    assert names(tmp_path / "x" / "**" / "*.mid") == ["b.mid", "d.mid"]
    for i in range(3):
        write_sequences(tmp_path / f"s.tfrecord-{i:05d}-of-00003", [melody(SCALE[: i + 2])])
    shards = [f"s.tfrecord-{i:05d}-of-00003" for i in range(3)]
    assert names(tmp_path / "s.tfrecord@3") == names(tmp_path / "s.tfrecord-*") == shards
    assert [s for s in names(tmp_path) if s.startswith("s.")] == shards
    assert [len(h.piece) for s in find_sources(tmp_path / "s.tfrecord@3")[0] for h in read_pieces(s)] == [
        2,
        3,
        4,
    ]
    assert problem(tmp_path / "no*.mid") == "there is no such file or folder"


def test_inside_an_archive(tmp_path: Path, song: bytes) -> None:
    tune = b"X:1\nM:4/4\nL:1/4\nK:C\ncBAG|FEDC|\n"
    files = {
        "b/two.mid": song,
        "a.abc": tune,
        "__MACOSX/b/two.mid": song,
        ".x.mid": song,
        "readme.txt": b"hi",
    }
    path = zipped(tmp_path / "songs.zip", {**files, "../../evil.mid": song, "/etc/abs.mid": song})
    found = collect(path, CONVERTER)
    assert [Path(file.name).name for file in found.report.files] == [
        "evil.mid",
        "abs.mid",
        "a.abc",
        "two.mid",
    ]
    assert found.report.files[0].name == f"{path}/../../evil.mid"  # a name, and never written to
    assert [file.reason for file in found.report.files] == [None] * 4
    assert found.report.not_music == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["aside", "songs.zip"]
    assert collect(tmp_path, CONVERTER).report.files[:4] == found.report.files


def test_archives_that_are_none_or_attack(tmp_path: Path, song: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\3\4 not much")
    assert "not a .zip archive that can be read" in problem(path)
    zipped(path, {"a.txt": b""})
    assert "no music file in this archive" in problem(path)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.mid", song)
    zipped(path, {"inner.zip": inner.getvalue()})
    assert "archives inside archives are not opened" in problem(path)
    zipped(path, {"bomb.mid": bytes(30 * 2**20)})
    assert "packed to a fraction of its size, is too large: 250 to 1 are allowed" in problem(path)
    assert "20 MB unpacked are allowed, 30 received" in problem(path, Limits(max_file_mb=20))
    assert "the archive is too large: 20 MB unpacked" in problem(path, Limits(max_zip_mb=20))
    zipped(path, {f"{i}.mid": song for i in range(11)})
    assert "10 files are allowed, 11 received (--max_zip_files raises" in problem(
        path, Limits(max_zip_files=10, raised_by="--{name}")
    )


def test_a_file_without_a_name_costs_an_archive_nothing_else(tmp_path: Path, song: bytes) -> None:
    path = zipped(tmp_path / "x.zip", {"a.mid": song, "b.mid": song})
    data = bytearray(path.read_bytes())
    struct.pack_into("<HHH", data, data.rindex(b"PK\1\2") + 28, 0, 0, 5)  # its name is a comment now
    path.write_bytes(data)
    sources, _ = find_sources(path)
    assert [source.inside for source in sources] == ["a.mid"]


def test_an_archive_that_lies_about_its_sizes(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"bomb.mid": bytes(30 * 2**20)})
    data = bytearray(path.read_bytes())
    central = data.rindex(b"PK\1\2")
    struct.pack_into("<L", data, central + 24, 1000)  # bytes unpacked, it says
    path.write_bytes(data)
    assert "cannot be unpacked" in problem(path)


def test_encrypted_and_damaged_members(tmp_path: Path, song: bytes) -> None:
    path = zipped(tmp_path / "x.zip", {"a.mid": song})
    data = bytearray(path.read_bytes())
    central = data.rindex(b"PK\1\2")
    data[central + 8] |= 1
    path.write_bytes(data)
    assert problem(path) == "it is encrypted"
    data[central + 8] &= 0xFE
    data[60] ^= 0xFF
    (tmp_path / "y.zip").write_bytes(data)
    assert "cannot be unpacked" in problem(tmp_path / "y.zip")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mid")
    assert problem(tmp_path / "x.mid") == "not a regular file"


def test_names_of_any_bytes() -> None:
    assert Source("caf\udce9.mid").name == "caf\ufffd.mid"
    assert Source("a.zip", 0, "\udce9.mid").name == "a.zip/?.mid"
    assert Source("a\x1b[31m\n.mid").name == "a?[31m?.mid"
    assert Source("X.TFRECORD-00001-of-00002").suffix == ".tfrecord"


def test_tunes_that_come_with_the_package_have_a_name() -> None:
    sources, _ = find_sources(["examples:reels", "examples:hymns"])
    assert len(sources) == 14
    assert sources[0].name == "examples:reels/college_hornpipe.abc"
    assert Path(sources[0].path).is_file()
    with pytest.raises(UserError, match=r"are called 'examples:reel'; there are examples:reels, "):
        find_sources("examples:reel")
