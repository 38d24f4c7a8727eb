import numpy as np
import pytest
import tensorflow as tf

from base_vae.array_model import Latents
from base_vae.errors import UserError
from latent_constraints.transfer import saving
from latent_constraints.transfer.model import TransferHParams, fit_transfer, sliced_wasserstein

HPARAMS = TransferHParams(
    size=2, layers=(32, 16), beta=0.02, num_steps=600, batch_size=64, learning_rate=0.005
)


def domain(offset, z_size, seed, n=400):
    """A bow of latents at a place of its own, and the half of it that each is on."""
    along = np.random.default_rng(seed).uniform(-1, 1, n)
    mu = np.zeros((n, z_size), np.float32)
    mu[:, 0], mu[:, 1] = 2 * along, along**2
    mu[:, -1] += offset
    return Latents(mu, np.full_like(mu, 0.05)), (along > 0).astype(np.int32)


@pytest.fixture(scope="module")
def domains():
    return domain(-2.0, 5, 0), domain(2.0, 5, 1)


@pytest.fixture(scope="module")
def model(domains):
    (a, halves_a), (b, halves_b) = domains
    return fit_transfer((a, b), labels=(halves_a, halves_b), hparams=HPARAMS)


def test_what_is_translated_lies_in_the_other_domain_and_means_the_same(model, domains):
    (a, halves), _ = domains
    there = model.transfer(a.mu, 0, 1)
    assert abs(there[:, -1].mean() - 2.0) < 0.5
    assert np.mean((there[:, 0] > 0) == (halves > 0)) > 0.9
    back = model.transfer(there, 1, 0)
    assert np.abs(back[:, -1] + 2.0).mean() < 0.5


def test_part_of_the_way_is_between(model, domains):
    (a, _), _ = domains
    places = [model.transfer(a.mu, 0, 1, amount=amount)[:, -1].mean() for amount in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(places[0], a.mu[:, -1].mean(), atol=1e-6)
    np.testing.assert_allclose(places[1], (places[0] + places[2]) / 2, atol=1e-5)


def test_latents_of_different_sizes_can_be_bridged(domains):
    (a, _), _ = domains
    b, _ = domain(1.0, 3, 2)
    model = fit_transfer(
        (a, b), hparams=TransferHParams(size=2, layers=(16,), num_steps=300, learning_rate=0.01)
    )
    assert model.transfer(a.mu[:7], 0, 1).shape == (7, 3)
    assert model.transfer(b.mu[:7], 1, 0).shape == (7, 5)
    assert abs(model.transfer(a.mu, 0, 1)[:, -1].mean() - 1.0) < 0.7


def test_the_model_comes_back_from_disk_and_from_its_seed(model, domains, tmp_path):
    (a, halves_a), (b, halves_b) = domains
    saving.save(model, tmp_path / "model", card="Two bows.")
    loaded = saving.load(tmp_path / "model")
    same = model.transfer(a.mu[:5], 0, 1)
    assert loaded.transfer(a.mu[:5], 0, 1).tobytes() == same.tobytes()
    again = fit_transfer((a, b), labels=(halves_a, halves_b), hparams=HPARAMS)
    assert again.transfer(a.mu[:5], 0, 1).tobytes() == same.tobytes()


def test_sliced_wasserstein_of_a_shift():
    a = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    directions = tf.constant([[2.0, 0.0], [0.0, 0.5]])
    # Along the first direction everything is 3 apart, along the second nothing is: (9 + 0) / 2.
    np.testing.assert_allclose(sliced_wasserstein(a, a + np.float32([3, 0]), directions), 4.5, rtol=1e-5)
    np.testing.assert_allclose(sliced_wasserstein(a, a[::-1], directions), 0.0, atol=1e-6)


def test_too_little_music_is_said(domains):
    (a, _), _ = domains
    with pytest.raises(UserError, match=r"domain 1: 3 examples are too few.*16 are needed"):
        fit_transfer((a, Latents(a.mu[:3], a.sigma[:3])))


def test_impossible_sizes_are_refused():
    with pytest.raises(UserError, match=r"`size` must be a whole number of at least 1.*`num_steps`"):
        TransferHParams(size=0, num_steps=0)
