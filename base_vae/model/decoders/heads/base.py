"""What every output head does: between the recurrent core's outputs and music."""

import abc
from typing import Any

import keras
import tensorflow as tf

from base_vae.spaces import Space


class Head(keras.layers.Layer, abc.ABC):
    """Turns the core's outputs into the parameters of a distribution over the next step.

    Args:
      space: what a step is; what a head samples is what the decoder hears next.
      input_width: width of the core's output; 0 for a head that only scores.
      width: numbers in the parameters of a step.
    """

    def __init__(self, space: Space, input_width: int, width: int, name: str = "output", **kwargs):
        super().__init__(name=name, **kwargs)
        self.space, self.input_width, self.width = space, input_width, width
        self.projection = None
        if input_width:
            self.projection = keras.layers.Dense(width, name="projection")
            self.projection.build((None, input_width))
        self.built = True

    def call(self, outputs: tf.Tensor) -> tf.Tensor:
        """Parameters, float32 [..., width], of the core's outputs [..., input_width]."""
        return tf.cast(self.projection(outputs), tf.float32)

    @property
    @abc.abstractmethod
    def noise_width(self) -> int:
        """Random numbers that `sample` needs for a step."""

    @abc.abstractmethod
    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Parts of the negative log-likelihood by name, nats, each [...]; meaningless where nothing is."""

    def negative_log_likelihood(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Nats of `targets` [..., *space.shape] under `parameters` [..., width]; of shape [...]."""
        return sum(self.losses(parameters, targets).values())

    @abc.abstractmethod
    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """A step [..., *space.shape] drawn at a temperature; the likeliest at 0.

        Args:
          parameters: [..., width].
          noise: uniform numbers in (0, 1) [..., noise_width].
          temperature: scalar, 0 or more; 1 is the distribution itself.
        """

    @abc.abstractmethod
    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """The likeliest step [..., *space.shape]; where parts of a step depend on others, given those."""

    @abc.abstractmethod
    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[Any, Any]]:
        """How well steps agree, by name: (value, weight) pairs of shape [...], whose weighted mean counts."""

    @abc.abstractmethod
    def distribution(self, parameters: tf.Tensor):
        """The `tfd.Distribution` over the next step."""

    @property
    def loss_names(self) -> tuple[str, ...]:
        """Names that `losses` gives."""
        return ("events",)

    @property
    @abc.abstractmethod
    def metric_names(self) -> tuple[str, ...]:
        """Names that `agreement` gives."""


def counted(right: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Booleans [...] as values that all weigh the same."""
    right = tf.cast(right, tf.float32)
    return right, tf.ones_like(right)


def bit_agreement(predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """Of bits [..., width]: accuracy (all of a step right), precision and recall of the ones."""
    said, true = predicted > 0.5, targets > 0.5
    both = tf.reduce_sum(tf.cast(said & true, tf.float32), -1)
    said_count = tf.reduce_sum(tf.cast(said, tf.float32), -1)
    true_count = tf.reduce_sum(tf.cast(true, tf.float32), -1)
    return {
        "accuracy": counted(tf.reduce_all(said == true, -1)),
        "precision": (tf.math.divide_no_nan(both, said_count), said_count),
        "recall": (tf.math.divide_no_nan(both, true_count), true_count),
    }


def logistic(noise: tf.Tensor) -> tf.Tensor:
    """Logistic noise from uniform noise: logit + it > 0 with probability sigmoid(logit)."""
    return tf.math.log(noise) - tf.math.log1p(-noise)


def gumbel(noise: tf.Tensor) -> tf.Tensor:
    """Gumbel noise from uniform noise (Maddison et al. 2014, arXiv:1411.0030)."""
    return -tf.math.log(-tf.math.log(noise))


def likeliest(scores: tf.Tensor) -> tf.Tensor:
    """The first of the highest of scores [..., choices], int32 [...].

    As `tf.argmax`, which XLA takes one number at a time: five times as long.
    """
    choices = tf.range(scores.shape[-1])
    highest = tf.reduce_max(scores, -1, keepdims=True)
    return tf.reduce_min(tf.where(scores == highest, choices, scores.shape[-1]), -1)
