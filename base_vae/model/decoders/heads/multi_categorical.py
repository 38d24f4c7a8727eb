"""The output head for several choices at each step, one softmax each."""

from typing import Any

import tensorflow as tf

from base_vae.model.decoders.heads.base import Head, counted, gumbel, likeliest
from base_vae.spaces import MultiCategorical


class MultiCategoricalHead(Head):
    """Independent softmaxes side by side (the trio of Roberts et al. 2018, arXiv:1803.05428, section 5).

    Args:
      space: the vocabularies.
      input_width: width of the recurrent core's output.
    """

    def __init__(self, space: MultiCategorical, input_width: int, **kwargs: Any):
        super().__init__(space, input_width, space.width, **kwargs)

    @property
    def noise_width(self) -> int:
        """Number of random numbers that `sample` uses for a step."""
        return self.width

    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Cross entropy of each choice, ids [..., choices] under logits [..., width]."""
        return {
            name: tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=tf.maximum(targets[..., i], 0), logits=logits
            )
            for i, (name, logits) in enumerate(zip(self.space.labels, self._split(parameters), strict=True))
        }

    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Ids of each choice drawn from its softmax(logits / temperature)."""
        return self._likeliest(parameters + temperature * gumbel(noise))

    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """The likeliest ids."""
        return self._likeliest(parameters)

    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        """Share of steps in which all choices are equal, and for each choice by itself."""
        right = predicted == targets
        each = {f"accuracy_{name}": counted(right[..., i]) for i, name in enumerate(self.space.labels)}
        return {"accuracy": counted(tf.reduce_all(right, -1)), **each}

    @property
    def loss_names(self) -> tuple[str, ...]:
        """Names in the result of `losses`."""
        return self.space.labels

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names in the result of `agreement`."""
        return ("accuracy", *(f"accuracy_{name}" for name in self.space.labels))

    def distribution(self, parameters: tf.Tensor) -> Any:
        """The `tfd.JointDistributionSequential` of a `tfd.Categorical` for each choice."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        return tfd.JointDistributionSequential(
            [tfd.Categorical(logits=logits) for logits in self._split(parameters)]
        )

    def _split(self, parameters: tf.Tensor) -> list[tf.Tensor]:
        return tf.split(parameters, self.space.depths, -1)

    def _likeliest(self, scores: tf.Tensor) -> tf.Tensor:
        return tf.stack([likeliest(choice) for choice in self._split(scores)], -1)
