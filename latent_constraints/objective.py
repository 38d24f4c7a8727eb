"""The objective of actors, gradient ascent and Markov chains."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from latent_constraints.critics.critic import Critic


class Objective:
    """Constraints together: the weighted sum of the critics' log D(z, y), and the distance moved.

    Engel et al. 2018 (arXiv:1711.05772), section 3.

    Args:
      critics: in the order of their classes in `allowed`.
      scale: the mean over music of the posterior's standard deviation in each dimension, [z_size].
      distance_weight: of the distance.
      weights: of the critics; None: 1 each.
    """

    def __init__(
        self,
        critics: Sequence[Critic],
        scale: np.ndarray,
        distance_weight: float,
        weights: Sequence[float] | None = None,
    ):
        self.critics, self.distance_weight = list(critics), distance_weight
        self.precision = tf.constant(np.asarray(scale, np.float32) ** -2.0)
        self.weights = [1.0] * len(self.critics) if weights is None else list(weights)
        self._key = (tuple(critics), self.precision.numpy().tobytes(), distance_weight, tuple(self.weights))

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same critics, with the same numbers."""
        return isinstance(other, Objective) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def satisfaction(self, z: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
        """sum_i w_i log D_i(z, y_i), [batch].

        Args:
          z: latents [batch, z_size].
          allowed: classes of every critic, side by side, float32 [batch, all classes].
        """
        parts = tf.split(allowed, [critic.classes for critic in self.critics], -1)
        return tf.add_n(
            [
                weight * critic.log_probability(z, part)
                for critic, part, weight in zip(self.critics, parts, self.weights, strict=True)
            ]
        )

    def distance(self, z: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
        """How far latents [batch, z_size] are from where they started, [batch].

        The mean over the dimensions of log(1 + (z' - z)^2) / sigma^2: near a start it is a square, far from
        it the price of going on falls, which leaves more room to explore (section 3 of the paper).
        """
        return tf.reduce_mean(self.precision * tf.math.log1p(tf.square(z - start)), -1)

    def loss(self, z: tf.Tensor, start: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
        """The loss that a method minimizes, [batch]."""
        return self.distance_weight * self.distance(z, start) - self.satisfaction(z, allowed)


def side_by_side(critics: Sequence[Critic], allowed_classes: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """The classes that each critic's constraint allows, side by side: float32 [n, all classes].

    Args:
      critics: all of them; one without a constraint allows every class.
      allowed_classes: by the critic's label, bool [classes], or [n, classes] to differ by latent.
      n: number of latents.
    """
    parts = [np.asarray(allowed_classes.get(critic.label, np.ones(critic.classes))) for critic in critics]
    return np.concatenate(
        [np.broadcast_to(part, (n, part.shape[-1])) for part in parts], axis=1, dtype=np.float32
    )
