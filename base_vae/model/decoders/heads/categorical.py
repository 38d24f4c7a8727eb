"""The output head for one event out of many at each step."""

from typing import Any

import tensorflow as tf

from base_vae.model.decoders.heads.base import Head, counted, gumbel, likeliest
from base_vae.spaces import Categorical


class CategoricalHead(Head):
    """A softmax over ids.

    Args:
      space: the ids.
      input_width: width of the recurrent core's output.
    """

    def __init__(self, space: Categorical, input_width: int, **kwargs: Any):
        super().__init__(space, input_width, space.depth, **kwargs)

    @property
    def noise_width(self) -> int:
        """Number of random numbers that `sample` uses for a step."""
        return self.width

    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Cross entropy of ids [...] under logits [..., depth]."""
        labels = tf.maximum(targets, 0)
        return {"events": tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=parameters)}

    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Ids drawn from softmax(logits / temperature), by argmax(logits + temperature * Gumbel noise)."""
        return likeliest(parameters + temperature * gumbel(noise))

    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """The likeliest ids."""
        return likeliest(parameters)

    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        """Share of equal ids."""
        return {"accuracy": counted(predicted == targets)}

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names in the result of `agreement`."""
        return ("accuracy",)

    def distribution(self, parameters: tf.Tensor) -> Any:
        """The `tfd.Categorical` over the next ids."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        return tfd.Categorical(logits=parameters)
