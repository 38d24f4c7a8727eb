"""A run takes up the newest whole checkpoint, and never deletes one that it did not load."""

import logging

import numpy as np
import pytest

import base_vae
from base_vae.errors import UserError
from base_vae.training.run_lock import locked
from base_vae.training.train import RunSettings, train
from tests.tiny_models import CONFIG, melodies


def run(path, steps, **kwargs):
    settings = RunSettings(num_steps=steps, checkpoint_steps=1, keep_checkpoints=3, **kwargs)
    return train(CONFIG, melodies(12), path, settings)


def checkpoints(path):
    return {file.name for file in (path / "train").glob("ckpt-*")}


@pytest.fixture
def begun(tmp_path):
    run(tmp_path, 3)
    return tmp_path


def test_the_list_of_checkpoints_may_be_lost(begun):
    before = checkpoints(begun)
    (begun / "train" / "checkpoint").unlink()
    assert int(run(begun, 3).global_step) == 3
    assert checkpoints(begun) == before


def test_the_list_of_checkpoints_may_be_damaged(begun):
    (begun / "train" / "checkpoint").write_bytes(b"\xff\xfe\x00 no list")
    assert int(run(begun, 4).global_step) == 4
    assert {name.split(".")[0] for name in checkpoints(begun)} == {"ckpt-2", "ckpt-3", "ckpt-4"}


@pytest.mark.parametrize("name", ["ckpt-3.index", "ckpt-3.data-00000-of-00001"])
@pytest.mark.parametrize("damage", ["missing", "short", "noise"])
def test_an_older_whole_checkpoint_takes_the_place_of_a_damaged_one(begun, caplog, name, damage):
    file, others = begun / "train" / name, checkpoints(begun) - {name}
    if damage == "missing":
        file.unlink()
    else:
        data = file.read_bytes()
        file.write_bytes(data[: len(data) // 2] if damage == "short" else b"\x5a" * len(data))
    with caplog.at_level(logging.WARNING):
        model = run(begun, 2)  # nothing is left to do
    assert int(model.global_step) == 2
    assert "ckpt-3 is not whole" in caplog.text and "going on from the one before it" in caplog.text
    assert others <= checkpoints(begun)


def test_a_run_does_not_begin_anew_over_checkpoints_none_of_which_is_whole(begun):
    for file in (begun / "train").glob("*.index"):
        file.write_bytes(b"")
    before = checkpoints(begun)
    with pytest.raises(UserError, match="no checkpoint in "):
        run(begun, 4)
    assert checkpoints(begun) == before


def test_checkpoints_without_what_they_are_of(begun):
    (begun / "run.json").unlink()
    with pytest.raises(UserError, match=r"holds checkpoints but no run\.json"):
        run(begun, 4)


def test_a_run_whose_description_is_damaged(begun):
    (begun / "run.json").write_text("{}")
    with pytest.raises(UserError, match=r"run\.json"):
        run(begun, 4)


def test_a_file_where_checkpoints_go(tmp_path):
    (tmp_path / "train").write_text("notes")
    with pytest.raises(UserError, match="train is a file"):
        run(tmp_path, 1)


def test_earlier_checkpoints_can_be_named(begun):
    names = [f"train/ckpt-{step}" for step in (1, 2, 3)]
    steps = [int(base_vae.load(begun / name).model.global_step) for name in names]
    assert steps == [1, 2, 3]
    newest, last = base_vae.load(begun / "train" / "ckpt-3.index"), base_vae.load(begun)
    z = np.zeros((1, CONFIG.hparams.z_size))
    np.testing.assert_array_equal(
        newest.decode_arrays(z, temperature=1.0), last.decode_arrays(z, temperature=1.0)
    )
    with pytest.raises(UserError, match="the run has the steps 1, 2, 3"):
        base_vae.load(begun / "train" / "ckpt-9")


def test_an_earlier_checkpoint_warms_another_run(begun, tmp_path_factory):
    from base_vae.loading import first_weights
    from base_vae.training.train import make_model

    fresh = make_model(CONFIG, seed=9)
    first_weights(begun / "train" / "ckpt-1", CONFIG)(fresh)
    source = base_vae.load(begun / "train" / "ckpt-1").model
    for one, other in zip(fresh.trainable_weights, source.trainable_weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(fresh.global_step) == 0


def test_a_second_training_in_one_folder_is_refused(tmp_path):
    with locked(tmp_path), pytest.raises(UserError, match="another process trains in"):
        run(tmp_path, 1)
    assert not (tmp_path / "train").exists()
    assert int(run(tmp_path, 1).global_step) == 1
