"""Rotating the small latent space: what it decodes does not change, and the knobs get names."""

import numpy as np
import pytest
import tensorflow as tf

from small_vae.config import SmallHParams
from small_vae.mixture import fit_mixture
from small_vae.model import SmallVAE
from small_vae.naming import _explained
from small_vae.rotation import attribute_rotation


def rotations(seed, size=4):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]


@pytest.fixture
def model():
    hparams = SmallHParams(latent_encoder_layers=(32, 16), latent_decoder_layers=(16, 32))
    return SmallVAE(hparams, 24)


def test_reconstructions_do_not_change_and_knobs_are_rotated(model):
    kernel, bias = model.sigma.get_weights()
    model.sigma.set_weights([0.1 * kernel, bias])  # trained ones are much alike, too
    z = tf.constant(np.random.default_rng(0).normal(size=(50, 24)), tf.float32)
    before, knobs = model(z).numpy(), model.encode(z)
    rotation = rotations(1)
    model.rotate(rotation)
    after = model.encode(z)
    np.testing.assert_allclose(model(z).numpy(), before, atol=1e-5)
    np.testing.assert_allclose(after.mu.numpy(), knobs.mu.numpy() @ rotation, atol=1e-5)
    rotated = np.sqrt(knobs.sigma.numpy() ** 2 @ rotation**2)
    np.testing.assert_allclose(after.sigma.numpy(), rotated, rtol=0.03)


def test_the_deviations_of_a_permutation_are_exact(model):
    z = tf.constant(np.random.default_rng(0).normal(size=(50, 24)), tf.float32)
    sigma = model.encode(z).sigma.numpy()
    model.rotate(np.eye(4)[:, [2, 0, 3, 1]])
    np.testing.assert_allclose(model.encode(z).sigma.numpy(), sigma[:, [2, 0, 3, 1]], rtol=1e-6)


def test_a_rotated_mixture_draws_the_rotated_places():
    rng = np.random.default_rng(0)
    mixture = fit_mixture(rng.normal(size=(100, 4)) * [1, 2, 0.5, 1], np.full((100, 4), 0.2), seed=0)
    rotation = rotations(2)
    drawn = mixture.sample(10, np.random.default_rng(1))
    again = mixture.rotated(rotation).sample(10, np.random.default_rng(1))
    np.testing.assert_allclose(again, drawn @ rotation, atol=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_hidden_directions_are_found(seed):
    # Two attributes beside four that go with one direction each are weak, or the sum of two others.
    own = np.diag([0.9, 0.7, 0.5, 0.4])
    weights = np.column_stack([own, own[:, 0] * 0.5 + own[:, 1] * 0.5, [0.05, 0, 0, 0]])
    hidden = rotations(seed)
    found = attribute_rotation(hidden @ weights, 0.3)
    np.testing.assert_allclose(found.T @ found, np.eye(4), atol=1e-9)
    turned = found.T @ hidden @ weights
    strongest = np.abs(turned).argmax(1)
    assert sorted(strongest) == [0, 1, 2, 3]
    assert np.all(turned[np.arange(4), strongest] > 0.39)


def test_too_few_attributes_leave_the_knobs_as_they_are():
    np.testing.assert_array_equal(attribute_rotation(np.ones((4, 3)), 0.3), np.eye(4))


def test_what_a_knob_explains(model):
    kernel, bias = model.decoder[0].get_weights()
    model.decoder[0].set_weights([kernel * [[1.0], [0.0], [1.0], [1.0]], bias])
    explained = _explained(model, np.random.default_rng(0).normal(size=(50, 4)) * [1, 1, 0.01, 1])
    assert explained[1] == 0 and 0 < explained[2] < 0.01 * explained[[0, 3]].min()
