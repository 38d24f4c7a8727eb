"""The normal distribution that samples of a model are drawn from: N(0, I), or one fitted to music."""

import dataclasses
from pathlib import Path

import numpy as np

from base_vae.array_file import read_arrays
from base_vae.errors import UserError
from base_vae.files import atomic_file

FILE = "prior.npz"
_RIDGE = 1e-6  # of the covariance, which a few examples would leave flat


@dataclasses.dataclass(frozen=True, eq=False)
class LatentPrior:
    """A normal distribution over latents.

    A VAE learns to decode what its encoder gives, and the posteriors of all the music together are not quite
    N(0, I): with free bits they are further from it. A density fitted to them after the training ("ex-post
    density estimation", Ghosh et al. 2020, arXiv:1903.12436, section 4) gives samples that are more like the
    music. Here it is the normal distribution with the mean and the covariance of those posteriors.

    >>> prior = LatentPrior(np.array([1.0, 0.0], np.float32), np.diag([0.5, 2.0]).astype(np.float32))
    >>> prior.of_noise(np.array([[2.0, 1.0]], np.float32))
    array([[2., 2.]], dtype=float32)

    Attributes:
      mean: float32 [z_size].
      factor: of the covariance, float32 [z_size, z_size]: factor @ factor.T.
    """

    mean: np.ndarray
    factor: np.ndarray

    def __repr__(self) -> str:
        return f"<LatentPrior of {len(self.mean)} numbers>"

    @property
    def is_standard(self) -> bool:
        """Whether it is N(0, I)."""
        return not self.mean.any() and np.array_equal(self.factor, np.eye(len(self.mean)))

    @classmethod
    def standard(cls, z_size: int) -> "LatentPrior":
        """N(0, I)."""
        return cls(np.zeros(z_size, np.float32), np.eye(z_size, dtype=np.float32))

    @classmethod
    def of_posteriors(cls, mu: np.ndarray, sigma: np.ndarray) -> "LatentPrior":
        """The normal distribution with mean and covariance of the mixture of posteriors.

        Args:
          mu, sigma: posterior means and standard deviations of music, [examples, z_size].

        Raises:
          UserError: if there are fewer than two examples.
        """
        if len(mu) < 2:
            raise UserError(f"a prior needs two examples of music or more (received {len(mu)})")
        covariance = np.cov(mu, rowvar=False, dtype=np.float64).reshape(mu.shape[1], mu.shape[1])
        covariance += np.diag(np.mean(sigma.astype(np.float64) ** 2, 0) + _RIDGE)
        kept = (
            array.astype(np.float16)
            for array in (mu.mean(0, dtype=np.float64), np.linalg.cholesky(covariance))
        )
        return cls(*(array.astype(np.float32) for array in kept))  # the same numbers as after `save`

    def of_noise(self, noise: np.ndarray) -> np.ndarray:
        """Latents of draws from N(0, I), float32 [..., z_size]."""
        return (self.mean + noise @ self.factor.T).astype(np.float32)

    def draw(self, n: int, seed: int) -> np.ndarray:
        """Latents float32 [n, z_size]; the same seed gives the same ones."""
        return self.of_noise(np.random.default_rng(seed).standard_normal((n, len(self.mean)), np.float32))

    def save(self, folder: Path) -> None:
        """Writes `prior.npz` to an existing folder, whole or not at all, in 16 bits."""
        with atomic_file(folder / FILE) as unfinished:
            np.savez(unfinished, mean=self.mean.astype(np.float16), factor=self.factor.astype(np.float16))

    @classmethod
    def of_model(cls, folder: Path | None, z_size: int) -> "LatentPrior":
        """The prior in a model's folder; N(0, I) where there is none.

        Raises:
          UserError: if it cannot be read or is of latents of another size.
        """
        if folder is None or not (folder / FILE).exists():
            return cls.standard(z_size)
        arrays = read_arrays(folder / FILE, ("mean", "factor"))
        mean, factor = (arrays[name].astype(np.float32) for name in ("mean", "factor"))
        if mean.shape != (z_size,) or factor.shape != (z_size, z_size):
            raise UserError(f"{folder / FILE} does not fit its model, whose latents have the size {z_size}")
        return cls(mean, factor)
