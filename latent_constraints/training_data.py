"""Training data of critics and actors: places in latent space, and what the base makes of them."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from base_vae.array_model import Latents
from base_vae.converters import Converter
from base_vae.trained_model import TrainedModel
from latent_constraints.properties import Property

# Share of what an actor or gradient ascent made in a round, beside the prior's. With as much of it as of the
# prior, critics come to know the actor and forget the rest.
MADE = 0.25


class Group(NamedTuple):
    """Gaussians in latent space that share a part of every batch.

    Attributes:
      mu, sigma: float32 [n, z_size]; a latent that is known for sure has sigma 0.
      classes: int32 [n], the true class of each for a critic.
      share: of the batch, relative to the other groups'.
    """

    mu: np.ndarray
    sigma: np.ndarray
    classes: np.ndarray
    share: float = 1.0

    @classmethod
    def posteriors(cls, latents: Latents, label: int, share: float = 1.0) -> "Group":
        """Posteriors of music, all of one class."""
        return cls(latents.mu, latents.sigma, np.full(len(latents.mu), label, np.int32), share)

    @classmethod
    def points(cls, z: np.ndarray, classes: np.ndarray | int, share: float = 1.0) -> "Group":
        """Known latents [n, z_size] with a class each, or one for all."""
        classes = np.broadcast_to(np.asarray(classes, np.int32), len(z))
        return cls(z.astype(np.float32), np.zeros_like(z, np.float32), classes, share)

    @classmethod
    def prior(cls, z_size: int, label: int = 0, share: float = 1.0) -> "Group":
        """N(0, I)."""
        zeros = np.zeros((1, z_size), np.float32)
        return cls(zeros, zeros + 1.0, np.array([label], np.int32), share)


@dataclasses.dataclass(frozen=True)
class Decoded:
    """Latents and the music that the base makes of them.

    Attributes:
      z: float32 [n, z_size].
      arrays: examples of the base's converter, [n, ...].
      converter: of the base.
    """

    z: np.ndarray
    arrays: np.ndarray
    converter: Converter
    _values: dict[str, np.ndarray] = dataclasses.field(default_factory=dict, repr=False)

    def measure(self, measured: Property) -> np.ndarray:
        """The property of each, float64 [n], NaN where it is not defined; measured once."""
        if measured.name not in self._values:
            self._values[measured.name] = measured.measure(self.arrays, self.converter)
        return self._values[measured.name]


@dataclasses.dataclass
class Material:
    """The material that critics learn from; it grows with every round.

    Attributes:
      base: the model whose latent space it is.
      decoded: latents whose music is known: prior samples first, then real music, then the actor's.
      real: posteriors of real music, or None.
      own: posteriors of the user's music by the name of its constraint.
      made: latents [n, z_size] that actors made, one array a round.
    """

    base: TrainedModel
    decoded: list[Decoded]
    real: Latents | None = None
    own: dict[str, Latents] = dataclasses.field(default_factory=dict)
    made: list[np.ndarray] = dataclasses.field(default_factory=list)

    def decode(self, z: np.ndarray, temperature: float, seed: int) -> Decoded:
        """Latents [n, z_size] with the music that the base decodes from them."""
        arrays = self.base.decode_arrays(z, temperature=temperature, seed=seed)
        return Decoded(z.astype(np.float32), arrays, self.base.config.converter)


def batches(groups: Sequence[Group], batch_size: int, seed: int) -> tf.data.Dataset:
    """Endless batches (z float32 [batch, z_size], classes int32 [batch]); the noise is fresh in each.

    Every batch has of each group its share. Rows and noise follow from the seed and the number of the batch.
    """
    total = sum(group.share for group in groups)
    counts = [max(1, round(batch_size * group.share / total)) for group in groups]
    tables = [tuple(map(tf.constant, group[:3])) for group in groups]

    def batch(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        parts = []
        for number, ((mu, sigma, classes), count) in enumerate(zip(tables, counts, strict=True)):
            draws = tf.stack([tf.constant(seed, tf.int64) * len(tables) + number, step])
            rows = tf.random.stateless_uniform([count], draws, 0, len(mu), tf.int32)
            noise = tf.random.stateless_normal(
                [count, mu.shape[1]], tf.random.experimental.stateless_fold_in(draws, 1)
            )
            parts.append((tf.gather(mu, rows) + tf.gather(sigma, rows) * noise, tf.gather(classes, rows)))
        z, classes = zip(*parts, strict=True)
        return tf.concat(z, 0), tf.concat(classes, 0)

    steps = tf.data.Dataset.range(np.iinfo(np.int64).max)
    return steps.map(batch, num_parallel_calls=1).prefetch(4)
