"""The mixture over a user's small latents."""

import numpy as np

from small_vae.mixture import fit_mixture


def test_it_finds_two_places_and_draws_from_both():
    rng = np.random.default_rng(0)
    mu = np.concatenate([rng.normal(-3, 0.3, (200, 4)), rng.normal(3, 0.3, (200, 4))])
    mixture = fit_mixture(mu, np.full_like(mu, 0.1), seed=0)
    drawn = mixture.sample(4000, rng)
    assert drawn.shape == (4000, 4) and drawn.dtype == np.float32
    assert len(mixture.weights) >= 2
    np.testing.assert_allclose(np.mean(drawn > 0), 0.5, atol=0.05)
    np.testing.assert_allclose(np.abs(drawn).mean(0), 3, atol=0.1)


def test_the_noise_of_the_posteriors_counts():
    mu = np.zeros((300, 2))
    drawn = fit_mixture(mu, np.full_like(mu, 0.7), seed=0).sample(4000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.std(0), 0.7, atol=0.05)


def test_few_points_make_one_component():
    mixture = fit_mixture(np.random.default_rng(0).normal(size=(3, 4)), np.ones((3, 4)), seed=0)
    assert len(mixture.weights) == 1
    assert np.all(np.isfinite(mixture.sample(10, np.random.default_rng(0))))
