"""Training as a whole: it learns, it stops and goes on to the bit, it leaves a model that loads."""

import dataclasses

import numpy as np
import pytest

from base_vae.checkpoints import folder
from base_vae.config import override
from base_vae.errors import UserError
from base_vae.training import RunSettings, evaluate, train
from tests.tiny import CONFIG, melodies

EXAMPLES = melodies(12)


def weights(model):
    return {weight.path: weight.numpy() for weight in model.weights}


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path, optimizer):
    config = dataclasses.replace(
        CONFIG, hparams=override(CONFIG.hparams, f"optimizer={optimizer},cooldown_steps=3")
    )
    through = train(config, EXAMPLES, tmp_path / "through", RunSettings(num_steps=7, checkpoint_steps=3))

    class StoppedError(Exception):
        pass

    def stop(self, epoch, logs=None):
        original(self, epoch, logs)
        raise StoppedError

    from base_vae import training

    original = training._StopAndSave.on_epoch_end
    settings = RunSettings(num_steps=7, checkpoint_steps=3)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StoppedError):
        patch.setattr(training._StopAndSave, "on_epoch_end", stop)
        train(config, EXAMPLES, tmp_path / "stopped", settings)
    resumed = train(config, EXAMPLES, tmp_path / "stopped", settings)
    assert int(resumed.global_step.numpy()) == 7
    for path, value in weights(through).items():
        np.testing.assert_array_equal(weights(resumed)[path], value, err_msg=path)


def test_it_learns_and_leaves_a_model_and_tensorboard_files(tmp_path):
    config = dataclasses.replace(
        CONFIG, hparams=override(CONFIG.hparams, "sampling_schedule=constant,sampling_rate=0"), transpose=None
    )
    start = train(config, EXAMPLES, tmp_path / "short", RunSettings(num_steps=1, checkpoint_steps=50))
    end = train(config, EXAMPLES, tmp_path / "long", RunSettings(num_steps=200, checkpoint_steps=100))
    before, after = evaluate(start, EXAMPLES), evaluate(end, EXAMPLES)
    assert after["reconstruction"] < 0.75 * before["reconstruction"]
    assert after["accuracy"] > before["accuracy"]
    assert list((tmp_path / "long" / "train").rglob("events.out.tfevents.*"))
    model, loaded_config = folder.load(tmp_path / "long" / "model")
    assert loaded_config == config
    assert evaluate(model, EXAMPLES) == pytest.approx(after, rel=1e-5)
    card = (tmp_path / "long" / "model" / "README.md").read_text()
    assert "Step 200 of 200" in card


def test_mixed_precision_trains_and_keeps_float32_weights(tmp_path):
    settings = RunSettings(num_steps=2, checkpoint_steps=2, mixed_precision="bfloat16")
    model = train(CONFIG, EXAMPLES, tmp_path / "run", settings)
    assert model.decoder.layers[0].compute_dtype == "bfloat16"
    assert {weight.dtype for weight in model.trainable_weights} == {"float32"}
    assert np.isfinite(evaluate(model, EXAMPLES)["loss"])


def test_a_run_of_another_configuration_is_not_continued(tmp_path):
    settings = RunSettings(num_steps=1, checkpoint_steps=1)
    train(CONFIG, EXAMPLES, tmp_path / "run", settings)
    other = dataclasses.replace(CONFIG, hparams=override(CONFIG.hparams, "z_size=9"))
    with pytest.raises(UserError, match="begun with `z_size` 8, not 9"):
        train(other, EXAMPLES, tmp_path / "run", dataclasses.replace(settings, num_steps=2))
