"""The encoder that reads forwards only."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.layers.lstm_input import LstmInput
from base_vae.model.layers.lstm_stack import LstmStack
from base_vae.model.layers.random_streams import RandomStream


class LstmEncoder(keras.layers.Layer):
    """A stack of LSTMs that reads forwards; the embedding is the top layer's last output.

    Args:
      units: LSTM units, one number a layer.
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
        self.stack = LstmStack(units, input_width, residual, keep_prob)
        self.built = True

    @property
    def output_width(self) -> int:
        """Width of the embedding."""
        return self.stack.units[-1]

    def embed(
        self,
        parts: Sequence[LstmInput],
        lengths: tf.Tensor | None = None,
        dropout: RandomStream | None = None,
    ) -> tf.Tensor:
        """Embeds sequences as `BidirectionalEncoder.embed` does; float32 [batch, units[-1]]."""
        batch = tf.shape(parts[0].value)[1]
        _, last = self.stack.run(parts, self.stack.zero_states(batch), lengths, dropout)
        return last[-1].h

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same encoder."""
        names = ("units", "input_width", "residual", "keep_prob")
        return {**super().get_config(), **{name: getattr(self.stack, name) for name in names}}
