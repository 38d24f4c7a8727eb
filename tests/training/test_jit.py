"""The training step compiled by XLA takes the same steps."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from base_vae.data.batches import training_batches
from base_vae.errors import UserError
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.music_vae import MusicVAE
from base_vae.settings import override
from base_vae.training.train import RunSettings, make_model, train
from tests.tiny_models import CONFIG, examples_for, melodies, reduced


def test_the_numbers_drawn_are_the_same():
    def draw(seed: tf.Tensor) -> list[tf.Tensor]:
        draws = RandomStream(seed).fold_in(3)
        return [draws.uniform([50, 90]), draws.bernoulli([50, 91], 0.3), draws.normal([50, 90])]

    seed = tf.constant([1, 2])
    uniform, heads, normal = (value.numpy() for value in draw(seed))
    compiled = tf.function(draw, jit_compile=True, autograph=False)(seed)
    np.testing.assert_array_equal(compiled[0], uniform)
    np.testing.assert_array_equal(compiled[1], heads)
    np.testing.assert_allclose(compiled[2], normal, rtol=1e-4, atol=1e-6)
    assert 0 < uniform.min() < 0.001 and 0.999 < uniform.max() < 1
    assert abs(heads.mean() - 0.3) < 0.02
    assert abs(normal.mean()) < 0.05 and abs(normal.std() - 1) < 0.05


@pytest.mark.parametrize(
    "name,probability",
    [
        pytest.param("cat-mel_2bar_small", 0.0, marks=pytest.mark.slow),
        ("cat-mel_2bar_small", 0.5),
        pytest.param("hierdec-mel_16bar", 0.5, marks=pytest.mark.slow),
        pytest.param("groovae_2bar_humanize", 0.0, marks=pytest.mark.slow),
        pytest.param("nade-drums_2bar_reduced", 0.5, marks=pytest.mark.slow),
        pytest.param("hierdec-trio_16bar", 0.0, marks=pytest.mark.slow),
        pytest.param("hier-multiperf_vel_1bar_med", 0.0, marks=pytest.mark.slow),
    ],
)
def test_the_losses_are_the_same(name, probability):
    config = reduced(name)
    schedule = override(config.hparams, f"sampling_schedule=constant,sampling_rate={probability}")
    config = dataclasses.replace(config, hparams=schedule)
    examples = examples_for(config, 6)
    losses = []
    for jit in (False, True):
        step = tf.function(make_model(config).train_step, autograph=False, jit_compile=jit)
        batches = iter(training_batches(examples, config.converter, 4, transpose=config.transpose))
        losses.append([float(step(next(batches))["loss"]) for _ in range(3)])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)


def test_what_xla_cannot_compile_is_said_in_a_line(tmp_path, monkeypatch):
    def unknown_to_xla(self, batch):
        return {"loss": tf.strings.to_number(tf.strings.as_string(tf.cast(batch["rows"][0], tf.float32)))}

    monkeypatch.setattr(MusicVAE, "train_step", unknown_to_xla)
    with pytest.raises(UserError, match="XLA cannot compile the training step of cat-mel_2bar_small"):
        train(CONFIG, melodies(6), tmp_path, RunSettings(num_steps=1, jit=True))
