"""Damaged and hostile model folders are refused in a sentence, before memory is taken for them."""

import contextlib
import io
import json
import os
import zipfile

import h5py
import numpy as np
import pytest

import base_vae
from base_vae.attributes import AttributeVectors
from base_vae.checkpoints import finding, model_folder
from base_vae.configs.toml_file import read_config
from base_vae.errors import UserError
from tests.tiny_models import CONFIG, lively_model

BIAS = "encoder/mu/bias"


@pytest.fixture
def folder(tmp_path):
    model_folder.save(lively_model(), CONFIG, tmp_path / "model", "A card.")
    return tmp_path / "model"


def replace(folder, **make):
    """Puts another dataset in the place of one; `make` are arguments of `create_dataset`."""
    with h5py.File(folder / model_folder.WEIGHTS, "a") as file:
        shape = file[BIAS].shape
        del file[BIAS]
        file.create_dataset(BIAS, shape, "f4", **make)


def test_weights_outside_of_their_file_are_refused(folder, tmp_path):
    (tmp_path / "raw").write_bytes(b"\x00\x00\x80\x3f" * 100)
    replace(folder, external=[(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)])
    with pytest.raises(UserError, match="lies in another file"):
        base_vae.load(folder)


def test_virtual_weights_are_refused(folder, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.ones(CONFIG.hparams.z_size, np.float32)
    layout = h5py.VirtualLayout((CONFIG.hparams.z_size,), "f4")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "secret", (CONFIG.hparams.z_size,))
    with h5py.File(folder / model_folder.WEIGHTS, "a") as file:
        del file[BIAS]
        file.create_virtual_dataset(BIAS, layout)
    with pytest.raises(UserError, match="lies in another file"):
        base_vae.load(folder)


@pytest.mark.parametrize("link", ["external", "soft"])
def test_links_in_weights_are_refused(folder, tmp_path, link):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.ones(CONFIG.hparams.z_size, np.float32)
    with h5py.File(folder / model_folder.WEIGHTS, "a") as file:
        del file[BIAS]
        links = {
            "external": h5py.ExternalLink(str(tmp_path / "other.h5"), "secret"),
            "soft": h5py.SoftLink("/encoder/sigma/bias"),
        }
        file[BIAS] = links[link]
    with pytest.raises(UserError, match="is a link"):
        base_vae.load(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(folder, value):
    replace(folder, fillvalue=value)
    with pytest.raises(UserError, match="not finite"):
        base_vae.load(folder)


def test_damaged_weights_files_are_refused(folder):
    file = folder / model_folder.WEIGHTS
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    for length in (0, 7, 500, len(whole) // 2):
        file.write_bytes(whole[:length])
        with pytest.raises(UserError):
            base_vae.load(folder)
    for _ in range(30):  # loads, or says why not
        data = bytearray(whole)
        for at in rng.integers(0, min(len(data), 4000), 5):
            data[at] = rng.integers(256)
        file.write_bytes(bytes(data))
        with contextlib.suppress(UserError):
            base_vae.load(folder)
    file.unlink()
    with pytest.raises(UserError, match=r"has no model\.weights\.h5"):
        base_vae.load(folder)


def changed(values, path, value):
    """A copy of nested dictionaries with one value replaced."""
    first, *rest = path
    return {**values, first: changed(values[first], rest, value) if rest else value}


PATHS = [
    ("name",), ("description",), ("hparams",), ("converter",), ("transpose",), ("hparams", "z_size"),
    ("hparams", "enc_rnn_size"), ("hparams", "encoder"), ("hparams", "reencode"), ("hparams", "free_bits"),
    ("hparams", "decoder_levels"), ("converter", "kind"), ("converter", "slice_bars"),
    ("converter", "programs"), ("converter", "min_pitch"),
]  # fmt: skip


@pytest.mark.parametrize("value", [[1], [5, -5], [-(10**9), 10**9], [1, 2, 3], [0.5, 1]])
def test_transpositions_that_are_none_are_refused(tmp_path, value):
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG.to_dict(), "transpose": value}))
    with pytest.raises(UserError, match="`transpose` must be "):
        model_folder.read_config(tmp_path)


@pytest.mark.parametrize("path", PATHS, ids=".".join)
@pytest.mark.parametrize(
    "value", ["text", {"a": 1}, [[]], [1.5], True, -3, 1e400, 10**30, "\ud800"], ids=lambda v: repr(v)[:12]
)
def test_wrong_types_in_a_configuration_are_refused(tmp_path, path, value):
    (tmp_path / "config.json").write_text(json.dumps(changed(CONFIG.to_dict(), path, value)))
    try:
        config = model_folder.read_config(tmp_path)
    except UserError as error:
        assert len(str(error)) < 1500
    else:  # what is left as it is must be of the right type
        assert isinstance(config.name, str) and isinstance(config.hparams.z_size, int)


@pytest.mark.parametrize("text", ["", "[1]", "3", "null", "{", '{"a": NaN', "[" * 100_000, "\udcff"])
def test_what_is_no_json_object_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"config\.json"):
        finding.read_json(tmp_path / "config.json")


def test_sizes_in_a_configuration_are_checked_before_memory_is_taken(folder):
    values = changed(CONFIG.to_dict(), ("hparams", "enc_rnn_size"), [100_000])
    (folder / "config.json").write_text(json.dumps(values))
    with pytest.raises(UserError, match=r"describes a model of at least 80,\d{3},\d{3},\d{3} weights"):
        base_vae.load(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are files on Unix alone")
def test_pipes_and_devices_are_not_waited_for(folder):
    for name in (model_folder.WEIGHTS, model_folder.CONFIG):
        (folder / name).unlink()
        os.mkfifo(folder / name)
        with pytest.raises(UserError, match=f"it has no {name}"):
            base_vae.load(folder)
    with pytest.raises(UserError, match="not a regular file"):
        model_folder.read_config(folder)
    (folder / model_folder.CARD).unlink()
    (folder / model_folder.CARD).symlink_to("/dev/zero")
    assert model_folder.read_card(folder) == ""
    (folder / "attributes.npz").symlink_to("/dev/zero")
    with pytest.raises(UserError, match="not a regular file"):
        AttributeVectors.load(folder)


def test_a_large_model_without_weights_is_refused_before_it_is_made(folder):
    (folder / model_folder.WEIGHTS).unlink()
    settings = json.loads((folder / model_folder.CONFIG).read_text())
    settings["hparams"]["dec_rnn_size"] = [60_000, 60_000]
    (folder / model_folder.CONFIG).write_text(json.dumps(settings))
    with pytest.raises(UserError, match=r"it has no model\.weights\.h5"):
        base_vae.load(folder)


def test_a_missing_card_costs_nothing(folder):
    (folder / "README.md").unlink()
    assert base_vae.load(folder).config == CONFIG


def test_vectors_are_measured_before_they_are_read(tmp_path):
    path = tmp_path / "attributes.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("names", "less", "counts", "standard_errors", "thresholds"):
            data = io.BytesIO()
            np.save(data, np.zeros(3))
            archive.writestr(f"{name}.npy", data.getvalue())
        data = io.BytesIO()
        np.save(data, np.zeros((300, 2**18), "f4"))
        archive.writestr("more.npy", data.getvalue())
    with pytest.raises(UserError, match="larger than 256 MiB"):
        AttributeVectors.load(tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match="cannot be read"):
        AttributeVectors.load(tmp_path)


def test_a_toml_file_that_would_take_all_memory_is_refused(tmp_path):
    for text in ("a" + ".a" * 50_000 + " = 1", "a" + ".a" * 5_000 + " = 1", "x = " + "[" * 20_000):
        (tmp_path / "x.toml").write_text(text)
        with pytest.raises(UserError, match=r"x\.toml"):
            read_config(tmp_path / "x.toml")
