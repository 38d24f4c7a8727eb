"""Frechet distance between two sets of latents, as if each were Gaussian."""

import dataclasses

import numpy as np

from base_vae.errors import UserError


@dataclasses.dataclass(frozen=True)
class Frechet:
    """A distance and how far it can be trusted.

    Attributes:
      distance: squared, in squared units of the latent space.
      examples: how many there were in either set.
      dimensions: of the latent space.
      shrunk: whether their covariances were estimated by Ledoit and Wolf's shrinkage towards a multiple of
        the identity (2004, "A well-conditioned estimator for large-dimensional covariance matrices"), as too
        few examples need it.
    """

    distance: float
    examples: tuple[int, int]
    dimensions: int
    shrunk: bool


def frechet(latents: np.ndarray, others: np.ndarray, shrunk: bool | None = None) -> Frechet:
    """Frechet distance of two sets of latents.

    Heusel et al. 2017 (arXiv:1706.08500), equation 6, with posterior means for Inception's features. It is
    the larger, the fewer examples there are (Chong and Forsyth 2020, arXiv:1911.07023), and covariances that
    are shrunk make it smaller: figures compare where the sizes are alike and the estimate is the same.

    Args:
      latents: of one set, [n, z_size].
      others: of the other, [m, z_size].
      shrunk: whether both covariances are shrunk. None: where either set has no more examples than there are
        dimensions.

    Raises:
      UserError: if a set has fewer than two examples.
    """
    sizes = len(latents), len(others)
    if min(sizes) < 2:
        raise UserError(
            f"a Frechet distance needs two examples in either set (received {sizes[0]}, {sizes[1]})"
        )
    if shrunk is None:
        shrunk = min(sizes) <= latents.shape[1]
    means = [np.asarray(rows, np.float64).mean(0) for rows in (latents, others)]
    covariances = [_covariance(np.asarray(rows, np.float64), shrunk) for rows in (latents, others)]
    distance = gaussian_frechet(means[0], covariances[0], means[1], covariances[1])
    return Frechet(distance, sizes, latents.shape[1], shrunk)


def gaussian_frechet(
    mean: np.ndarray, covariance: np.ndarray, other_mean: np.ndarray, other_covariance: np.ndarray
) -> float:
    """|m - m'|^2 + Tr(C + C' - 2 (C C')^(1/2)) of two Gaussians.

    The trace of (C C')^(1/2) is that of (C^(1/2) C' C^(1/2))^(1/2), whose argument is symmetric: eigenvalues
    of symmetric matrices are real, and rounding below zero is cut off.
    """
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ other_covariance @ root)
    trace = np.trace(covariance) + np.trace(other_covariance) - 2 * np.sqrt(np.maximum(product, 0.0)).sum()
    return max(float(np.sum((mean - other_mean) ** 2) + trace), 0.0)


def _covariance(latents: np.ndarray, shrunk: bool) -> np.ndarray:
    if not shrunk:
        return np.cov(latents, rowvar=False).reshape(latents.shape[1], -1)
    from sklearn.covariance import ledoit_wolf

    return ledoit_wolf(latents)[0]
