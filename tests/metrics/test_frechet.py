"""The Frechet distance, against closed forms and scipy's matrix square root."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from sklearn.covariance import ledoit_wolf

from base_vae.errors import UserError
from base_vae.metrics.frechet import frechet, gaussian_frechet


def covariance(rng, size, rank=None):
    factor = rng.normal(size=(size, rank or size))
    return factor @ factor.T


def test_numbers_by_hand():
    # In one dimension it is (m - m')^2 + (s - s')^2.
    assert gaussian_frechet(np.array([1.0]), np.array([[4.0]]), np.array([4.0]), np.array([[9.0]])) == 9 + 1
    # Covariances that commute: the sum of that over the axes.
    first, second = np.diag([1.0, 16.0]), np.diag([9.0, 4.0])
    assert gaussian_frechet(np.zeros(2), first, np.array([1.0, 0]), second) == pytest.approx(1 + 4 + 4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_against_scipys_square_root(seed, size):
    rng = np.random.default_rng(seed)
    (a, b), (p, q) = rng.normal(size=(2, size)), (covariance(rng, size) for _ in range(2))
    expected = np.sum((a - b) ** 2) + np.trace(p + q - 2 * sqrtm(p @ q).real)
    found = gaussian_frechet(a, p, b, q)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert found == pytest.approx(gaussian_frechet(b, q, a, p), rel=1e-6, abs=1e-8)
    assert gaussian_frechet(a, p, a, p) == pytest.approx(0, abs=1e-6 * max(np.trace(p), 1))
    turned = np.linalg.qr(rng.normal(size=(size, size)))[0]
    same = gaussian_frechet(turned @ a, turned @ p @ turned.T, turned @ b, turned @ q @ turned.T)
    assert same == pytest.approx(found, rel=1e-6, abs=1e-8)


def test_covariances_of_low_rank_give_a_number():
    rng = np.random.default_rng(0)
    low, other = covariance(rng, 8, rank=2), covariance(rng, 8, rank=3)
    found = gaussian_frechet(np.zeros(8), low, np.zeros(8), other)
    assert np.isfinite(found) and found > 0
    assert gaussian_frechet(np.zeros(8), low, np.zeros(8), low) == pytest.approx(0, abs=1e-6)
    assert gaussian_frechet(np.zeros(8), np.zeros((8, 8)), np.zeros(8), low) == pytest.approx(np.trace(low))


def test_samples_of_two_gaussians():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(20_000, 3)), rng.normal(size=(20_000, 3)) * [1, 2, 3] + [1, 0, 0]
    found = frechet(first, second)
    assert found.distance == pytest.approx(1 + 0 + 1 + 4, rel=0.03)
    assert (found.examples, found.dimensions, found.shrunk) == ((20_000, 20_000), 3, False)


def test_too_few_examples_are_shrunk_and_said():
    rng = np.random.default_rng(1)
    few, many = rng.normal(size=(10, 16)), rng.normal(size=(500, 16))
    found = frechet(few, many)
    assert found.shrunk and found.examples == (10, 500)
    expected = gaussian_frechet(few.mean(0), ledoit_wolf(few)[0], many.mean(0), ledoit_wolf(many)[0])
    assert found.distance == pytest.approx(expected)
    # Without shrinkage ten examples would look flat, and further off than they are.
    flat = gaussian_frechet(few.mean(0), np.cov(few.T), many.mean(0), np.cov(many.T))
    assert found.distance < flat
    with pytest.raises(UserError, match="two examples in either set"):
        frechet(few[:1], many)


def test_an_estimate_may_be_asked_for():
    first, second = np.random.default_rng(3).normal(size=(2, 40, 4))
    assert frechet(first, second) == frechet(first, second, shrunk=False)
    shrunk = frechet(first, second, shrunk=True)
    covariances = [ledoit_wolf(rows)[0] for rows in (first, second)]
    expected = gaussian_frechet(first.mean(0), covariances[0], second.mean(0), covariances[1])
    assert shrunk.shrunk and shrunk.distance == pytest.approx(expected)


def test_one_dimension():
    rng = np.random.default_rng(2)
    assert frechet(rng.normal(size=(50, 1)), rng.normal(size=(50, 1)) + 3).distance == pytest.approx(
        9, rel=0.3
    )
