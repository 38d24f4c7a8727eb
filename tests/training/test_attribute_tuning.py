"""Vectors learned by listening: on a made-up model whose answer is known, and on the bundled one."""

import types

import numpy as np
import pytest
import tensorflow as tf

import base_vae
from base_vae.attributes import compute_vectors, get_attributes, measure_arrays
from base_vae.configs.presets import get_preset
from base_vae.metrics.attribute_response import evaluate
from base_vae.training import attribute_tuning
from base_vae.training.attribute_tuning import likelihood_gradient, order, side_effects, tune
from tests.tiny_models import melodies

MELODY = get_preset("cat-mel_2bar_small").converter
DENSITY = get_attributes(["density"])


class Bent:
    """A model that plays fewer notes the further z0 is below 0, and more the further z1 is above it.

    Their number in two bars is drawn from N(16 + 6 (min(z0, 0) + max(z1, 0)), 2 * temperature).
    """

    config = types.SimpleNamespace(converter=MELODY)

    def decode_arrays(self, z, *, temperature=0.0, seed=0, controls=None):
        assert controls is None or len(controls) == len(z)
        noise = np.random.default_rng(seed).standard_normal(len(z))
        notes = np.round(self.mean(z) + 2 * temperature * noise)
        return MELODY.all_canonical((41 * (np.arange(32) < notes[:, np.newaxis])).astype(np.uint8))

    def mean(self, z):
        return 16 + 6 * (np.minimum(z[:, 0], 0) + np.maximum(z[:, 1], 0))

    def gradient(self, z, arrays, weights):
        """As of `likelihood_gradient`."""
        notes = 2 * measure_arrays(arrays, MELODY, DENSITY)[:, 0]
        slope = weights * (notes - self.mean(z)) / (2 * attribute_tuning._TEMPERATURE) ** 2
        return slope[:, np.newaxis] * 6 * (z * [-1, 1] > 0)


@pytest.fixture(scope="module")
def music():
    """Latents [400, 2] in which only z0 makes the difference, and the music at them."""
    rng = np.random.default_rng(0)
    latents = np.stack([rng.uniform(-2, 0.5, 400), rng.normal(0.5, 0.1, 400)], axis=1).astype(np.float32)
    return latents, Bent().decode_arrays(latents)


def response(vectors, most=1.0):
    """On 400 pieces, others than it was tuned on."""
    z = np.random.default_rng(99).standard_normal((400, 2), np.float32)
    return evaluate(Bent(), vectors, DENSITY, z, "pieces", most=most, steps=5)


def test_each_way_is_learned_by_itself(music, monkeypatch):
    monkeypatch.setattr(attribute_tuning, "likelihood_gradient", lambda model: model.gradient)
    latents, examples = music
    plain = compute_vectors(latents, measure_arrays(examples, MELODY, DENSITY), ["density"])
    told = []
    tuned = tune(
        Bent(), plain, examples, latents, seed=4, rounds=60, pieces=60, progress=lambda *n: told.append(n)
    )
    assert tuned.more[0, 1] > 1.5 * abs(tuned.more[0, 0])  # to more z1 leads,
    assert -tuned.less[0, 0] > 1.5 * abs(tuned.less[0, 1])  # to less z0
    before, after = response(plain), response(tuned)
    assert before.right_sign.min() < 0.6 and after.right_sign.min() > 0.9
    assert before.spearman[0] < 0.9 and after.spearman[0] > 0.95
    longest = attribute_tuning._LONGEST * np.linalg.norm(latents, axis=1).mean()
    assert max(np.linalg.norm(tuned.more), np.linalg.norm(tuned.less)) <= longest * (1 + 1e-6)
    for name in ("standard_errors", "thresholds", "counts"):
        np.testing.assert_array_equal(getattr(tuned, name), getattr(plain, name))
    assert told == [(1, 1)]
    again = tune(Bent(), plain, examples, latents, seed=4, rounds=60, pieces=60)
    np.testing.assert_array_equal(again.more, tuned.more)
    np.testing.assert_array_equal(again.less, tuned.less)


def test_a_vector_is_no_longer_than_it_need_be(music, monkeypatch):
    latents, examples = music
    listening = attribute_tuning._Listening(Bent(), DENSITY[0], examples, latents, 200, [0])
    ways = np.array([[0.0, 8.0], [-8.0, 0.0]])  # at 0.3 of it nearly all change, and few play all or nothing
    short = listening.shortened(ways)
    np.testing.assert_allclose(short, attribute_tuning._FACTORS[0] * ways)
    monkeypatch.setattr(attribute_tuning, "_COST", -1.0)
    np.testing.assert_array_equal(listening.shortened(ways), ways)


def test_the_order_of_pieces():
    right, wrong = order(np.array([[1.0, 2, 3, 4, 5], [5, 4, 3, 2, 1]]))
    np.testing.assert_allclose(right, 1.0)
    np.testing.assert_allclose(wrong, -1.0)
    np.testing.assert_allclose(order(np.zeros((1, 5))), 0.0)
    undefined = order(np.array([[np.nan, 2, 3, 4, 5]]))[0]
    assert undefined[0] == pytest.approx(-1.0) and undefined[4] < 1
    # By hand: distances in steps of a half: 1 2 3 4, 40 in all; half an eighth each with the middle.
    swapped = order(np.array([[1.0, 2, 3, 5, 4]]))[0]
    assert swapped[4] == pytest.approx(1 - 2 * (1 / 20) / ((1 + 2 + 3 + 4) / 20 + 1 / 8))


def test_side_effects():
    # Of two attributes, in two pieces, at five amounts: before 2 and 4 (standard deviation 1); always 7.
    values = np.array(
        [[[2.5, 7], [2, 7], [2, 7], [1, 7], [9, 7]], [[np.nan, 7], [4, 7], [4, 7], [4, 8], [4, 7]]]
    )
    expected = [[0.25, 0, 0, 0.5, 0.5], [0.5, 0, 0, 0.5, 0]]  # what never varied before counts whole
    np.testing.assert_allclose(side_effects(values), expected)
    undefined = np.array([[[np.nan], [np.nan], [np.nan], [3.0], [np.nan]]])
    np.testing.assert_allclose(side_effects(undefined), [[0, 0, 0, 1, 0]])


def test_the_gradient_of_the_likelihood():
    base = base_vae.load("mel_2bar")
    music, rng = melodies(3), np.random.default_rng(0)
    z = rng.standard_normal((3, base.z_size), np.float32)
    weights = np.array([1.0, -0.5, 0.0])
    found = likelihood_gradient(base)(z, music, weights)
    assert found.shape == z.shape and np.all(found[2] == 0)
    batch = base.tensors(tf.constant(music))

    def likelihood(z):
        """Of the pieces' values, by the decoder's probabilities, one after the other."""
        scores = base.model.decoder.run(
            tf.constant(z, tf.float32), base.model.decoder_inputs(batch)
        ).parameters
        chosen = np.take_along_axis(tf.nn.softmax(scores).numpy(), music[..., np.newaxis].astype(int), -1)
        return weights @ np.log(chosen[..., 0].astype(np.float64)).sum(1)

    way = rng.standard_normal(z.shape)
    slope = (likelihood(z + 0.01 * way) - likelihood(z - 0.01 * way)) / 0.02
    assert slope == pytest.approx(np.sum(found * way), rel=2e-3)


def test_undefined_values_and_a_real_model():
    base = base_vae.load("mel_2bar")
    examples = melodies(64)
    examples[:8] = 0  # silence has no pitch
    latents = base.encode_arrays(examples).mu
    attributes = get_attributes(["mean_pitch", "density"])
    values = measure_arrays(examples, base.config.converter, attributes)
    assert np.isnan(values[:8, 0]).all()
    plain = compute_vectors(latents, values, ["mean_pitch", "density"])
    tuned = tune(base, plain, examples, latents, rounds=3, pieces=8)
    assert np.isfinite(tuned.more).all() and np.isfinite(tuned.less).all()
    assert tuned.more.dtype == tuned.less.dtype == np.float32 and tuned.names == plain.names
    # By itself an attribute has the same vectors as among others.
    alone = tune(base, plain.chosen(["density"]), examples, latents, rounds=3, pieces=8)
    np.testing.assert_array_equal(alone["density"], tuned["density"])
