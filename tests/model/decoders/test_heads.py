"""Output heads: what they sample follows what they score, and both are the distributions'."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from base_vae.model.decoders.heads import (
    BooleanHead,
    CategoricalHead,
    GrooveHead,
    MultiCategoricalHead,
    NadeHead,
)
from base_vae.spaces import Binary, Categorical, MultiCategorical, Real


@pytest.fixture(scope="module")
def nade():
    head = NadeHead(Binary(3), 2, hidden=4)
    rng = np.random.default_rng(0)
    for weight in (head.encoding, head.decoding):
        weight.assign(rng.normal(size=weight.shape))
    return head


ALL_BITS = tf.constant(np.array(np.meshgrid(*[[0, 1]] * 3, indexing="ij")).reshape(3, -1).T, tf.float32)


def frequencies(head, parameters, temperature, n=40_000):
    noise = tf.random.stateless_uniform([n, head.noise_width], [1, 2], 1e-20, 1 - 1e-7)
    return head.sample(tf.tile(parameters[tf.newaxis], [n, 1]), noise, tf.constant(temperature))


def test_samples_follow_the_tempered_softmax():
    head, temperature = CategoricalHead(Categorical(4), 2), 0.7
    logits = tf.constant([0.0, 1.0, 2.0, -1.0])
    drawn = frequencies(head, logits, temperature)
    expected = tf.nn.softmax(logits / temperature).numpy()
    error = 4 * np.sqrt(expected * (1 - expected) / len(drawn))  # four standard errors
    np.testing.assert_array_less(np.abs(np.bincount(drawn, minlength=4) / len(drawn) - expected), error)


def test_choices_are_drawn_each_from_its_own_softmax():
    head = MultiCategoricalHead(MultiCategorical((2, 3)), 2)
    logits = tf.constant([0.5, -0.5, 0.0, 1.0, -2.0])
    drawn = frequencies(head, logits, 1.0).numpy()
    for column, part in ((0, logits[:2]), (1, logits[2:])):
        expected = tf.nn.softmax(part).numpy()
        np.testing.assert_allclose(np.bincount(drawn[:, column]) / len(drawn), expected, atol=0.012)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_bits_follow_the_tempered_probability(temperature):
    head, logits = BooleanHead(Binary(3), 2), tf.constant([0.0, 2.0, -1.0])
    drawn = frequencies(head, logits, temperature)
    np.testing.assert_allclose(np.mean(drawn, 0), tf.sigmoid(logits / temperature).numpy(), atol=0.012)


def test_nade_probabilities_sum_to_one(nade):
    parameters = tf.tile(tf.random.stateless_normal([1, nade.width], [3, 4]), [8, 1])
    total = tf.reduce_sum(tf.exp(-nade.negative_log_likelihood(parameters, ALL_BITS)))
    assert float(total) == pytest.approx(1.0, abs=1e-4)


def test_nade_samples_follow_its_probabilities(nade):
    parameters = tf.random.stateless_normal([nade.width], [3, 4])
    drawn = frequencies(nade, parameters, 1.0).numpy()
    expected = tf.exp(-nade.negative_log_likelihood(tf.tile(parameters[tf.newaxis], [8, 1]), ALL_BITS))
    counts = np.bincount((drawn @ [4, 2, 1]).astype(int), minlength=8) / len(drawn)
    np.testing.assert_allclose(counts, expected, atol=0.012)


def test_nade_gradients_are_the_plain_formulas(nade):
    """Against the formula written out with a cumulative sum, which is what is differentiated here."""
    parameters = tf.random.stateless_normal([5, nade.width], [1, 1])
    bits = tf.constant(np.random.default_rng(1).integers(0, 2, (5, 3)), tf.float32)
    weights = [nade.encoding.value, nade.decoding.value]

    def plain():
        hidden_bias, visible_bias = tf.split(parameters, [4, 3], -1)
        added = tf.cumsum(bits[..., tf.newaxis] * weights[0], axis=1, exclusive=True)
        hidden = tf.sigmoid(hidden_bias[:, tf.newaxis] + added)
        return visible_bias + tf.reduce_sum(hidden * weights[1], -1)

    results = []
    for function in (lambda: nade.conditional_logits(parameters, bits), plain):
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            logits = function()
            loss = tf.reduce_sum(logits * tf.reshape(tf.range(15.0), [5, 3]))
        results.append([logits, *tape.gradient(loss, [parameters, *weights])])
    for ours, expected in zip(*results, strict=True):
        np.testing.assert_allclose(ours, expected, atol=2e-5)


def test_a_groove_sample_has_bits_and_numbers_in_range():
    head = GrooveHead(Real(6), 2)
    drawn = frequencies(head, tf.constant([0.0, 3.0, -9.0, 9.0, -9.0, 9.0]), 1.0).numpy()
    assert set(np.unique(drawn[:, :2])) == {0.0, 1.0}
    np.testing.assert_allclose(drawn[:, :2].mean(0), tf.sigmoid([0.0, 3.0]), atol=0.012)
    np.testing.assert_allclose(drawn[0, 2:], [0, 1, -1, 1], atol=1e-3)


def test_likelihoods_are_the_distributions(nade):
    rng = np.random.default_rng(0)
    ids = tf.constant(rng.integers(0, 4, (3, 5)), tf.int32)
    pairs = tf.constant(rng.integers(0, 2, (3, 5, 2)), tf.int32)
    bits = tf.constant(rng.integers(0, 2, (3, 5, 3)), tf.float32)
    for head, values in (
        (CategoricalHead(Categorical(4), 2), ids),
        (MultiCategoricalHead(MultiCategorical((2, 3)), 2), pairs),
        (BooleanHead(Binary(3), 2), bits),
        (nade, bits),
    ):
        parameters = tf.random.stateless_normal([3, 5, head.width], [1, 1])
        event = tf.unstack(values, axis=-1) if values is pairs else values
        expected = -head.distribution(parameters).log_prob(event)
        ours = head.negative_log_likelihood(parameters, values)
        np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_a_groove_is_scored_like_its_distribution_up_to_a_constant():
    head = GrooveHead(Real(6), 2)
    parameters = tf.random.stateless_normal([4, 6], [1, 1])
    values = tf.random.stateless_uniform([4, 6], [2, 2])
    values = tf.concat([tf.round(values[:, :2]), values[:, 2:]], -1)
    hits, velocities, offsets = tf.split(values, 3, -1)
    event = {"hits": hits, "velocities": velocities, "offsets": offsets}
    difference = head.negative_log_likelihood(parameters, values) + head.distribution(parameters).log_prob(
        event
    )
    np.testing.assert_allclose(difference, difference[0], atol=1e-4)


def test_nade_distribution_samples_bits(nade):
    parameters = tf.random.stateless_normal([2, nade.width], [5, 5])
    drawn = nade.distribution(parameters).sample(7, seed=1)
    assert drawn.shape == (7, 2, 3)
    assert set(np.unique(drawn)) <= {0.0, 1.0}


def test_agreement_is_what_its_names_say():
    predicted = tf.constant([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    true = tf.constant([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    figures = BooleanHead(Binary(3), 2).agreement(predicted, true)
    means = {k: float(tf.reduce_sum(v * w) / tf.reduce_sum(w)) for k, (v, w) in figures.items()}
    assert means == {"accuracy": 0.5, "precision": 0.5, "recall": 0.5}


@given(
    probability=st.floats(0.5, 0.999),
    velocity=st.floats(0.05, 0.95),
    offset=st.floats(-0.95, 0.95),
)
def test_what_a_hit_is_like_does_not_hang_on_how_likely_it_is(probability, velocity, offset):
    logit = np.log([probability / (1 - probability)])
    mean = probability * np.array([velocity])
    parameters = np.concatenate([logit, np.log(mean / (1 - mean)), np.arctanh([probability * offset])])
    played = GrooveHead(Real(3), 2).if_hit(tf.constant([parameters], tf.float32))
    np.testing.assert_allclose(played, [[1.0, velocity, offset]], rtol=1e-4, atol=1e-5)
