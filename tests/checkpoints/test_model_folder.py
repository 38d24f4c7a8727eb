"""Models as folders: whole or not at all, and errors that say what is wrong."""

import json

import h5py
import numpy as np
import pytest

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.finding import find
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.training.train import make_model
from tests.tiny_models import CONFIG


@pytest.fixture
def saved(tmp_path):
    model = make_model(CONFIG, seed=3)
    model_folder.save(model, CONFIG, tmp_path / "model", "A card.")
    return model, tmp_path / "model"


def test_a_saved_model_is_the_same(saved):
    model, path = saved
    loaded, config = model_folder.load(path)
    assert config == CONFIG
    for one, other in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=one.path)
    assert "A card." in (path / "README.md").read_text()


def in_bits(saved, folder, bits):
    """The size of the weights in so many bits, as a share of that in 32, and each weight beside its like."""
    model, path = saved
    model_folder.save(model, CONFIG, folder, "A card.", bits=bits)
    sizes = [(p / "model.weights.h5").stat().st_size for p in (folder, path)]
    return sizes[0] / sizes[1], zip(model.weights, model_folder.load(folder)[0].weights, strict=True)


def test_half_precision_is_half_the_size_and_nearly_the_same(saved, tmp_path):
    size, weights = in_bits(saved, tmp_path / "half", 16)
    assert size < 0.8
    for one, other in weights:
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def test_eight_bits_are_half_of_that_and_the_columns_keep_their_size(saved, tmp_path):
    size, weights = in_bits(saved, tmp_path / "small", 8)
    assert size < 0.7
    for one, other in weights:
        largest = np.abs(one.numpy()).max(axis=0, initial=0)
        assert np.all(np.abs(one.numpy() - other.numpy()) <= largest / 250 + 1e-6), one.path


@pytest.mark.parametrize("scale", [np.ones(3), np.full(1, np.nan), np.inf])
def test_a_scale_that_does_not_fit_is_refused(saved, tmp_path, scale):
    model, _ = saved
    model_folder.save(model, CONFIG, tmp_path / "small", "A card.", bits=8)
    with h5py.File(tmp_path / "small" / "model.weights.h5", "a") as file:
        file["encoder/mu/kernel"].attrs["scale"] = scale
    with pytest.raises(UserError, match=r"encoder/mu/kernel|could not be broadcast"):
        model_folder.load(tmp_path / "small")


def test_nothing_is_overwritten_unless_asked(saved, tmp_path):
    model, path = saved
    with pytest.raises(UserError, match="exists already"):
        model_folder.save(model, CONFIG, path, "Another card.")
    model_folder.save(model, CONFIG, path, "Another card.", replace=True)
    assert "Another card." in (path / "README.md").read_text()
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / "a.mid").write_text("music")
    with pytest.raises(UserError, match="exists already"):
        model_folder.save(model, CONFIG, tmp_path / "songs", "A card.", replace=True)


def test_every_misfit_is_listed(saved):
    _, path = saved
    with h5py.File(path / "model.weights.h5", "a") as file:
        del file["encoder/mu/bias"]
        del file["encoder/sigma/bias"]
        file["encoder/sigma/bias"] = np.zeros(3)
    with pytest.raises(UserError) as caught:
        model_folder.load(path)
    assert "encoder/mu/bias is missing" in str(caught.value)
    assert "encoder/sigma/bias has shape (3,), the model needs (8,)" in str(caught.value)


def test_damaged_files_are_named(saved):
    _, path = saved
    (path / "model.weights.h5").write_bytes(b"not weights")
    with pytest.raises(UserError, match=r"model\.weights\.h5"):
        model_folder.load(path)
    (path / "config.json").write_text("{")
    with pytest.raises(UserError, match="not valid JSON"):
        model_folder.load(path)


def test_models_are_found_by_folder_run_or_name(saved, tmp_path):
    _, path = saved
    assert find(path) == path
    assert find(tmp_path) == path  # a run folder holds its model in model/
    assert load(path).source == str(path.resolve())
    with pytest.raises(UserError, match="no model is called 'mel_9bar'"):
        find("mel_9bar")
    with pytest.raises(UserError, match="not a model folder"):
        find(tmp_path.parent)


def test_unknown_settings_are_refused(saved):
    _, path = saved
    values = json.loads((path / "config.json").read_text())
    values["tempo"] = 3
    (path / "config.json").write_text(json.dumps(values))
    with pytest.raises(UserError, match="tempo"):
        model_folder.load(path)
