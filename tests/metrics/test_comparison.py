"""Distances within sets and between them, against scipy's own density estimates and integrals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from base_vae.metrics.comparison import agreement, compare, densities, inter_distances, intra_distances


def samples(seed, n=200, m=300):
    rng = np.random.default_rng(seed)
    return rng.gamma(2.0, 1.0, n), rng.normal(3.0, 1.5, m)


@pytest.mark.parametrize("seed", range(3))
def test_overlap_and_divergence_against_numerical_integration(seed):
    first, second = samples(seed)
    low, high = min(first.min(), second.min()) - 3, max(first.max(), second.max()) + 3
    points = np.linspace(low, high, 20_001)
    p, q = (stats.gaussian_kde(sample)(points) for sample in (first, second))
    found = agreement(first, second)
    assert found.overlap == pytest.approx(integrate.simpson(np.minimum(p, q), x=points), abs=1e-3)
    assert found.divergence == pytest.approx(integrate.simpson(p * np.log(p / q), x=points), rel=5e-3)


def test_densities_are_scipys():
    first, second = samples(5)
    p, _, width = densities(first, second)
    low = min(first.min(), second.min()) - 5 * max(
        len(s) ** -0.2 * s.std(ddof=1) for s in (first, second)
    )  # where the grid begins
    points = low + width * np.arange(len(p))
    np.testing.assert_allclose(p, stats.gaussian_kde(first)(points), atol=2e-4)


def test_two_gaussians_have_the_overlap_of_the_formula():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 40_000), rng.normal(1.5, 1, 40_000)
    found = agreement(first, second)
    assert found.overlap == pytest.approx(2 * stats.norm.cdf(-0.75), abs=0.02)
    assert found.divergence == pytest.approx(1.5**2 / 2, rel=0.06)  # the kernels widen both


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_what_agreement_promises(seed):
    first, second = samples(seed, 20, 30)
    same, there, back = agreement(first, first), agreement(first, second), agreement(second, first)
    assert same.overlap == pytest.approx(1) and same.divergence == pytest.approx(0, abs=1e-9)
    assert 0 <= there.overlap <= 1 and there.overlap == pytest.approx(back.overlap)
    assert there.divergence >= 0 and np.isfinite(there.divergence)
    scaled = agreement(1000 * first, 1000 * second)
    assert scaled.overlap == pytest.approx(there.overlap, abs=1e-6)
    assert scaled.divergence == pytest.approx(there.divergence, rel=1e-6)


def test_far_apart_is_finite():
    first, second = samples(1)
    found = agreement(first, second + 1000)
    assert found.overlap == pytest.approx(0, abs=1e-9) and 10 < found.divergence < np.inf


def test_constant_distances_are_named():
    _, varied = samples(1)
    three = np.full(10, 3.0)
    assert agreement(three, three) == agreement(three, three[:4])
    assert (agreement(three, three).overlap, agreement(three, three).divergence) == (1.0, 0.0)
    for found, where in (
        (agreement(three, varied), "within"),
        (agreement(varied, three), "between"),
        (agreement(three, three + 1), "within"),
    ):
        assert found.overlap is None and found.divergence is None
        assert f"all distances {where}" in found.note
    assert agreement(np.zeros(0), varied).note == "fewer than two pieces have it"


def test_distances_by_hand():
    values, others = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), np.array([[0.0, 0.0], [0.0, 2.0]])
    assert sorted(intra_distances(values)) == pytest.approx(sorted([5, 1, np.sqrt(9 + 9)]))
    assert inter_distances(values, others) == pytest.approx([0, 2, 5, np.sqrt(13), 1, 1])
    assert len(intra_distances(values[:1])) == len(inter_distances(values[:0], others)) == 0


def test_a_number_by_hand():
    generated, reference = np.array([[1.0], [3.0], [np.nan], [8.0]]), np.array([[2.0], [4.0], [6.0]])
    found = compare(generated, reference)
    assert found.generated_mean == 4 and found.reference_mean == 4
    assert found.generated_std == pytest.approx(np.std([1, 3, 8]))
    assert found.generated_intra == pytest.approx((2 + 7 + 5) / 3)
    assert found.reference_intra == pytest.approx((2 + 4 + 2) / 3)
    assert found.inter == pytest.approx((1 + 3 + 5 + 1 + 1 + 3 + 6 + 4 + 2) / 9)
    assert found.undefined == (1, 0)
    assert found.generated == agreement(np.array([2.0, 7, 5]), np.array([1.0, 3, 5, 1, 1, 3, 6, 4, 2]))
    assert found.histograms == agreement(np.array([1.0, 3, 8]), np.array([2.0, 4, 6])).overlap


def test_histograms_by_hand():
    generated, reference = np.array([[1.0, 0, 0], [0, 1, 0]]), np.array([[0.0, 1, 0], [0, 0, 1]])
    found = compare(generated, reference)
    assert found.generated_mean is None and found.histograms == pytest.approx(0.5)
    assert found.generated_intra == pytest.approx(np.sqrt(2))
    assert found.inter == pytest.approx(3 * np.sqrt(2) / 4)


def test_a_feature_that_nobody_has():
    nobody, some = np.full((3, 12), np.nan), np.eye(12)[:4]
    found = compare(nobody, some)
    assert (found.inter, found.generated_intra, found.histograms) == (None, None, None)
    assert found.undefined == (3, 0)


def test_the_same_music_agrees_and_a_single_piece_repeated_does_not():
    rng = np.random.default_rng(0)
    music = rng.dirichlet(np.ones(12), 400)
    same = compare(music[:200], music[200:])
    assert min(same.generated.overlap, same.reference.overlap, same.histograms) > 0.9
    # The most typical piece with a grain of noise, again and again.
    typical = music[np.argmin(np.linalg.norm(music - music.mean(0), axis=1))]
    collapsed = compare(typical + rng.normal(0, 1e-3, (200, 12)), music[200:])
    assert collapsed.generated.overlap < 0.05
