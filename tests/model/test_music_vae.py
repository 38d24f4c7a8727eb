"""The ELBO and its optimizer step, beyond the golden figures."""

import numpy as np
import pytest
import tensorflow as tf

from base_vae.converters import Tensors
from base_vae.model import schedules
from base_vae.model.decoders import Prompt
from base_vae.model.gaussian import Posterior, kl_to_standard_normal
from base_vae.model.hparams import HParams
from base_vae.model.layers.random_streams import RandomStream
from base_vae.training.evaluation import evaluate
from base_vae.training.train import make_model
from tests.tiny_models import CONFIG, melodies


@pytest.fixture(scope="module")
def model():
    return make_model(CONFIG, seed=1)


def test_the_kl_is_the_distributions(model):
    from tensorflow_probability import distributions as tfd

    mu, sigma = (
        tf.random.stateless_normal([4, 8], [1, 1]),
        tf.random.stateless_uniform([4, 8], [2, 2], 0.1, 2.0),
    )
    prior = tfd.MultivariateNormalDiag(tf.zeros(8), tf.ones(8))
    expected = Posterior(mu, sigma).distribution().kl_divergence(prior)
    np.testing.assert_allclose(kl_to_standard_normal(mu, sigma), expected, rtol=1e-5)


def test_gradients_that_are_not_numbers_move_nothing():
    model = make_model(CONFIG, seed=1)
    before = [w.numpy() for w in model.trainable_weights]
    gradients = [tf.fill(w.shape, float("nan")) for w in model.trainable_weights]
    model.apply_gradients(model.optimizer, gradients, model.trainable_variables, tf.constant(0))
    for old, new in zip(before, model.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)


def batch_of(examples):
    ids = tf.constant(examples, tf.int32)
    return Tensors(ids, ids)


def test_evaluation_weighs_a_short_last_batch_by_what_it_holds(model):
    examples = melodies(10)
    whole, split = (
        evaluate(model, examples, CONFIG.converter, 10),
        evaluate(model, examples, CONFIG.converter, 4),
    )
    for name, value in whole.items():
        assert split[name] == pytest.approx(value, rel=1e-5), name


def test_evaluation_is_what_its_names_say(model):
    examples = melodies(6)
    batch = batch_of(examples)
    figures = evaluate(model, examples, CONFIG.converter, 6)
    assert figures["accuracy"] == pytest.approx(np.mean(np.argmax(model(batch), -1) == examples))
    posterior = model.encode(batch)
    prompt = Prompt(32, 0.0, RandomStream(tf.constant([0, 0])))
    greedy = model.decoder.generate(posterior.mu, prompt, tf.constant(6)).values
    assert figures["free_running_accuracy"] == pytest.approx(np.mean(greedy == examples))
    kl = np.mean(kl_to_standard_normal(*posterior)) / np.log(2)
    assert figures["kl_bits"] == pytest.approx(kl, rel=1e-5)


@pytest.mark.parametrize(
    ("schedule", "rate", "step", "expected"),
    [
        ("constant", 0.3, 50, 0.3),
        ("exponential", 0.99, 100, 1 - 0.99**100),
        ("inverse_sigmoid", 20.0, 100, 1 - 20 / (20 + np.exp(5))),
    ],
)
def test_sampling_schedules(schedule, rate, step, expected):
    hparams = HParams(sampling_schedule=schedule, sampling_rate=rate)
    assert float(schedules.sampling_probability(hparams, tf.constant(step))) == pytest.approx(
        expected, rel=1e-5
    )


def test_learning_rate_decays_and_cools_down():
    hparams = HParams(learning_rate=0.1, min_learning_rate=0.01, decay_rate=0.5, cooldown_steps=10)
    assert float(schedules.learning_rate(hparams, tf.constant(1))) == pytest.approx(0.055)
    assert float(schedules.learning_rate(hparams, tf.constant(1), 100)) == pytest.approx(0.055)
    assert float(schedules.learning_rate(hparams, tf.constant(95), 100)) == pytest.approx(0.005)
    assert schedules.learning_rate(hparams, tf.constant(100), 100) == 0


def test_models_from_their_configuration(model):
    import keras

    from base_vae.model.music_vae import MusicVAE
    from small_vae.config import SmallHParams
    from small_vae.model import SmallVAE

    small = SmallVAE(SmallHParams(latent_encoder_layers=(6,), latent_decoder_layers=(7,)), 8)
    for original, cls in ((model, MusicVAE), (small, SmallVAE)):
        keras.backend.clear_session()
        again = cls.from_config(original.get_config())
        assert [w.shape for w in again.weights] == [w.shape for w in original.weights]
