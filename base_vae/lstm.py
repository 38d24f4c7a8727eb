"""Running LSTM layers over sequences: one set of weights, two ways to run them.

The weights live in `keras.layers.LSTM`. On a GPU the layer itself runs, so that cuDNN can take it. On a
CPU a sequence LSTM of our own runs the same mathematics: the input is projected before the loop, and the
gradient of the recurrent kernel is one matrix product after it, instead of one a step.

Time is the first axis in this file.
"""

import contextlib
import contextvars
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from base_vae import parts as parts_
from base_vae.parts import Part

_recurrent_initializer = contextvars.ContextVar("recurrent_initializer", default="orthogonal")


class State(NamedTuple):
    """Hidden and cell state of a layer, each float32 of shape [batch, units]."""

    h: tf.Tensor
    c: tf.Tensor


def make_layer(units: int, input_width: int, name: str) -> keras.layers.LSTM:
    """An LSTM layer with its weights made, with arguments that cuDNN accepts."""
    layer = keras.layers.LSTM(
        units,
        return_sequences=True,
        return_state=True,
        recurrent_initializer=_recurrent_initializer.get(),
        name=name,
    )
    layer.build((None, None, input_width))
    return layer


@contextlib.contextmanager
def to_be_loaded() -> Iterator[None]:
    """A context for making layers whose weights will be read from a file.

    Keras begins recurrent kernels as orthogonal matrices, and making those takes longer than reading them.
    """
    token = _recurrent_initializer.set("zeros")
    try:
        yield
    finally:
        _recurrent_initializer.reset(token)


def zero_state(batch: tf.Tensor, units: int) -> State:
    """The state before anything was heard."""
    return State(tf.zeros([batch, units]), tf.zeros([batch, units]))


def run(
    layer: keras.layers.LSTM, parts: Sequence[Part], state: State, lengths: tf.Tensor | None = None
) -> tuple[tf.Tensor, State]:
    """Runs `layer` over a whole sequence.

    Args:
      layer: made by `make_layer`, its input as wide as the parts together.
      parts: the input; at least one of them has the full time axis.
      state: where it starts.
      lengths: int32 [batch]; past it the output is zeros and the state stays. None: every step counts.

    Returns:
      The outputs [time, batch, units] in the layer's compute dtype, and the state after the last step.
    """
    run_ = _run_keras if tf.config.list_logical_devices("GPU") else _run_cpu
    return run_(layer, parts, state, lengths)


def step(layer: keras.layers.LSTM, projected: tf.Tensor, state: State) -> State:
    """One step of `layer`: projected input [batch, 4 * units], from `project`, and the state before it."""
    recurrent = tf.cast(layer.cell.recurrent_kernel, layer.compute_dtype)
    gates = projected + tf.matmul(tf.cast(state.h, recurrent.dtype), recurrent)
    _, h, c = _cell(gates, state.c)
    return State(h, c)


def project(layer: keras.layers.LSTM, parts: Sequence[Part]) -> tf.Tensor:
    """Input times input kernel plus bias: [time, batch, 4 * units] in the layer's compute dtype."""
    return parts_.project(layer.cell.kernel, layer.cell.bias, parts, layer.compute_dtype)


def _run_keras(layer, parts, state, lengths):
    inputs = tf.transpose(parts_.dense(parts, layer.compute_dtype), [1, 0, 2])
    steps = tf.shape(inputs)[1]
    mask = None if lengths is None else tf.sequence_mask(lengths, steps)
    initial = [tf.cast(value, layer.compute_dtype) for value in state]
    outputs, h, c = layer(inputs, initial_state=initial, mask=mask)
    if mask is not None:
        outputs *= tf.cast(mask, outputs.dtype)[..., tf.newaxis]
    return tf.transpose(outputs, [1, 0, 2]), State(tf.cast(h, tf.float32), tf.cast(c, tf.float32))


def _run_cpu(layer, parts, state, lengths):
    projected = project(layer, parts)
    recurrent = tf.cast(layer.cell.recurrent_kernel, layer.compute_dtype)
    if lengths is None:
        outputs, h, c = _sequence(projected, recurrent, state.h, state.c)
    else:
        mask = tf.transpose(tf.sequence_mask(lengths, tf.shape(projected)[0], tf.float32))
        outputs, h, c = _masked_sequence(projected, recurrent, state.h, state.c, mask[..., tf.newaxis])
    return outputs, State(h, c)


# XLA fuses a step's element-wise work into one pass over memory.
@tf.function(jit_compile=True, autograph=False)
def _cell(gates: tf.Tensor, c: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Gates before their activations [batch, 4 * units], in Keras' order i, f, c, o; returns them after."""
    i, f, g, o = tf.split(tf.cast(gates, tf.float32), 4, -1)
    i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
    c = f * c + i * g
    return tf.cast(tf.concat([i, f, g, o], -1), gates.dtype), o * tf.tanh(c), c


@tf.function(jit_compile=True, autograph=False)
def _cell_gradient(activations, c_before, c, dh, dc):
    """Gradient of `_cell`: of the gates [batch, 4 * units] and of the cell state before the step."""
    i, f, g, o = tf.split(tf.cast(activations, tf.float32), 4, -1)
    tanh_c = tf.tanh(c)
    dc += dh * o * (1 - tanh_c * tanh_c)
    di, df, dg, do = (
        dc * g * i * (1 - i),
        dc * c_before * f * (1 - f),
        dc * i * (1 - g * g),
        dh * tanh_c * o * (1 - o),
    )
    return tf.cast(tf.concat([di, df, dg, do], -1), activations.dtype), dc * f


def _forward(projected, recurrent, h, c, mask):
    """The loop. Returns outputs, last h, last c, and what the gradient needs."""
    steps, dtype = tf.shape(projected)[0], projected.dtype
    arrays = [tf.TensorArray(kind, size=steps) for kind in (dtype, dtype, tf.float32, dtype)]

    def body(t, h, c, outputs, activations, cells, hiddens):
        gates = projected[t] + tf.matmul(tf.cast(h, dtype), recurrent)
        acts, new_h, new_c = _cell(gates, c)
        hiddens, cells = hiddens.write(t, tf.cast(h, dtype)), cells.write(t, c)
        activations = activations.write(t, acts)
        if mask is None:
            return t + 1, new_h, new_c, outputs.write(t, tf.cast(new_h, dtype)), activations, cells, hiddens
        keep = mask[t]
        outputs = outputs.write(t, tf.cast(keep * new_h, dtype))
        return (
            t + 1,
            keep * new_h + (1 - keep) * h,
            keep * new_c + (1 - keep) * c,
            outputs,
            activations,
            cells,
            hiddens,
        )

    _, h, c, *arrays = tf.while_loop(lambda t, *_: t < steps, body, [0, h, c, *arrays])
    outputs, activations, cells, hiddens = (a.stack() for a in arrays)
    return (outputs, h, c), (activations, cells, hiddens)


def _backward(recurrent, mask, last_c, saved, d_outputs, dh, dc):
    """The loop run backwards. Returns gradients of the projected input, recurrent kernel, first h and c."""
    activations, cells, hiddens = saved
    steps, units, dtype = tf.shape(activations)[0], recurrent.shape[0], activations.dtype
    gradients = tf.TensorArray(dtype, size=steps)
    transposed = tf.transpose(recurrent)  # once: a small product with it as it is takes up to twice as long

    def body(t, dh, dc, c_after, gradients):
        d_new_h, d_new_c = dh + tf.cast(d_outputs[t], tf.float32), dc
        c_new = c_after
        if mask is not None:
            keep = mask[t]
            d_new_h, d_new_c = keep * d_new_h, keep * dc
        d_gates, dc_before = _cell_gradient(activations[t], cells[t], c_new, d_new_h, d_new_c)
        dh_before = tf.cast(tf.matmul(d_gates, transposed), tf.float32)
        if mask is not None:
            dh_before, dc_before = dh_before + (1 - keep) * dh, dc_before + (1 - keep) * dc
        return t - 1, dh_before, dc_before, cells[t], gradients.write(t, d_gates)

    _, dh, dc, _, gradients = tf.while_loop(
        lambda t, *_: t >= 0, body, [steps - 1, dh, dc, last_c, gradients]
    )
    gradients = gradients.stack()
    d_recurrent = tf.matmul(
        tf.reshape(hiddens, [-1, units]), tf.reshape(gradients, [-1, 4 * units]), transpose_a=True
    )
    return gradients, d_recurrent, dh, dc


@tf.custom_gradient
def _sequence(projected, recurrent, h, c):
    results, saved = _forward(projected, recurrent, h, c, None)
    return results, lambda *upstream: _backward(recurrent, None, results[2], saved, *upstream)


@tf.custom_gradient
def _masked_sequence(projected, recurrent, h, c, mask):
    results, saved = _forward(projected, recurrent, h, c, mask)
    return results, lambda *upstream: (*_backward(recurrent, mask, results[2], saved, *upstream), None)
