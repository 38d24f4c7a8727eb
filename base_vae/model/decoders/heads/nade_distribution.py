"""NADE as a distribution of TensorFlow Probability."""

from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class Nade(tfd.Distribution):
    """Bits that depend on the ones before them; see `NadeHead` for the formula.

    Args:
      hidden_bias: float [..., hidden].
      visible_bias: float [..., width].
      head: the `NadeHead` with the weights.
    """

    def __init__(self, hidden_bias: tf.Tensor, visible_bias: tf.Tensor, head: Any, name: str = "Nade"):
        parameters = dict(locals())
        self._biases, self._head = tf.concat([hidden_bias, visible_bias], -1), head
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=name,
        )

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([self._head.space.width])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([self._head.space.width])

    def _batch_shape(self) -> tf.TensorShape:
        return self._biases.shape[:-1]

    def _batch_shape_tensor(self) -> tf.Tensor:
        return tf.shape(self._biases)[:-1]

    def _log_prob(self, value: tf.Tensor) -> tf.Tensor:
        shape = tf.broadcast_dynamic_shape(tf.shape(value)[:-1], self._batch_shape_tensor())
        biases = tf.broadcast_to(self._biases, tf.concat([shape, [self._biases.shape[-1]]], 0))
        bits = tf.broadcast_to(value, tf.concat([shape, [self._head.space.width]], 0))
        return -self._head.negative_log_likelihood(biases, bits)

    def _sample_n(self, n: tf.Tensor, seed: Any = None) -> tf.Tensor:
        from tensorflow_probability.python.internal import samplers

        biases = tf.broadcast_to(self._biases, tf.concat([[n], tf.shape(self._biases)], 0))
        noise_shape = tf.concat([tf.shape(biases)[:-1], [self._head.noise_width]], 0)
        noise = samplers.uniform(noise_shape, minval=1e-20, seed=seed)
        return self._head.sample(biases, noise, 1.0)
