"""A latent space on paper: many dimensions as two."""

import dataclasses
import warnings
from typing import Literal, get_args

import numpy as np

from base_vae.errors import UserError
from base_vae.ranges import check_arguments

Method = Literal["pca", "tsne", "umap"]
METHODS = get_args(Method)
_LEAST_POINTS = {"pca": 2, "tsne": 5, "umap": 5}
_PERPLEXITY = 30.0
_COMPONENTS = 50
_NEIGHBOURS = 15


@dataclasses.dataclass(frozen=True)
class Projection:
    """Points in the plane.

    Attributes:
      points: float64 [points, 2].
      axes: what each axis is.
      name: of the method.
    """

    points: np.ndarray
    axes: tuple[str, str]
    name: str


def check_method(method: str) -> None:
    """Raises UserError unless there is such a method."""
    if method not in METHODS:
        raise UserError(f"the projection must be one of {', '.join(METHODS)} (received {method!r})")


def project(latents: np.ndarray, method: Method = "pca", *, seed: int = 0) -> Projection:
    """Latent vectors [points, z_size] in the plane; the same seed gives the same picture.

    Principal components keep distances as far as a plane can; t-SNE (van der Maaten & Hinton 2008) and UMAP
    (McInnes et al. 2018, arXiv:1802.03426) keep neighbours together, and their axes have no meaning.

    Raises:
      UserError: for an unknown method, too few points, or UMAP where it is not installed.
    """
    check_method(method)
    check_arguments(seed=seed)
    latents = np.asarray(latents, np.float64)
    least = _LEAST_POINTS[method]
    if len(latents) < least:
        raise UserError(f"a {method} map needs at least {least} points (received {len(latents)})")
    return {"pca": _pca, "tsne": _tsne, "umap": _umap}[method](latents, seed)


def _pca(latents: np.ndarray, seed: int) -> Projection:
    del seed  # nothing is drawn
    points, shares = _components(latents)
    points, shares = np.pad(points, ((0, 0), (0, 2)))[:, :2], np.pad(shares, (0, 2))
    first, second = (f"principal component {i + 1} ({shares[i]:.0%} of the variance)" for i in range(2))
    return Projection(points, (first, second), "PCA")


def _components(latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal components [points, components], the largest first, and their shares of the variance."""
    centred = latents - latents.mean(0)
    _, sizes, right = np.linalg.svd(centred, full_matrices=False)
    # The sign of a component means nothing: its largest weight shall be positive.
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(1)])
    return centred @ (right * signs[:, np.newaxis]).T, sizes**2 / max(np.sum(sizes**2), 1e-300)


def _tsne(latents: np.ndarray, seed: int) -> Projection:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    latents = _components(latents)[0][:, :_COMPONENTS]  # as its authors do: faster, and the rest is noise
    perplexity = min(_PERPLEXITY, (len(latents) - 1) / 3)
    # With several threads small sets wait for each other, for half a minute where other work is on.
    with threadpool_limits(1, user_api="openmp"):
        points = TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(latents)
    return Projection(
        points.astype(np.float64), ("t-SNE 1", "t-SNE 2"), f"t-SNE of perplexity {perplexity:.0f}"
    )


def _umap(latents: np.ndarray, seed: int) -> Projection:
    try:
        import umap
    except ImportError as error:
        raise UserError(
            "a UMAP map needs umap-learn: pip install umap-learn (pca and tsne need nothing)"
        ) from error
    neighbours = min(_NEIGHBOURS, len(latents) - 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a seed makes it slower
        points = umap.UMAP(n_neighbors=neighbours, random_state=seed).fit_transform(latents)
    return Projection(
        np.asarray(points, np.float64), ("UMAP 1", "UMAP 2"), f"UMAP of {neighbours} neighbours"
    )


def crowding(points: np.ndarray) -> np.ndarray:
    """How densely space is filled at each of some points [points, dimensions]: 1 at the fullest, [points].

    A Gaussian kernel of Scott's width (1992). Ones where the points do not spread in every direction.
    """
    from scipy.stats import gaussian_kde

    if np.linalg.matrix_rank(points - points.mean(0)) < points.shape[1]:
        return np.ones(len(points))
    density = gaussian_kde(points.T)(points.T)
    return density / density.max()
