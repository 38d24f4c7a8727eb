"""Training as a whole: it learns, it stops and goes on to the bit, it leaves a model that loads."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from base_vae.checkpoints import model_folder
from base_vae.errors import UserError
from base_vae.model.music_vae import MusicVAE
from base_vae.settings import override
from base_vae.training.evaluation import evaluate
from base_vae.training.run_folder import RunFolder
from base_vae.training.train import RunSettings, train
from tests.tiny_models import CONFIG, melodies

EXAMPLES = melodies(12)


def changed(hparams: str):
    return dataclasses.replace(CONFIG, hparams=override(CONFIG.hparams, hparams))


def weights(model):
    return {weight.path: weight.numpy() for weight in model.weights}


@pytest.mark.parametrize(
    "optimizer,precision",
    [
        ("adam", "float16"),
        pytest.param("muon", "none", marks=pytest.mark.slow),
        pytest.param("adam", "none", marks=pytest.mark.slow),
        pytest.param("muon", "bfloat16", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path, monkeypatch, optimizer, precision):
    config = changed(f"optimizer={optimizer},cooldown_steps=3")
    settings = RunSettings(num_steps=7, checkpoint_steps=3, mixed_precision=precision)
    through = train(config, EXAMPLES, tmp_path / "through", settings)

    class StoppedError(Exception):
        pass

    def stop(self, *args):
        original(self, *args)
        raise StoppedError

    original = RunFolder.save
    with monkeypatch.context() as patch, pytest.raises(StoppedError):
        patch.setattr(RunFolder, "save", stop)
        train(config, EXAMPLES, tmp_path / "stopped", settings)
    resumed = train(config, EXAMPLES, tmp_path / "stopped", settings)
    assert int(resumed.global_step.numpy()) == 7
    for path, value in weights(through).items():
        np.testing.assert_array_equal(weights(resumed)[path], value, err_msg=path)
    for own, expected in zip(resumed.optimizer.variables, through.optimizer.variables, strict=True):
        np.testing.assert_array_equal(own.numpy(), expected.numpy(), err_msg=own.path)


def test_it_learns_and_leaves_a_model_and_tensorboard_files(tmp_path):
    config = dataclasses.replace(changed("sampling_schedule=constant,sampling_rate=0"), transpose=None)
    start = train(config, EXAMPLES, tmp_path / "short", RunSettings(num_steps=1, checkpoint_steps=50))
    end = train(config, EXAMPLES, tmp_path / "long", RunSettings(num_steps=200, checkpoint_steps=100))
    before, after = (evaluate(model, EXAMPLES, config.converter) for model in (start, end))
    assert after["reconstruction"] < 0.75 * before["reconstruction"]
    assert after["accuracy"] > before["accuracy"]
    (events,) = (tmp_path / "long" / "train").glob("events.out.tfevents.*")
    logged = {
        (event.step, value.tag)
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    }
    assert {(100, "loss"), (200, "loss"), (200, "accuracy"), (200, "learning_rate")} <= logged
    model, loaded_config = model_folder.load(tmp_path / "long" / "model")
    assert loaded_config == config
    assert evaluate(model, EXAMPLES, config.converter) == pytest.approx(after, rel=1e-5)
    card = (tmp_path / "long" / "model" / "README.md").read_text()
    assert "Step 200 of 200" in card


def test_a_run_that_is_over_is_not_touched(tmp_path):
    settings = RunSettings(num_steps=2, checkpoint_steps=2)
    model = train(CONFIG, EXAMPLES, tmp_path, settings)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = train(CONFIG, EXAMPLES, tmp_path, settings)
    for path, value in weights(model).items():
        np.testing.assert_array_equal(weights(again)[path], value, err_msg=path)
    for path, time in files.items():
        assert path.stat().st_mtime_ns == time, path


def test_a_warm_start_sets_the_weights_once(tmp_path):
    calls = []

    def first_weights(model):
        calls.append(model)
        model.mu.bias.assign(np.full(CONFIG.hparams.z_size, 3.0))
        model.global_step.assign(77)

    config = changed("learning_rate=1e-5")
    for num_steps in (1, 2):
        settings = RunSettings(num_steps=num_steps, checkpoint_steps=1)
        model = train(config, EXAMPLES, tmp_path, settings, first_weights=first_weights)
        assert int(model.global_step.numpy()) == num_steps
        np.testing.assert_allclose(model.mu.bias, 3.0, atol=1e-3)
    assert len(calls) == 1


def test_a_run_of_another_configuration_is_not_continued(tmp_path):
    settings = RunSettings(num_steps=1, checkpoint_steps=1)
    train(CONFIG, EXAMPLES, tmp_path, settings)
    for hparams, precision, message in (
        ("z_size=9", "none", "begun with `z_size` 8, not 9"),
        ("dec_rnn_size=[12]", "none", r"begun with `dec_rnn_size` \(12, 10\), not \(12,\)"),
        ("optimizer=muon", "none", "begun with `optimizer` adam, not muon"),
        ("batch_size=4", "float16", "another optimizer or --mixed_precision"),
    ):
        settings = dataclasses.replace(settings, num_steps=2, mixed_precision=precision)
        with pytest.raises(UserError, match=message):
            train(changed(hparams), EXAMPLES, tmp_path, settings)
    other = dataclasses.replace(
        CONFIG, converter=dataclasses.replace(CONFIG.converter, chord_encoding="triad")
    )
    with pytest.raises(UserError, match="begun with music in another representation"):
        train(other, EXAMPLES, tmp_path, settings)


def test_how_a_model_is_trained_may_change_on_the_way(tmp_path):
    train(CONFIG, EXAMPLES, tmp_path, RunSettings(num_steps=1, checkpoint_steps=1))
    config = changed("batch_size=3,learning_rate=0.002,sampling_schedule=constant,sampling_rate=0.5")
    model = train(config, EXAMPLES, tmp_path, RunSettings(num_steps=2, checkpoint_steps=1))
    assert int(model.global_step.numpy()) == 2


def test_a_batch_that_does_not_fit_says_what_to_do(tmp_path, monkeypatch):
    def too_large(self, batch):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(MusicVAE, "train_step", too_large)
    with pytest.raises(UserError, match=r"a batch of 4 does not fit.*--hparams=batch_size=2"):
        train(CONFIG, EXAMPLES, tmp_path, RunSettings(num_steps=1))


def test_a_full_disk_is_not_taken_for_a_large_batch(tmp_path, monkeypatch):
    def no_room(*args):
        raise tf.errors.ResourceExhaustedError(None, None, "/run/train; No space left on device")

    monkeypatch.setattr(tf.summary, "create_file_writer", no_room)
    with pytest.raises(UserError, match=r"the disk is full.*last checkpoint"):
        train(CONFIG, EXAMPLES, tmp_path, RunSettings(num_steps=1))


def test_the_last_checkpoints_stay(tmp_path):
    train(CONFIG, EXAMPLES, tmp_path, RunSettings(num_steps=6, checkpoint_steps=2, keep_checkpoints=2))
    assert {path.name for path in (tmp_path / "train").glob("*.index")} == {"ckpt-4.index", "ckpt-6.index"}
