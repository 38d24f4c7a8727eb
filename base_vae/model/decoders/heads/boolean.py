"""The output head for independent yes-or-no events at each step."""

from typing import Any

import tensorflow as tf

from base_vae.model.decoders.heads.base import Head, bit_agreement, logistic
from base_vae.spaces import Binary


class BooleanHead(Head):
    """Independent Bernoulli variables.

    Args:
      space: the bits.
      input_width: width of the recurrent core's output.
    """

    def __init__(self, space: Binary, input_width: int, **kwargs: Any):
        super().__init__(space, input_width, space.width, **kwargs)

    @property
    def noise_width(self) -> int:
        """Number of random numbers that `sample` uses for a step."""
        return self.width

    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Cross entropy of bits [..., width] under logits [..., width], summed over the bits."""
        bits = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=parameters)
        return {"events": tf.reduce_sum(bits, -1)}

    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Bits drawn with probability sigmoid(logits / temperature)."""
        return tf.cast(parameters + temperature * logistic(noise) >= 0, tf.float32)

    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Bits that are likelier than not."""
        return tf.cast(parameters >= 0, tf.float32)

    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        """Share of steps with all bits right, precision and recall."""
        return bit_agreement(predicted, targets)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names in the result of `agreement`."""
        return ("accuracy", "precision", "recall")

    def distribution(self, parameters: tf.Tensor) -> Any:
        """The `tfd.Independent` of `tfd.Bernoulli` variables."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        return tfd.Independent(tfd.Bernoulli(logits=parameters, dtype=tf.float32), 1)
