"""The hierarchical encoder: embeds segments, then their embeddings, level by level."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.encoders.bidirectional import BidirectionalEncoder
from base_vae.model.layers.lstm_input import LstmInput
from base_vae.model.layers.random_streams import RandomStream


class HierarchicalEncoder(keras.layers.Layer):
    """Bidirectional encoders one above the other, each embedding segments of the embeddings below it.

    Simon et al. 2018 (arXiv:1806.00195), section 3: bars of events, then the bars' embeddings. All segments
    of all examples go through a level side by side, as one batch.

    Args:
      level_lengths: steps in a segment of each level, the lowest first; their product is the whole length.
      units, input_width, residual, keep_prob: see `BidirectionalEncoder`; every level has these units.
    """

    def __init__(
        self,
        level_lengths: tuple[int, ...],
        units: tuple[int, ...],
        input_width: int,
        residual: bool = False,
        keep_prob: float = 1.0,
        name: str = "encoder",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.level_lengths, self.units, self.input_width = tuple(level_lengths), tuple(units), input_width
        self.residual, self.keep_prob = residual, keep_prob
        widths = [input_width] + [2 * units[-1]] * (len(self.level_lengths) - 1)
        self.levels = [
            BidirectionalEncoder(units, width, residual, keep_prob, f"level_{level}")
            for level, width in enumerate(widths)
        ]
        self.built = True

    @property
    def output_width(self) -> int:
        """Width of the embedding."""
        return self.levels[-1].output_width

    def embed(
        self,
        parts: Sequence[LstmInput],
        lengths: tf.Tensor | None = None,
        dropout: RandomStream | None = None,
    ) -> tf.Tensor:
        """Embeds sequences.

        Args:
          parts: the input, time first, as long as all levels together.
          lengths: int32 [batch, segments], steps in each segment of the lowest level; None: all full. An
            int32 [batch] of full lengths means the same as None.
          dropout: random stream of dropout; None: no dropout.

        Returns:
          float32 of shape [batch, 2 * units[-1]].
        """
        if lengths is not None:
            lengths = tf.reshape(lengths, [-1]) if lengths.shape.rank == 2 else None
        for level, (encoder, steps) in enumerate(zip(self.levels, self.level_lengths, strict=True)):
            parts = [LstmInput(_segments(p.value, steps), p.width) for p in parts]
            draws = None
            if dropout is not None:
                draws = dropout.fold_in(level).repeated(math.prod(self.level_lengths[level + 1 :]))
            embedding = encoder.embed(parts, lengths if level == 0 else None, draws)
            # The segments of an example, [batch * segments, width], are the next level's steps.
            segments = math.prod(self.level_lengths[level + 1 :])
            value = tf.reshape(embedding, [-1, segments, encoder.output_width])
            parts = [LstmInput(tf.transpose(value, [1, 0, 2]), encoder.output_width)]
        return embedding

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same encoder."""
        names = ("level_lengths", "units", "input_width", "residual", "keep_prob")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _segments(value: tf.Tensor, steps: int) -> tf.Tensor:
    """[segments * steps, batch, ...] to [steps, batch * segments, ...], each example's segments together."""
    shape = tf.shape(value)
    rest, tail = shape[2:], list(range(3, value.shape.rank + 1))
    split = tf.reshape(value, tf.concat([[-1, steps], shape[1:2], rest], 0))
    return tf.reshape(tf.transpose(split, [1, 2, 0, *tail]), tf.concat([[steps, -1], rest], 0))
