"""The bidirectional LSTM encoder."""

import keras
import tensorflow as tf

from base_vae import lstm


class BidirectionalEncoder(keras.layers.Layer):
    """Stacked bidirectional LSTMs; the embedding is the top layer's two last outputs side by side.

    Roberts et al. 2018 (arXiv:1803.05428), section 4.1.

    Args:
      units: LSTM units in each direction, one number a layer.
      depth: number of different input ids.
    """

    def __init__(self, units: tuple[int, ...], depth: int, name: str = "encoder", **kwargs):
        super().__init__(name=name, **kwargs)
        self.units, self.depth = tuple(units), depth
        widths = [depth, *(2 * n for n in self.units[:-1])]
        self.directions = [
            [lstm.make_layer(n, width, f"{direction}_{level}") for direction in ("forward", "backward")]
            for level, (n, width) in enumerate(zip(self.units, widths, strict=True))
        ]
        self.built = True

    def call(self, ids: tf.Tensor, lengths: tf.Tensor | None = None) -> tf.Tensor:
        """Embeds `ids`.

        Args:
          ids: int32 of shape [batch, time].
          lengths: int32 [batch], or None where every step counts.

        Returns:
          float32 of shape [batch, 2 * units[-1]].
        """
        value = tf.transpose(ids)
        width = self.depth
        embedding = []
        for layers in self.directions:
            outputs, embedding = [], []
            for layer, backwards in zip(layers, (False, True), strict=True):
                seen = _reverse(value, lengths) if backwards else value
                state = lstm.zero_state(tf.shape(ids)[0], layer.units)
                output, last = lstm.run(layer, [lstm.Part(seen, width)], state, lengths)
                outputs.append(_reverse(output, lengths) if backwards else output)
                embedding.append(last.h)
            value, width = tf.concat(outputs, -1), 2 * layers[0].units
        return tf.concat(embedding, -1)

    def get_config(self) -> dict:
        """Arguments that make the same encoder."""
        return {**super().get_config(), "units": self.units, "depth": self.depth}


def _reverse(value: tf.Tensor, lengths: tf.Tensor | None) -> tf.Tensor:
    """`value` [time, batch, ...] with each example's first `lengths` steps in reverse order."""
    if lengths is None:
        return tf.reverse(value, [0])
    return tf.reverse_sequence(value, lengths, seq_axis=0, batch_axis=1)
