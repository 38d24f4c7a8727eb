"""The output head for bits that depend on each other: a neural autoregressive distribution estimator."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.decoders.heads.base import Head, bit_agreement, logistic
from base_vae.spaces import Binary

_EPSILON = 1e-6  # of the original


class NadeHead(Head):
    """A NADE over the bits of a step (Larochelle & Murray 2011; Boulanger-Lewandowski et al. 2012).

    Bit i is Bernoulli(sigmoid(b_i + V_i h_i)) with h_i = sigmoid(c + sum of W_j over the earlier bits j that
    are set) (Larochelle & Murray, equations 2 to 4); the hidden biases c and visible biases b come from the
    recurrent core at each step, hidden first.

    Args:
      space: the bits.
      input_width: width of the recurrent core's output.
      hidden: hidden units.
    """

    def __init__(self, space: Binary, input_width: int, hidden: int, **kwargs: Any):
        super().__init__(space, input_width, hidden + space.width, **kwargs)
        self.hidden = hidden
        initializer = keras.initializers.VarianceScaling(1.0, "fan_avg", "truncated_normal")
        self.encoding, self.decoding = (
            self.add_weight(name=name, shape=(space.width, hidden), initializer=initializer)
            for name in ("encoding", "decoding")
        )

    @property
    def noise_width(self) -> int:
        """Number of random numbers that `sample` uses for a step."""
        return self.space.width

    def losses(self, parameters: tf.Tensor, targets: tf.Tensor) -> dict[str, tf.Tensor]:
        """Minus the log-likelihood of bits [..., width]."""
        p = tf.sigmoid(self.conditional_logits(parameters, targets))
        likelihood = targets * tf.math.log(_EPSILON + p) + (1 - targets) * tf.math.log(_EPSILON + 1 - p)
        return {"events": -tf.reduce_sum(likelihood, -1)}

    def conditional_logits(self, parameters: tf.Tensor, bits: tf.Tensor) -> tf.Tensor:
        """Logit of each bit given the ones before it, [..., width], of bits [..., width]."""
        hidden_bias, visible_bias = self._biases(parameters)
        flat_bits = tf.reshape(bits, [-1, self.space.width])
        logits = _conditionals(
            tf.reshape(hidden_bias, [-1, self.hidden]), flat_bits, self.encoding.value, self.decoding.value
        )
        return visible_bias + tf.reshape(logits, tf.shape(visible_bias))

    def sample(self, parameters: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Bits drawn one after the other with probability sigmoid(logit / temperature)."""
        hidden_bias, visible_bias = self._biases(parameters)
        activation, bits = hidden_bias, []
        pushes = temperature * logistic(noise)
        for i in range(self.space.width):
            hidden = tf.sigmoid(activation)
            logit = visible_bias[..., i] + tf.linalg.matvec(hidden, self.decoding[i])
            bit = tf.cast(logit + pushes[..., i] >= 0, tf.float32)
            activation += bit[..., tf.newaxis] * self.encoding[i]
            bits.append(bit)
        return tf.stack(bits, -1)

    def predict(self, parameters: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Bits that are likelier than not, each given the true ones before it."""
        return tf.cast(self.conditional_logits(parameters, targets) >= 0, tf.float32)

    def agreement(self, predicted: tf.Tensor, targets: tf.Tensor) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        """Share of steps with all bits right, precision and recall."""
        return bit_agreement(predicted, targets)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names in the result of `agreement`."""
        return ("accuracy", "precision", "recall")

    def distribution(self, parameters: tf.Tensor) -> Any:
        """The `Nade` distribution over the next bits."""
        from base_vae.model.decoders.heads.nade_distribution import Nade  # TFP takes seconds to import

        hidden_bias, visible_bias = self._biases(parameters)
        return Nade(hidden_bias, visible_bias, self)

    def _biases(self, parameters: tf.Tensor) -> list[tf.Tensor]:
        return tf.split(parameters, [self.hidden, self.space.width], -1)


@tf.custom_gradient
def _conditionals(
    hidden_bias: tf.Tensor, bits: tf.Tensor, encoding: tf.Tensor, decoding: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[Any, ...]]]:
    """Computes V_i h_i for every bit i: [n, width] of hidden biases [n, hidden] and bits [n, width].

    The hidden units of all bits together are far larger than anything else here, so they are made one bit at
    a time, forwards, and again, backwards, for the gradient.
    """
    width = bits.shape[-1]

    def forward() -> tuple[tf.Tensor, tf.Tensor]:
        activation, logits = hidden_bias, []
        for i in range(width):
            logits.append(tf.linalg.matvec(tf.sigmoid(activation), decoding[i]))
            activation += bits[:, i : i + 1] * encoding[i]
        return tf.stack(logits, -1), activation

    logits, last = forward()

    def grad(upstream: tf.Tensor) -> tuple[Any, ...]:
        activation, d_activation = last, tf.zeros_like(last)
        d_encoding, d_decoding = [], []
        for i in reversed(range(width)):
            bit, up = bits[:, i : i + 1], upstream[:, i : i + 1]
            # The bits after i depend on its row of the encoding where bit i is set.
            d_encoding.append(tf.reduce_sum(bit * d_activation, 0))
            activation -= bit * encoding[i]
            hidden = tf.sigmoid(activation)
            d_decoding.append(tf.reduce_sum(up * hidden, 0))
            d_activation += up * decoding[i] * hidden * (1 - hidden)
        return d_activation, None, tf.stack(d_encoding[::-1]), tf.stack(d_decoding[::-1])

    return logits, grad
