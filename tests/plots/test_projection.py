"""Many dimensions in the plane."""

import builtins

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.plots.projection import crowding, project


def clouds(n=40, seed=0):
    """Two clouds far apart in 6 dimensions, [2 * n, 6]."""
    points = np.random.default_rng(seed).normal(size=(2 * n, 6))
    points[n:, 3] += 40
    return points


def test_pca_by_hand():
    # All the variance lies along (3, 4, 0), but for a fifth of the length along the third axis.
    along, beside = np.array([3.0, 4.0, 0.0]) / 5, np.array([0.0, 0.0, 1.0])
    amounts = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    others = np.array([0.2, -0.4, 0.4, -0.4, 0.2])  # at right angles to the amounts
    plane = project(7 + amounts[:, np.newaxis] * along + others[:, np.newaxis] * beside)
    np.testing.assert_allclose(plane.points, np.stack([amounts, others], 1), atol=1e-12)
    share = 10 / (10 + np.sum(others**2))
    assert plane.axes[0] == f"principal component 1 ({share:.0%} of the variance)"


def test_pca_of_fewer_dimensions_than_two():
    plane = project(np.arange(5.0)[:, np.newaxis])
    np.testing.assert_allclose(plane.points[:, 0], np.arange(5) - 2)
    assert not plane.points[:, 1].any()


@pytest.mark.parametrize("method", ["pca", "tsne", pytest.param("umap", marks=pytest.mark.slow)])
def test_clouds_stay_apart_and_the_same_seed_is_the_same_picture(method):
    points = clouds()
    plane, again = project(points, method, seed=3).points, project(points, method, seed=3).points
    np.testing.assert_array_equal(plane, again)
    centres = plane[:40].mean(0), plane[40:].mean(0)
    reach = max(np.linalg.norm(plane[:40] - centres[0], axis=1).max(), 1e-9)
    assert np.linalg.norm(centres[0] - centres[1]) > reach


def test_too_few_points_and_unknown_methods_are_said():
    with pytest.raises(UserError, match="at least 5 points \\(received 3\\)"):
        project(np.zeros((3, 4)), "tsne")
    with pytest.raises(UserError, match="pca, tsne, umap"):
        project(np.zeros((3, 4)), "lda")


def test_umap_that_is_not_installed_is_asked_for(monkeypatch):
    real = builtins.__import__

    def without_umap(name, *args, **kwargs):
        if name == "umap":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_umap)
    with pytest.raises(UserError, match="pip install umap-learn"):
        project(clouds(), "umap")


def test_crowding_is_one_where_it_is_densest():
    points = np.concatenate([np.random.default_rng(0).normal(size=(200, 2)) * 0.1, [[5.0, 5.0]]])
    found = crowding(points)
    assert found.max() == 1 and found[-1] == found.min() < 0.1
    assert crowding(np.zeros((4, 2))).tolist() == [1] * 4
    line = crowding(np.array([[0.0], [0.1], [0.2], [3.0]]))
    assert line[1] == 1 and line[3] == line.min() < 0.9
    assert crowding(np.eye(3)[:2]).tolist() == [1, 1]  # two points in space
