"""Checkpoints of the original in tar files: found, and refused where a file is damaged or hostile."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from base_vae.checkpoints.magenta import archive, checkpoint
from base_vae.configs.presets import get_preset
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.model.music_vae import MusicVAE
from tests.checkpoints.magenta_files import assert_same_weights, pack
from tests.tiny_models import CONFIG, lively_model


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz"])
def test_a_checkpoint_is_found_in_an_archive(written, tmp_path, temporary, ending):
    model, prefix = written
    loaded = load(pack(tmp_path / f"some{ending}", prefix), CONFIG)
    assert_same_weights(loaded.model, model)
    assert int(loaded.model.global_step.numpy()) == 0


def test_damaged_files_are_named(written, tmp_path, temporary):
    _, prefix = written
    tar = pack(tmp_path / "some.tgz", prefix)
    tar.write_bytes(tar.read_bytes()[:2000])
    with pytest.raises(UserError, match=r"some\.tgz cannot be read as a tar file .*fetch it again"):
        load(tar, CONFIG)
    data = Path(f"{prefix}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(UserError, match=r"model\.ckpt-1234 cannot be read as a checkpoint"):
        load(prefix, CONFIG)
    data.unlink()
    with pytest.raises(UserError, match=r"its \.data file is missing"):
        load(prefix, CONFIG)


HOSTILE = {
    "absolute path": tarfile.TarInfo("/tmp/model.ckpt.index"),
    "absolute": tarfile.TarInfo("C:\\model.ckpt.index"),
    "leaves the folder": tarfile.TarInfo("a/../../model.ckpt.index"),
    "leaves the folder ": tarfile.TarInfo("..\\model.ckpt.index"),
    "is a link": tarfile.TarInfo("model.ckpt.index"),
    "a link": tarfile.TarInfo("model.ckpt.index"),
    "neither a file nor a folder": tarfile.TarInfo("model.ckpt.index"),
}
HOSTILE["is a link"].type, HOSTILE["is a link"].linkname = tarfile.SYMTYPE, "/etc/passwd"
HOSTILE["a link"].type, HOSTILE["a link"].linkname = tarfile.LNKTYPE, "/etc/passwd"
HOSTILE["neither a file nor a folder"].type = tarfile.CHRTYPE


@pytest.mark.parametrize("reason", HOSTILE)
def test_archives_that_reach_out_of_their_folder_are_refused(written, tmp_path, temporary, reason):
    tar = pack(tmp_path / "some.tar", written[1])
    with tarfile.open(tar, "a") as more:
        more.addfile(HOSTILE[reason], io.BytesIO(b""))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=f"some.tar is refused: its member .* {reason.strip()}"):
        load(tar, CONFIG)
    assert sorted(tmp_path.rglob("*")) == before


def test_archives_that_are_too_large_empty_or_ambiguous_are_refused(written, tmp_path, temporary):
    tar = pack(tmp_path / "some.tar", written[1])
    with pytest.raises(UserError, match=r"more than 9\.31e-07 GiB"), archive.unpacked(tar, max_bytes=1000):
        pass
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    with pytest.raises(UserError, match=r"no \.index file"):
        load(tmp_path / "empty.tar", CONFIG)
    with tarfile.open(tar, "a") as more:
        more.add(f"{written[1]}.index", arcname="other.ckpt.index")
    with pytest.raises(UserError, match=r"several checkpoints \(model\.ckpt-1234, other\.ckpt\)"):
        load(tar, CONFIG)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_headers_of_archives_that_would_take_all_memory_are_refused_unread(tmp_path, temporary, kind):
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 2**33
    packed = gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
    (tmp_path / "some.tgz").write_bytes(packed)
    with pytest.raises(
        UserError, match=r"some\.tgz cannot be read as a tar file \(a header of 8,589,934,592 b"
    ):
        load(tmp_path / "some.tgz", CONFIG)


@pytest.mark.slow
def test_a_published_size_comes_back_from_a_tar(tmp_path, temporary):
    config = get_preset("cat-mel_2bar_small")
    model = lively_model(config)
    checkpoint.write_checkpoint(model, tmp_path / "cat-mel_2bar_small.ckpt")
    loaded = load(pack(tmp_path / "cat-mel_2bar_small.tar", tmp_path / "cat-mel_2bar_small.ckpt"))
    assert isinstance(loaded.model, MusicVAE) and loaded.config == config
    assert_same_weights(loaded.model, model)
