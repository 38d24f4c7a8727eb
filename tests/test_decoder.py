"""One set of weights, three ways to run it: they must tell the same story."""

import numpy as np
import pytest
import tensorflow as tf

from base_vae.decoders import CategoricalHead, LstmDecoder
from base_vae.decoders.lstm_decoder import FIRST_INPUT, shift

BATCH, STEPS, Z, DEPTH = 5, 9, 3, 7
SEED = tf.constant([4, 2])


@pytest.fixture(scope="module")
def decoder():
    decoder = LstmDecoder((8, 6), Z, CategoricalHead(DEPTH, 6))
    rng = np.random.default_rng(3)
    decoder.set_weights([rng.normal(size=w.shape, scale=0.6) for w in decoder.get_weights()])
    return decoder


@pytest.fixture(scope="module")
def z():
    return tf.constant(np.random.default_rng(5).normal(size=(BATCH, Z)), tf.float32)


@pytest.fixture(scope="module")
def targets():
    return tf.constant(np.random.default_rng(6).integers(0, DEPTH, (BATCH, STEPS)), tf.int32)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_generation_is_teacher_forcing_on_its_own_output(decoder, z, temperature):
    own = decoder.generate(z, STEPS, temperature, SEED)
    np.testing.assert_allclose(decoder(z, shift(own.ids)), own.logits, atol=1e-5)
    if temperature == 0:
        np.testing.assert_array_equal(own.ids, np.argmax(own.logits, -1))


def test_the_same_seed_gives_the_same_ids_and_another_seed_others(decoder, z):
    first = decoder.generate(z, STEPS, 1.0, SEED).ids
    np.testing.assert_array_equal(first, decoder.generate(z, STEPS, 1.0, SEED).ids)
    assert np.any(first != decoder.generate(z, STEPS, 1.0, SEED + 1).ids)


def test_scheduled_sampling_between_its_two_ends(decoder, z, targets):
    np.testing.assert_array_equal(
        decoder.scheduled_inputs(z, targets, tf.constant(0.0), SEED), shift(targets)
    )
    all_own = decoder.scheduled_inputs(z, targets, tf.constant(1.0), SEED)
    np.testing.assert_array_equal(all_own, shift(decoder.generate(z, STEPS, 1.0, SEED).ids))
    half = decoder.scheduled_inputs(z, targets, tf.constant(0.5), SEED).numpy()
    assert np.all(half[:, 0] == FIRST_INPUT)
    different = half[:, 1:] != targets[:, :-1].numpy()
    assert 0 < different.mean() < 0.5 + 0.2


def test_no_gradient_flows_through_what_was_fed_back(decoder, z, targets):
    with tf.GradientTape() as tape:
        tape.watch(z)
        heard = decoder.scheduled_inputs(z, targets, tf.constant(1.0), SEED)
        total = tf.reduce_sum(tf.cast(heard, tf.float32))
    assert tape.gradient(total, z) is None


def test_samples_follow_the_tempered_softmax():
    head = CategoricalHead(4, 2)
    logits = tf.constant([0.0, 1.0, 2.0, -1.0])
    n, temperature = 40_000, 0.7
    noise = tf.random.stateless_uniform([n, 4], [1, 2], minval=1e-20)
    drawn = head.sample(tf.tile(logits[tf.newaxis], [n, 1]), noise, tf.constant(temperature))
    expected = tf.nn.softmax(logits / temperature).numpy()
    error = 4 * np.sqrt(expected * (1 - expected) / n)  # four standard errors
    np.testing.assert_array_less(np.abs(np.bincount(drawn, minlength=4) / n - expected), error)


def test_the_likelihood_is_the_distributions():
    head = CategoricalHead(4, 2)
    logits = tf.random.stateless_normal([3, 5, 4], [1, 1])
    ids = tf.constant(np.random.default_rng(0).integers(0, 4, (3, 5)), tf.int32)
    expected = -head.distribution(logits).log_prob(ids)
    np.testing.assert_allclose(head.negative_log_likelihood(logits, ids), expected, atol=1e-5)
