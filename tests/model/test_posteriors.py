"""Posteriors against the prior, reckoned by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from base_vae.model.posteriors import active_dimensions, kl_bits, summarize


def test_kl_by_hand():
    mu, sigma = np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 1.0, 0.5]])
    narrow = 0.5 * (0.25 - 1) + np.log(2)
    np.testing.assert_allclose(kl_bits(mu, sigma), [[0, 0.5 / np.log(2), narrow / np.log(2)]], atol=1e-12)


@given(st.floats(-5, 5), st.floats(0.05, 3))
def test_kl_is_that_of_the_integral(mu, sigma):
    x = np.linspace(mu - 9 * sigma, mu + 9 * sigma, 4001)
    density = np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    log_ratio = 0.5 * x**2 - 0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma)
    expected = np.trapezoid(density * log_ratio, x) / np.log(2)
    assert kl_bits([[mu]], [[sigma]])[0, 0] == pytest.approx(expected, abs=1e-5)


def test_dimensions_are_active_where_their_means_vary():
    mu = np.array([[0.0, 1.0, 0.0], [0.3, 1.0, 0.1]])  # variances 0.0225, 0 and 0.0025
    assert active_dimensions(mu).tolist() == [True, False, False]
    assert active_dimensions(mu, threshold=0.001).tolist() == [True, False, True]


def test_a_summary_by_hand():
    mu = np.array([[1.0, 0.0], [-1.0, 0.0], [3.0, 0.05]], np.float32)
    sigma = np.array([[0.5, 1.0], [0.5, 1.0], [0.2, 1.0]], np.float32)
    summary = summarize(mu, sigma)
    np.testing.assert_allclose(summary.mean, [1.0, 0.05 / 3], rtol=1e-6)
    np.testing.assert_allclose(summary.spread[0], np.sqrt(8 / 3), rtol=1e-6)
    np.testing.assert_allclose(summary.sigma, [0.4, 1.0], rtol=1e-6)
    assert summary.active.tolist() == [True, False]
    assert summary.examples == 3
    np.testing.assert_allclose(summary.kl_bits, kl_bits(mu, sigma).mean(0))
