"""The bidirectional LSTM encoder."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.layers.lstm_input import LstmInput
from base_vae.model.layers.lstm_stack import LstmStack
from base_vae.model.layers.random_streams import RandomStream, fold_in


class BidirectionalEncoder(keras.layers.Layer):
    """Stacked bidirectional LSTMs; the embedding is the top layer's two last outputs side by side.

    Roberts et al. 2018 (arXiv:1803.05428), section 4.1.

    Args:
      units: LSTM units in each direction, one number a layer.
      input_width: width of the input's parts together.
      residual, keep_prob: see `LstmStack`.
    """

    def __init__(
        self,
        units: tuple[int, ...],
        input_width: int,
        residual: bool = False,
        keep_prob: float = 1.0,
        name: str = "encoder",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.units, self.input_width = tuple(units), input_width
        self.residual, self.keep_prob = residual, keep_prob
        widths = [input_width, *(2 * n for n in self.units[:-1])]
        self.directions = [
            [LstmStack((n,), width, residual, keep_prob, f"{way}_{level}") for way in ("forward", "backward")]
            for level, (n, width) in enumerate(zip(self.units, widths, strict=True))
        ]
        self.built = True

    @property
    def output_width(self) -> int:
        """Width of the embedding."""
        return 2 * self.units[-1]

    def embed(
        self,
        parts: Sequence[LstmInput],
        lengths: tf.Tensor | None = None,
        dropout: RandomStream | None = None,
    ) -> tf.Tensor:
        """Embeds sequences.

        Args:
          parts: the input, time first.
          lengths: int32 [batch], or None where every step counts.
          dropout: random stream of dropout; None: no dropout.

        Returns:
          float32 of shape [batch, 2 * units[-1]].
        """
        return self.run(parts, lengths, dropout)[1]

    def run(
        self,
        parts: Sequence[LstmInput],
        lengths: tf.Tensor | None = None,
        dropout: RandomStream | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the top layer's outputs, [time, batch, 2 * units[-1]], and the embedding of `embed`."""
        batch = tf.shape(parts[0].value)[1]
        parts = list(parts)
        embedding: list[tf.Tensor] = []
        for level, stacks in enumerate(self.directions):
            outputs, embedding = [], []
            for way, stack in enumerate(stacks):
                seen = [LstmInput(_reverse(p.value, lengths), p.width) for p in parts] if way else parts
                draws = fold_in(dropout, 2 * level + way)
                output, (last,) = stack.run(seen, stack.zero_states(batch), lengths, draws)
                outputs.append(_reverse(output, lengths) if way else output)
                embedding.append(last.h)
            parts = [
                LstmInput(output, stack.units[-1]) for output, stack in zip(outputs, stacks, strict=True)
            ]
        return tf.concat([part.value for part in parts], -1), tf.concat(embedding, -1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same encoder."""
        names = ("units", "input_width", "residual", "keep_prob")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _reverse(value: tf.Tensor, lengths: tf.Tensor | None) -> tf.Tensor:
    """Reverses each example's first `lengths` steps of `value`, [time, batch, ...]."""
    if lengths is None:
        return tf.reverse(value, [0])
    return tf.reverse_sequence(value, lengths, seq_axis=0, batch_axis=1)
