"""Checkpoints and folders that tests begin with."""

import tempfile

import pytest

from base_vae.checkpoints.magenta import checkpoint
from base_vae.checkpoints.magenta.variables import to_original
from tests.checkpoints.magenta_files import as_trained
from tests.checkpoints.magenta_js_files import trained
from tests.tiny_models import lively_model


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where temporary folders go: nothing may stay there."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    yield path
    assert list(path.iterdir()) == []


@pytest.fixture
def written(tmp_path):
    """A checkpoint `model.ckpt-1234` of a small model, in a folder of its own, and the model."""
    model = lively_model()
    (tmp_path / "run").mkdir()
    prefix = tmp_path / "run" / "model.ckpt-1234"
    checkpoint.write_arrays(as_trained(to_original(model, lambda weight: weight.numpy())), prefix)
    return model, prefix


@pytest.fixture
def exported(tmp_path):
    """A model with random weights and its folder, which says nothing but what Magenta.js reads."""
    model = trained()
    model.export_magenta_js(tmp_path / "mine")
    (tmp_path / "mine" / "midime.json").unlink()
    return model, tmp_path / "mine"
