"""The aggregated posterior: where a user's own music lies in the small latent space, as a mixture."""

import dataclasses
import warnings
from typing import Literal

import numpy as np

from base_vae.errors import UserError

Source = Literal["mixture", "prior"]

_COMPONENTS = (1, 2, 4, 8)
_DRAWS = 4  # posterior samples of each example
_LEAST_POINTS_A_COMPONENT = 20


@dataclasses.dataclass(frozen=True)
class Mixture:
    """A Gaussian mixture over small latents.

    Attributes:
      weights: [components].
      means: [components, encoded_z_size].
      factors: square roots L of the covariances L L', [components, encoded_z_size, encoded_z_size].
    """

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    def __repr__(self) -> str:
        return f"<Mixture of {len(self.weights)} over {self.means.shape[-1]} knobs>"

    def problem(self, size: int) -> str | None:
        """The reason why this is not a mixture over latents of `size`; None if it is."""
        components = len(self.weights)
        if self.weights.ndim != 1 or self.means.shape != (components, size):
            return f"a mixture over {size} knobs has means [components, {size}]"
        if self.factors.shape != (components, size, size):
            return f"a mixture over {size} knobs has factors [components, {size}, {size}]"
        if not components or self.weights.min() < 0 or not np.isclose(self.weights.sum(), 1.0):
            return "the weights of its mixture are not shares of 1"
        return None

    def rotated(self, rotation: np.ndarray) -> "Mixture":
        """The mixture of small latents that are the old ones times an orthogonal [size, size] matrix."""
        return Mixture(self.weights, self.means @ rotation, rotation.T @ self.factors)

    def draw(self, n: int, rng: np.random.Generator, source: Source = "mixture") -> np.ndarray:
        """`n` small latents [n, encoded_z_size] from the mixture, or from the prior N(0, I).

        Raises:
          UserError: for another source.
        """
        if source not in ("mixture", "prior"):
            raise UserError(f"the source must be 'mixture' or 'prior' (received {source!r})")
        if source == "prior":
            return rng.standard_normal((n, self.means.shape[1]), np.float32)
        return self.sample(n, rng)

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """`n` small latents, float32 [n, encoded_z_size]."""
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        noise = rng.standard_normal((n, self.means.shape[1]))
        return (self.means[component] + np.einsum("nij,nj->ni", self.factors[component], noise)).astype(
            np.float32
        )


def fit_mixture(mu: np.ndarray, sigma: np.ndarray, seed: int) -> Mixture:
    """Fits a mixture to draws from small posteriors; the number of components by BIC (Schwarz 1978).

    The expectation of q(z|x) over a user's examples is the aggregated posterior (Makhzani et al. 2015,
    arXiv:1511.05644); a model's prior matches it only as far as the KL was pressed.

    Args:
      mu, sigma: posteriors of the examples, each [examples, encoded_z_size].
      seed: of the draws and of the fit.
    """
    from sklearn.mixture import GaussianMixture  # takes a second to import, and only learning needs it

    rng = np.random.default_rng(seed)
    points = np.concatenate([mu + sigma * rng.standard_normal(mu.shape) for _ in range(_DRAWS)])
    largest = max(1, len(points) // (_LEAST_POINTS_A_COMPONENT * _DRAWS))
    candidates = []
    for components in (n for n in _COMPONENTS if n <= largest):
        mixture = GaussianMixture(components, reg_covar=1e-4, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a fit that has not quite converged still counts
            candidates.append(mixture.fit(points))
    best = min(candidates, key=lambda mixture: mixture.bic(points))
    weights = best.weights_ / best.weights_.sum()
    return Mixture(weights, best.means_, np.linalg.cholesky(best.covariances_))
