"""The segments of a hierarchy: splitting time into them, and folding them into the batch."""

from collections.abc import Callable

import tensorflow as tf

from base_vae.model.decoders.base import Decoded, DecoderInputs
from base_vae.model.layers import lstm
from base_vae.model.layers.lstm_input import time_first
from base_vae.model.layers.random_streams import fold_in


def join_segments(value: tf.Tensor) -> tf.Tensor:
    """Reshapes [segments, batch, steps, ...] to [batch, segments * steps, ...]."""
    value = time_first(value)
    shape = tf.shape(value)
    return tf.reshape(value, tf.concat([shape[:1], [-1], shape[3:]], 0))


def split_levels(value: tf.Tensor, level_lengths: tuple[int, ...]) -> tf.Tensor:
    """Reshapes [batch, time, ...] to [batch, *level_lengths, ...]."""
    shape = tf.shape(value)
    return tf.reshape(value, tf.concat([shape[:1], level_lengths, shape[2:]], 0))


def _each(inputs: DecoderInputs, function: Callable[[tf.Tensor], tf.Tensor]) -> DecoderInputs:
    """Applies `function` to every array of `inputs` that has segments."""
    names = ("targets", "controls", "lengths", "previous", "initial")
    values = {name: getattr(inputs, name) for name in names}
    return inputs._replace(**{k: None if v is None else function(v) for k, v in values.items()})


def segments_to_batch(inputs: DecoderInputs, steps: int) -> DecoderInputs:
    """Puts segments side by side in the batch: [batch, steps, ...] to [batch * steps, ...]."""
    if inputs.sampling is not None:
        inputs = inputs._replace(sampling=(inputs.sampling[0], inputs.sampling[1].repeated(steps)))
    if inputs.dropout is not None:
        inputs = inputs._replace(dropout=inputs.dropout.repeated(steps))
    return _each(inputs, lambda v: tf.reshape(v, tf.concat([[-1], tf.shape(v)[2:]], 0)))


def take_segment(inputs: DecoderInputs, i: int) -> DecoderInputs:
    """Returns the i-th segment of every example."""
    inputs = _each(inputs, lambda v: v[:, i])
    sampling = inputs.sampling and (inputs.sampling[0], inputs.sampling[1].fold_in(i))
    return inputs._replace(sampling=sampling, dropout=fold_in(inputs.dropout, i))


def segments_from_batch(decoded: Decoded, steps: int) -> Decoded:
    """Inverts `segments_to_batch` for the results of a run; the states are the last segment's."""

    def back(value: tf.Tensor) -> tf.Tensor:
        return tf.reshape(value, tf.concat([[-1, steps], tf.shape(value)[1:]], 0))

    states = [lstm.State(back(state.h)[:, -1], back(state.c)[:, -1]) for state in decoded.states]
    return Decoded(back(decoded.parameters), back(decoded.previous), states)
