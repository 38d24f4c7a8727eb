"""The prior that samples are drawn from: N(0, I), or fitted and kept with a model."""

import numpy as np
import pytest

import base_vae
from base_vae.errors import UserError
from base_vae.latent_prior import FILE, LatentPrior
from base_vae.trained_model import TrainedModel
from tests.paths import EXAMPLES
from tests.tiny_models import CONFIG, lively_model

SIZE = CONFIG.hparams.z_size


def posteriors(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    mu = (rng.standard_normal((n, 3)) @ [[1, 0, 0], [0.5, 0.2, 0], [0, 0, 0]] + [1, 2, 3]).astype(np.float32)
    return mu, np.full((n, 3), [0.1, 0.5, 1.0], np.float32)


def test_the_fitted_prior_has_mean_and_covariance_of_draws_from_the_posteriors():
    mu, sigma = posteriors(4000)
    prior = LatentPrior.of_posteriors(mu, sigma)
    drawn = mu + sigma * np.random.default_rng(1).standard_normal(mu.shape)
    made = prior.draw(4000, seed=2)
    np.testing.assert_allclose(made.mean(0), drawn.mean(0), atol=0.08)
    np.testing.assert_allclose(np.cov(made.T), np.cov(drawn.T), atol=0.08)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, prior.draw(4000, seed=2))


def test_without_a_fit_it_is_the_standard_normal_distribution():
    prior = LatentPrior.standard(5)
    noise = np.random.default_rng(3).standard_normal((7, 5), np.float32)
    np.testing.assert_array_equal(prior.draw(7, seed=3), noise)
    assert prior.is_standard and not LatentPrior.of_posteriors(*posteriors(9)).is_standard


def test_one_example_is_too_little():
    with pytest.raises(UserError, match=r"two examples of music or more \(received 1\)"):
        LatentPrior.of_posteriors(*posteriors(1))


def test_a_model_keeps_the_prior_that_was_fitted(tmp_path):
    model = TrainedModel(lively_model(), CONFIG)
    before = model.sample(2, seed=1)
    model.save(tmp_path / "plain")
    assert not (tmp_path / "plain" / FILE).exists()
    model.fit_prior(EXAMPLES / "reels")
    after = model.sample(2, seed=1)
    assert [list(piece.notes) for piece in before] != [list(piece.notes) for piece in after]
    model.save(tmp_path / "fitted")
    again = base_vae.load(tmp_path / "fitted")
    np.testing.assert_array_equal(again.prior.draw(3, seed=0), model.prior.draw(3, seed=0))
    assert base_vae.load(tmp_path / "plain").prior.is_standard


def test_a_prior_of_another_size_or_a_damaged_one_is_refused(tmp_path):
    LatentPrior.standard(SIZE + 1).save(tmp_path)
    with pytest.raises(UserError, match=f"does not fit its model, whose latents have the size {SIZE}"):
        LatentPrior.of_model(tmp_path, SIZE)
    (tmp_path / FILE).write_bytes(b"no such thing")
    with pytest.raises(UserError, match="cannot be read"):
        LatentPrior.of_model(tmp_path, SIZE)


def test_the_bundled_melodies_sample_nearer_to_music_than_the_standard_prior():
    from base_vae.metrics.frechet import frechet

    base = base_vae.load("mel_2bar")
    music = base.encode_arrays(np.asarray(base.collect(EXAMPLES).examples)).mu
    noise = np.random.default_rng(0).standard_normal((256, base.z_size), np.float32)
    apart = [
        frechet(base.encode_arrays(base.decode_arrays(z)).mu, music).distance
        for z in (base.prior.draw(256, seed=0), noise)
    ]
    assert apart[0] < apart[1]
