"""The base class of output heads, which turn the recurrent core's outputs into music."""

import abc
from typing import Any

import keras
import tensorflow as tf

from base_vae.spaces import Space


class Head(keras.layers.Layer, abc.ABC):
    """Maps the core's outputs to the parameters of a distribution over the next step.

    Args:
      space: the space of a step.
      input_width: width of the core's output; 0 for a head that only scores.
      width: number of parameters of a step.
    """

    def __init__(self, space: Space, input_width: int, width: int, name: str = "output", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.input_width, self.width = input_width, width
        self.space: Any = space  # subclasses take one kind of space each
        self.projection: Any = None
        if input_width:
            self.projection = keras.layers.Dense(width, name="projection")
            self.projection.build((None, input_width))
        self.built = True

    def call(self, outputs: tf.Tensor) -> tf.Tensor:
        """Returns parameters, float32 [..., width], for the core's outputs [..., input_width]."""
        return tf.cast(self.projection(outputs), tf.float32)

    @property
    @abc.abstractmethod
    def noise_width(self) -> int:
        """Number of random numbers that `sample` uses for a step."""

    @abc.abstractmethod
    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the parts of the negative log-likelihood by name, in nats, each [...].

        Past the end of a sequence they have no meaning.
        """

    def negative_log_likelihood(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Returns the nats [...] of `targets` [..., *space.shape] under `parameters` [..., width]."""
        return sum(self.losses(parameters, targets).values())

    @abc.abstractmethod
    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Draws a step [..., *space.shape] at a temperature; the likeliest at 0.

        Args:
          parameters: [..., width].
          noise: uniform numbers in (0, 1) [..., noise_width].
          temperature: scalar, 0 or more; 1 is the distribution itself.
        """

    @abc.abstractmethod
    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Returns the likeliest step [..., *space.shape], each part given the true parts it depends on."""

    @abc.abstractmethod
    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[Any, Any]]:
        """Returns measures of agreement by name: (value, weight) pairs, each [...], for weighted means."""

    @abc.abstractmethod
    def distribution(self, parameters: tf.Tensor) -> Any:
        """Returns the `tfd.Distribution` over the next step."""

    @property
    def loss_names(self) -> tuple[str, ...]:
        """Names in the result of `losses`."""
        return ("events",)

    @property
    @abc.abstractmethod
    def metric_names(self) -> tuple[str, ...]:
        """Names in the result of `agreement`."""


def counted(right: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns booleans [...] as a (value, weight) pair of equal weights."""
    right = tf.cast(right, tf.float32)
    return right, tf.ones_like(right)


def bit_agreement(predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """Compares bits [..., width]: accuracy (all of a step right), precision and recall of the ones."""
    ours, true = predicted > 0.5, targets > 0.5
    both = tf.reduce_sum(tf.cast(ours & true, tf.float32), -1)
    our_count = tf.reduce_sum(tf.cast(ours, tf.float32), -1)
    true_count = tf.reduce_sum(tf.cast(true, tf.float32), -1)
    return {
        "accuracy": counted(tf.reduce_all(ours == true, -1)),
        "precision": (tf.math.divide_no_nan(both, our_count), our_count),
        "recall": (tf.math.divide_no_nan(both, true_count), true_count),
    }


def logistic(noise: tf.Tensor) -> tf.Tensor:
    """Turns uniform into logistic noise: logit + noise > 0 with probability sigmoid(logit)."""
    return tf.math.log(noise) - tf.math.log1p(-noise)


def gumbel(noise: tf.Tensor) -> tf.Tensor:
    """Turns uniform into Gumbel noise (Maddison et al. 2014, arXiv:1411.0030)."""
    return -tf.math.log(-tf.math.log(noise))


def likeliest(scores: tf.Tensor) -> tf.Tensor:
    """Returns the index of the highest of scores [..., choices], the first of equals, int32 [...].

    It is `tf.argmax`, which XLA runs one number at a time, five times as long.
    """
    choices = tf.range(scores.shape[-1])
    highest = tf.reduce_max(scores, -1, keepdims=True)
    return tf.reduce_min(tf.where(scores == highest, choices, scores.shape[-1]), -1)
