"""Training that begins from the weights of another model, in a folder or a checkpoint of the original."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from base_vae.checkpoints import model_folder
from base_vae.configs.presets import get_preset
from base_vae.errors import UserError
from base_vae.loading import first_weights, load
from base_vae.settings import override
from base_vae.training.train import RunSettings, make_model, train
from tests.checkpoints.magenta_files import assert_same_weights, pack
from tests.tiny_models import CONFIG, melodies


@pytest.mark.parametrize("kind", ["folder", "checkpoint", "tar"])
def test_the_first_weights_are_those_of_the_source(written, tmp_path, kind):
    source, path = written
    if kind == "folder":
        source.global_step.assign(1234)
        path = tmp_path / "source"
        model_folder.save(source, CONFIG, path, "A card.")
    elif kind == "tar":
        path = pack(tmp_path / "some.tar", path)
    model = make_model(CONFIG)
    first_weights(path, CONFIG)(model)
    assert_same_weights(model, source)
    assert int(model.global_step.numpy()) == 0


def test_a_warm_start_begins_there_with_a_fresh_optimizer(written, tmp_path):
    source, path = written
    set_weights, begun = first_weights(path, CONFIG), []

    def remember(model):
        set_weights(model)
        assert_same_weights(model, source)
        begun.append(model)

    settings = RunSettings(num_steps=1, checkpoint_steps=1)
    warm = train(CONFIG, melodies(8), tmp_path / "warm", settings, first_weights=remember)
    assert int(warm.global_step.numpy()) == int(warm.optimizer.iterations.numpy()) == 1

    def distance(other):
        pairs = zip(warm.trainable_weights, other.trainable_weights, strict=True)
        return max(np.abs(a.numpy() - b.numpy()).max() for a, b in pairs)

    assert 0 < distance(source) < 0.02  # Adam's first step is the learning rate, 0.01
    assert distance(make_model(CONFIG, seed=settings.seed)) > 0.5
    again = train(CONFIG, melodies(8), tmp_path / "warm", settings, first_weights=remember)
    assert_same_weights(again, warm)  # a run that goes on is not set back
    assert begun == [warm]


def test_fine_tuning_the_bundled_model_begins_with_its_loss():
    config = get_preset("cat-mel_2bar_small")
    model, bundled = make_model(config), load("mel_2bar")
    examples = melodies(8)
    batch = config.converter.tensors(tf.constant(examples, tf.int32))
    noise, step = tf.zeros([8, config.hparams.z_size]), tf.constant(0)
    fresh = model.elbo(batch, noise, step)["loss"]
    first_weights("mel_2bar", config)(model)
    loss = model.elbo(batch, noise, step)["loss"]
    assert float(loss) == float(bundled.model.elbo(batch, noise, step)["loss"])
    assert abs(float(loss) - float(fresh)) > 1
    assert int(model.global_step.numpy()) == 0


@pytest.mark.parametrize("kind", ["folder", "checkpoint"])
def test_a_source_that_does_not_fit_is_refused_before_training(written, tmp_path, kind):
    model, path = written
    if kind == "folder":
        path = tmp_path / "source"
        model_folder.save(model, CONFIG, path, "A card.")
    other = dataclasses.replace(CONFIG, hparams=override(CONFIG.hparams, "z_size=9,dec_rnn_size=12"))
    with pytest.raises(UserError) as caught:
        first_weights(path, other)
    message = str(caught.value)
    assert "z_size is 8 there and 9 in the config" in message
    assert "dec_rnn_size is (12, 10) there and (12,) in the config" in message
    for name in ("encoder/mu/kernel", "encoder/mu/bias", "decoder/z_to_initial_state/kernel"):
        assert f"{name} has shape" in message
    with pytest.raises(UserError, match="no model is called"):
        first_weights(tmp_path / "nothing", CONFIG)
