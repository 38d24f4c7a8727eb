"""The directions of a base's latent space in which music differs most: where tunes are modelled."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class LatentSpace:
    """Principal directions.

    Attributes:
      mean: of latents, [z_size].
      directions: orthonormal columns, [z_size, directions].
      scale: by which each is divided, [directions].
    """

    mean: np.ndarray
    directions: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, latents: np.ndarray, directions: int, whitening: float = 0.5) -> "LatentSpace":
        """The principal directions of latents [n, z_size].

        Args:
          latents: of music.
          directions: how many.
          whitening: 0 divides all by one number, 1 each by its own standard deviation.
        """
        mean = latents.mean(0, dtype=np.float64)
        values, vectors = np.linalg.eigh(np.cov(latents - mean, rowvar=False, dtype=np.float64))
        order = np.argsort(values)[::-1][:directions]
        deviations = np.sqrt(np.maximum(values[order], 1e-8))
        scale = deviations**whitening
        scale *= np.sqrt(np.mean((deviations / scale) ** 2))  # unit variance on average
        return cls(*(a.astype(np.float32) for a in (mean, vectors[:, order], scale)))

    def inward(self, latents: np.ndarray) -> np.ndarray:
        """Latents [..., z_size] in these directions, float32 [..., directions]."""
        return ((latents - self.mean) @ self.directions / self.scale).astype(np.float32)

    def outward(self, x: np.ndarray) -> np.ndarray:
        """Latents [..., z_size] of what `inward` gives; what lies in no direction is at its mean."""
        return (x * self.scale @ self.directions.T + self.mean).astype(np.float32)
