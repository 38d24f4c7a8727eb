"""A MusicVAE and a SmallVAE do what Keras promises of a model."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from base_vae.converters import Tensors
from base_vae.data.batches import evaluation_batches, training_batches
from base_vae.errors import UserError
from base_vae.model.music_vae import MusicVAE
from small_vae.config import SmallHParams
from small_vae.model import SmallVAE
from tests.tiny_models import CONFIG, melodies

EXAMPLES = melodies(24)


def training_set():
    return training_batches(EXAMPLES, CONFIG.converter, CONFIG.hparams.batch_size, seed=1)


def held_out():
    return evaluation_batches(EXAMPLES[:5], CONFIG.converter, 2)


@pytest.fixture(scope="module")
def trained():
    """A model of a user's own optimizer and schedule, and the history of its training."""
    keras.utils.set_random_seed(0)
    model = MusicVAE(CONFIG.hparams, CONFIG.converter.spaces)
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile(keras.optimizers.Adam(1e-6), jit_compile=False)
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-6 / (epoch + 1))
    history = model.fit(
        training_set(), steps_per_epoch=2, epochs=2, callbacks=[rates], validation_data=held_out(), verbose=0
    )
    return model, history.history, before


def test_the_users_optimizer_and_callbacks_win(trained):
    model, history, before = trained
    np.testing.assert_allclose(history["learning_rate"], [1e-6, 5e-7], rtol=1e-4)
    moved = max(np.abs(w.numpy() - old).max() for w, old in zip(model.trainable_weights, before, strict=True))
    assert 0 < moved <= 4e-6
    assert np.isfinite(history["val_loss"]).all() and "val_free_running_accuracy" in history


def test_evaluate_and_predict_take_datasets(trained):
    model, _, _ = trained
    figures = model.evaluate(held_out(), return_dict=True, verbose=0)
    assert 0 <= figures["accuracy"] <= 1 and figures["kl_bits"] > 0
    scores = model.predict(held_out(), verbose=0)
    batch = next(iter(evaluation_batches(EXAMPLES[:5], CONFIG.converter, 5)))
    np.testing.assert_allclose(scores, model(Tensors(**batch)), atol=1e-5)


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_an_array_is_refused_in_a_sentence(trained, method):
    with pytest.raises(UserError, match=r"dataset of base_vae\.data\.batches"):
        getattr(trained[0], method)(EXAMPLES, verbose=0)


@pytest.mark.parametrize("given", [{"loss": "mse"}, {"metrics": ["accuracy"]}, {"weighted_metrics": ["mae"]}])
def test_a_loss_or_metrics_are_refused_in_a_sentence(given):
    model = SmallVAE(SmallHParams(latent_encoder_layers=(8,), encoded_z_size=2), 6)
    with pytest.raises(UserError, match="a SmallVAE has its own loss and metrics: compile it without "):
        model.compile("adam", **given)


def test_single_batches(trained):
    model, _, _ = trained
    batch = next(iter(held_out()))
    assert np.isfinite(model.test_on_batch(batch)).all()
    assert model.predict_on_batch(batch).shape == model(batch).shape == (2, 32, 90)
    with pytest.raises(UserError, match=r"^a MusicVAE takes batches as dictionaries .*[^\n]$"):
        model(EXAMPLES)


def test_a_saved_model_loads_with_equal_outputs_and_optimizer(trained, tmp_path):
    model, _, _ = trained
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(held_out(), verbose=0), model.predict(held_out(), verbose=0))
    assert isinstance(again.optimizer, keras.optimizers.Adam)
    assert int(again.optimizer.iterations) == int(again.global_step) == 4
    again.fit(training_set(), steps_per_epoch=1, verbose=0)  # and it goes on


def test_an_exported_model_serves(trained, tmp_path):
    model, _, _ = trained
    model.export(str(tmp_path / "served"), verbose=False)
    batch = next(iter(held_out()))
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(served.serve(batch), model(Tensors(**batch)), atol=1e-5)


def test_a_small_vae_does_the_same(tmp_path):
    rng = np.random.default_rng(0)
    mu, sigma = rng.normal(size=(2, 40, 6)).astype(np.float32)
    small = SmallHParams(latent_encoder_layers=(8,), latent_decoder_layers=(8,), encoded_z_size=2)
    model = SmallVAE(small, 6)
    model.compile(keras.optimizers.SGD(1e-7), jit_compile=False)
    model.fit(mu, np.abs(sigma), epochs=2, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-7)
    assert np.isfinite(model.evaluate(mu, np.abs(sigma), verbose=0)).all()
    model.save(tmp_path / "small.keras")
    again = keras.models.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(again.predict(mu, verbose=0), model.predict(mu, verbose=0))
    model.export(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    np.testing.assert_allclose(served.serve(mu), model(mu), atol=1e-5)
    assert np.isfinite(model.test_on_batch(mu, np.abs(sigma))).all()
    with pytest.raises(UserError, match="give fit and evaluate `mu, sigma`"):
        model.fit(mu, verbose=0)
