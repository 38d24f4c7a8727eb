"""Architectures that no preset has, each through one routine: build, train a step, say and hear music."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from base_vae.configs.config import Config
from base_vae.converters import MelodyConverter
from base_vae.data.batches import training_batches
from base_vae.errors import UserError
from base_vae.trained_model import TrainedModel
from base_vae.training.train import make_model
from tests.tiny_models import reduced

FLAT, CHORDS, TRIO = "cat-mel_2bar_small", "cat-mel_2bar_med_chords", "flat-trio_16bar"
HIERARCHICAL = "hier-mel_16bar"
WHOLE = MelodyConverter(slice_bars=None, max_bars=2, add_end_token=True)


def variant(name: str, **changes) -> Config:
    """A reduced preset with other hyperparameters."""
    config = reduced(name)
    return dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, **changes))


def whole_melodies() -> Config:
    """A model of melodies that end where they like."""
    config = reduced(FLAT)
    hparams = dataclasses.replace(config.hparams, max_seq_len=WHOLE.steps)
    return dataclasses.replace(config, hparams=hparams, converter=WHOLE)


def random_examples(config: Config, n: int) -> np.ndarray:
    """Canonical examples [n, *shape] of ids drawn without a model, which would take seconds to compile."""
    rng, converter = np.random.default_rng(0), config.converter
    outputs = converter.spaces.outputs
    shape = (n, converter.steps, *outputs.shape)
    ids = rng.integers(0, outputs.depths if outputs.shape else outputs.depth, shape)
    return np.stack([converter.canonical(array) for array in converter.assemble(ids)])


def trained_for_a_step(config: Config) -> TrainedModel:
    """A model after one step on music of its own kind; every weight must have had its share of it."""
    examples = random_examples(config, 4)
    model = make_model(config)
    before = [weight.numpy() for weight in model.trainable_variables]
    batch = next(iter(training_batches(examples, config.converter, 4)))
    figures = tf.function(model.train_step, autograph=False)(batch)
    assert np.isfinite(float(figures["loss"])), figures
    still = [
        weight.path
        for weight, old in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(weight, old)
    ]
    assert not still, still
    return TrainedModel(model, config)


def check(config: Config) -> TrainedModel:
    """Trains a model for a step and has it say and hear music."""
    trained = trained_for_a_step(config)
    pieces = trained.sample(2, temperature=1.0, seed=1)
    assert len(pieces) == 2 and pieces == trained.sample(2, temperature=1.0, seed=1)
    if config.hparams.conditional:
        latents = trained.encode(pieces)
        assert latents.mu.shape == (2, config.hparams.z_size)
        assert np.all(np.isfinite(latents.mu)) and np.all(latents.sigma > 0)
    return trained


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(variant(FLAT, encoder="lstm"), id="lstm encoder"),
        pytest.param(
            variant(
                FLAT, enc_rnn_size=(8, 8), dec_rnn_size=(8, 8), residual_encoder=True, residual_decoder=True
            ),
            id="residual",
        ),
        pytest.param(variant(CHORDS, control_preprocessing_rnn_size=(5,)), id="preprocessed controls"),
        pytest.param(variant(TRIO, split_outputs=True), id="split outputs, flat"),
        pytest.param(whole_melodies(), id="whole melodies"),
        pytest.param(
            variant(HIERARCHICAL, autoregressive_levels=(0,)), id="autoregressive", marks=pytest.mark.slow
        ),
    ],
)
def test_a_variant_trains_and_says_music(config):
    check(config)


def test_a_decoder_alone_trains_and_says_music():
    trained = check(variant(FLAT, conditional=False))
    first, second = trained.sample(2, temperature=1.0, seed=1)
    assert first != second
    for use in (trained.encode, trained.reconstruct):
        with pytest.raises(UserError, match="conditional=False: it has no latent space"):
            use([first])
    with pytest.raises(UserError, match="no latent space"):
        trained.interpolate(first, second, num_steps=3)


def test_split_outputs_have_a_decoder_each():
    """Three decoders have more weights than one."""
    one, three = (make_model(variant(TRIO, split_outputs=split)) for split in (False, True))
    assert len(three.decoder.trainable_variables) > len(one.decoder.trainable_variables)
