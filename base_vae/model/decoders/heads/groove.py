"""The output head for expressive drumming: hits with a velocity and an offset in time."""

from typing import Any

import numpy as np
import tensorflow as tf

from base_vae.model.decoders.heads.base import Head, bit_agreement, logistic
from base_vae.spaces import Real

_EPSILON = 1e-7  # of the original's log loss
# Least probabilities of a hit to divide by: an estimate over less is noise. Measured on training music.
_LEAST_FOR_VELOCITY, _LEAST_FOR_OFFSET = 0.1, 0.5


class GrooveHead(Head):
    """Hits, velocities and offsets, each a third of a step (Gillick et al. 2019, arXiv:1905.06118).

    Hits are Bernoulli variables under a log loss; velocities (sigmoid, 0 to 1) and offsets (tanh, -1
    to 1, in half steps) are under a squared error.

    Args:
      space: the numbers, three for each drum: all hits, all velocities, all offsets.
      input_width: width of the recurrent core's output.
    """

    def __init__(self, space: Real, input_width: int, **kwargs: Any):
        super().__init__(space, input_width, space.width, **kwargs)

    @property
    def noise_width(self) -> int:
        """Number of random numbers that `sample` uses for a step."""
        return self.width // 3

    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Log loss of the hits, squared errors of velocities and offsets, each summed over the drums."""
        hits, velocities, offsets = tf.split(targets, 3, -1)
        hit_logits, velocity_logits, offset_logits = tf.split(parameters, 3, -1)
        probability = tf.sigmoid(hit_logits)
        hit_loss = -hits * tf.math.log(probability + _EPSILON) - (1 - hits) * tf.math.log(
            1 - probability + _EPSILON
        )
        return {
            "hits": tf.reduce_sum(hit_loss, -1),
            "velocities": tf.reduce_sum(tf.square(tf.sigmoid(velocity_logits) - velocities), -1),
            "offsets": tf.reduce_sum(tf.square(tf.tanh(offset_logits) - offsets), -1),
        }

    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Hits drawn with probability sigmoid(logits / temperature), velocities and offsets as expected."""
        hits, velocities, offsets = tf.split(parameters, 3, -1)
        drawn = tf.cast(hits + temperature * logistic(noise) >= 0, tf.float32)
        return tf.concat([drawn, tf.sigmoid(velocities), tf.tanh(offsets)], -1)

    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Hits that are likelier than not, expected velocities and offsets."""
        hits, velocities, offsets = tf.split(parameters, 3, -1)
        return tf.concat([tf.cast(hits >= 0, tf.float32), tf.sigmoid(velocities), tf.tanh(offsets)], -1)

    def if_hit(self, parameters: tf.Tensor) -> tf.Tensor:
        """Hits everywhere, each with the velocity and offset that it has if the drum is hit there.

        Where nothing is hit the targets of both are 0, so that under a squared error the head learns the
        probability of a hit times its expected velocity or offset: the probability is divided out.
        """
        hits, velocities, offsets = tf.split(parameters, 3, -1)
        probability = tf.sigmoid(hits)
        velocities = tf.sigmoid(velocities) / tf.maximum(probability, _LEAST_FOR_VELOCITY)
        offsets = tf.tanh(offsets) / tf.maximum(probability, _LEAST_FOR_OFFSET)
        return tf.concat(
            [tf.ones_like(hits), tf.minimum(velocities, 1.0), tf.clip_by_value(offsets, -1.0, 1.0)], -1
        )

    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        """Compares hits as bits; mean absolute errors of velocity and offset where a drum was hit."""
        predicted_hits, velocities, offsets = tf.split(predicted, 3, -1)
        hits, true_velocities, true_offsets = tf.split(targets, 3, -1)
        count = tf.reduce_sum(hits, -1)

        def error(a: tf.Tensor, b: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return tf.math.divide_no_nan(tf.reduce_sum(hits * tf.abs(a - b), -1), count), count

        return {
            **bit_agreement(predicted_hits, hits),
            "velocity_error": error(velocities, true_velocities),
            "offset_error": error(offsets, true_offsets),
        }

    @property
    def loss_names(self) -> tuple[str, ...]:
        """Names in the result of `losses`."""
        return ("hits", "velocities", "offsets")

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names in the result of `agreement`."""
        return ("accuracy", "precision", "recall", "velocity_error", "offset_error")

    def distribution(self, parameters: tf.Tensor) -> Any:
        """Bernoulli hits, and normal velocities and offsets whose log-density is minus the squared error."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        hits, velocities, offsets = tf.split(parameters, 3, -1)
        scale = np.float32(np.sqrt(0.5))  # -log p = (x - mean)^2 + constant
        return tfd.JointDistributionNamed(
            {
                "hits": tfd.Independent(tfd.Bernoulli(logits=hits, dtype=tf.float32), 1),
                "velocities": tfd.Independent(tfd.Normal(tf.sigmoid(velocities), scale), 1),
                "offsets": tfd.Independent(tfd.Normal(tf.tanh(offsets), scale), 1),
            }
        )
