"""Places of pieces in a small latent space, with what the small VAE leaves out of each."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from base_vae.errors import UserError
from base_vae.ranges import check_finite


@dataclasses.dataclass(frozen=True)
class PersonalLatents:
    """Pieces as knobs and the rest: a latent of the base is what the small VAE decodes plus a residual.

    Adding numbers turns the knobs and keeps the residual, so what is decoded stays near the piece:

    >>> tune = PersonalLatents(np.zeros((1, 4)), np.ones((1, 4)), np.zeros((1, 512)))
    >>> (tune + [0.5, 0, 0, -1]).mu
    array([[ 0.5,  0. ,  0. , -1. ]])

    Attributes:
      mu: the knobs, posterior means [n, size].
      sigma: posterior standard deviations [n, size].
      residual: what the small VAE leaves out of the base's latents, [n, z_size].
    """

    mu: np.ndarray
    sigma: np.ndarray
    residual: np.ndarray

    def __repr__(self) -> str:
        return f"<PersonalLatents of {len(self)} pieces, {self.mu.shape[1]} knobs each>"

    __array_ufunc__ = None  # so that `step + latents` is `latents + step` for arrays too

    def __add__(self, step: ArrayLike) -> "PersonalLatents":
        """The same pieces with their knobs turned by `step`, [size] or [n, size]."""
        check_finite(step=step)
        step = np.asarray(step, self.mu.dtype)
        try:
            step = np.broadcast_to(step, self.mu.shape)
        except ValueError as error:
            n, size = self.mu.shape
            raise UserError(
                f"a step must be [{size}] or [{n}, {size}] numbers (received {list(step.shape)})"
            ) from error
        return dataclasses.replace(self, mu=self.mu + step)

    __radd__ = __add__

    def __len__(self) -> int:
        return len(self.mu)


def as_knobs(knobs: ArrayLike, size: int) -> np.ndarray:
    """Knobs as float32 [n, size]. Raises UserError for another shape, or numbers that are not finite."""
    check_finite(knobs=knobs)
    knobs = np.asarray(knobs, np.float32)
    if knobs.ndim != 2 or knobs.shape[1] != size:
        raise UserError(
            f"this model has {size} knobs, so latents must be [n, {size}] (received {list(knobs.shape)})"
        )
    return knobs
