"""Batches of music as a model takes them: unpacked, their signature, and the steps that count."""

from typing import Any

import tensorflow as tf

from base_vae.errors import UserError
from base_vae.spaces import Real, Spaces, Tensors


def unpacked(data: Any) -> tuple[Tensors, tf.Tensor | None]:
    """Returns a batch as `Tensors`, and the places of its examples in the whole batch or None.

    Args:
      data: `Tensors`, a dictionary of them, or either as Keras passes it, first in a tuple of nothing else.

    Raises:
      UserError: for anything else.
    """
    if isinstance(data, Tensors):
        return data, None
    if isinstance(data, tuple) and data and all(other is None for other in data[1:]):
        return unpacked(data[0])
    if not (isinstance(data, dict) and {"inputs", "outputs"} <= set(data)):
        raise UserError(
            "a MusicVAE takes batches as dictionaries with `inputs` and `outputs`: give it a dataset of "
            "base_vae.data.batches.training_batches or evaluation_batches, which make them of examples "
            f"(received {type(data).__name__})"
        )
    return Tensors(**{name: data.get(name) for name in Tensors._fields}), data.get("rows")


def batch_signature(spaces: Spaces, steps: int) -> dict[str, tf.TensorSpec]:
    """Returns the tensors of a batch of any size, of music of `steps` steps."""
    named = {"inputs": spaces.inputs, "outputs": spaces.outputs, "controls": spaces.controls}
    signature = {
        name: tf.TensorSpec(
            (None, steps, *space.shape), tf.float32 if isinstance(space, Real) else tf.int32, name
        )
        for name, space in named.items()
        if space is not None
    }
    if spaces.end_token is not None:
        segments = () if spaces.segment is None else (steps // spaces.segment,)
        signature["lengths"] = tf.TensorSpec((None, *segments), tf.int32, "lengths")
    return signature


def step_mask(batch: Tensors) -> tf.Tensor:
    """Returns ones for the steps of a batch that count, zeros past the ends: float32 [batch, time]."""
    shape = tf.shape(batch.outputs)[:2]
    if batch.lengths is None:
        return tf.ones(shape)
    if batch.lengths.shape.rank == 1:
        return tf.sequence_mask(batch.lengths, shape[1], tf.float32)
    segments = tf.shape(batch.lengths)[1]
    return tf.reshape(tf.sequence_mask(batch.lengths, shape[1] // segments, tf.float32), shape)
