"""The output head for one event out of many at each step."""

import keras
import tensorflow as tf


class CategoricalHead(keras.layers.Layer):
    """A softmax over ids; what it samples is what the decoder hears next.

    Args:
      depth: number of different ids.
      input_width: width of the recurrent core's output.
    """

    def __init__(self, depth: int, input_width: int, name: str = "output", **kwargs):
        super().__init__(name=name, **kwargs)
        self.depth, self.input_width = depth, input_width
        self.projection = keras.layers.Dense(depth, name="projection")
        self.projection.build((None, input_width))
        self.built = True

    def call(self, outputs: tf.Tensor) -> tf.Tensor:
        """Logits, float32 [..., depth], of the core's outputs [..., input_width]."""
        return tf.cast(self.projection(outputs), tf.float32)

    def distribution(self, logits: tf.Tensor):
        """The `tfd.Categorical` over the next ids."""
        from tensorflow_probability import distributions as tfd  # seconds to import, and seldom needed

        return tfd.Categorical(logits=logits)

    def negative_log_likelihood(self, logits: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Nats, of the shape of `ids` [...], under `logits` [..., depth]; meaningless where an id is -1."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.maximum(ids, 0), logits=logits)

    def sample(self, logits: tf.Tensor, noise: tf.Tensor, temperature: tf.Tensor) -> tf.Tensor:
        """Ids of shape [...] drawn from softmax(logits / temperature); the likeliest at temperature 0.

        The Gumbel-max trick (Maddison et al. 2014, arXiv:1411.0030): argmax(logits + temperature *
        Gumbel noise) follows that distribution.

        Args:
          logits: [..., depth].
          noise: uniform numbers in (0, 1) of the shape of `logits`.
          temperature: scalar, 0 or more.
        """
        gumbel = -tf.math.log(-tf.math.log(noise))
        return tf.argmax(logits + temperature * gumbel, -1, output_type=tf.int32)

    def get_config(self) -> dict:
        """Arguments that make the same head."""
        return {**super().get_config(), "depth": self.depth, "input_width": self.input_width}
