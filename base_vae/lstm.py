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
import numpy as np
import tensorflow as tf

from base_vae import parts as parts_
from base_vae.parts import Part

_recurrent_initializer = contextvars.ContextVar("recurrent_initializer", default="orthogonal")


class State(NamedTuple):
    """Hidden and cell state of a layer, each float32 of shape [batch, units]."""

    h: tf.Tensor
    c: tf.Tensor


class Trace(NamedTuple):
    """What a layer did in a run taken step by step: what its gradient needs to know.

    Attributes:
      outputs: of each step, float32 [batch, units].
      gates: of each step, after their activations, [batch, 4 * units] in the layer's compute dtype.
      cells: cell states before the first step and after each, float32 [batch, units].
    """

    outputs: tf.TensorArray
    gates: tf.TensorArray
    cells: tf.TensorArray

    @classmethod
    def begin(cls, layer: keras.layers.LSTM, steps: int | tf.Tensor, state: State) -> "Trace":
        """Of a run of so many steps from `state`, before the first."""
        shape = [None, layer.units]
        return cls(
            tf.TensorArray(tf.float32, steps, element_shape=shape, clear_after_read=False),
            tf.TensorArray(
                layer.compute_dtype, steps, element_shape=[None, 4 * layer.units], clear_after_read=False
            ),
            tf.TensorArray(tf.float32, steps + 1, element_shape=shape, clear_after_read=False).write(
                0, state.c
            ),
        )

    def write(self, t: tf.Tensor, gates: tf.Tensor, state: State) -> "Trace":
        """With step `t`: its gates, and the state after it."""
        outputs, cells = self.outputs.write(t, state.h), self.cells.write(t + 1, state.c)
        return Trace(outputs, self.gates.write(t, gates), cells)


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


def traceable() -> bool:
    """Whether `run` takes a trace: not on a GPU, where the Keras layer runs."""
    return not tf.config.list_logical_devices("GPU")


def run(
    layer: keras.layers.LSTM,
    parts: Sequence[Part],
    state: State,
    lengths: tf.Tensor | None = None,
    trace: Trace | None = None,
) -> tuple[tf.Tensor, State]:
    """Runs `layer` over a whole sequence.

    Args:
      layer: made by `make_layer`, its input as wide as the parts together.
      parts: the input; at least one of them has the full time axis.
      state: where it starts.
      lengths: int32 [batch]; past it the output is zeros and the state stays. None: every step counts.
      trace: of this very run, without lengths, where `step` has taken it already: only the gradient is left.

    Returns:
      The outputs [time, batch, units] in the layer's compute dtype, and the state after the last step.
    """
    if not traceable():
        return _run_keras(layer, parts, state, lengths)
    return _run_cpu(layer, parts, state, lengths, trace)


def step(layer: keras.layers.LSTM, projected: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
    """One step of `layer`.

    Args:
      layer: made by `make_layer`.
      projected: input [batch, 4 * units], from `project`.
      state: before the step.

    Returns:
      The gates after their activations [batch, 4 * units], and the state after the step.
    """
    recurrent = tf.cast(layer.cell.recurrent_kernel, layer.compute_dtype)
    gates, h, c = _cell(projected, tf.matmul(tf.cast(state.h, recurrent.dtype), recurrent), state.c)
    return gates, State(h, c)


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


def _run_cpu(layer, parts, state, lengths, trace=None):
    projected = project(layer, parts)
    recurrent = tf.cast(layer.cell.recurrent_kernel, layer.compute_dtype)
    if trace is not None:
        outputs, h, c = _traced_sequence(trace, projected, recurrent, state.h, state.c)
    elif lengths is None:
        outputs, h, c = _sequence(projected, recurrent, state.h, state.c)
    else:
        mask = tf.transpose(tf.sequence_mask(lengths, tf.shape(projected)[0], tf.float32))
        outputs, h, c = _masked_sequence(projected, recurrent, state.h, state.c, mask[..., tf.newaxis])
    return outputs, State(h, c)


# XLA fuses a step's element-wise work into few passes over memory, which is what limits it. The gates are
# treated alike, [batch, 4, units] in Keras' order i, f, c, o: to put pieces together again is one pass more.
_CANDIDATE = np.array([False, False, True, False])[:, np.newaxis]


@tf.function(jit_compile=True, autograph=False)
def _cell(projected: tf.Tensor, recurred: tf.Tensor, c: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """What the input and the last step say, [batch, 4 * units] each, and the cell state before.

    Returns:
      The gates after their activations, the new output and the new cell state.
    """
    gates = _gates(projected + recurred)
    half = np.where(_CANDIDATE, 1.0, 0.5).astype(np.float32)  # sigmoid(x) = (1 + tanh(x / 2)) / 2
    activations = half * tf.tanh(half * gates) + (1 - half)
    i, f, g, o = tf.unstack(activations, axis=1)
    c = f * c + i * g
    return tf.cast(tf.reshape(activations, tf.shape(projected)), projected.dtype), o * tf.tanh(c), c


@tf.function(jit_compile=True, autograph=False)
def _cell_gradient(activations, c_before, c, dh, dc):
    """Gradient of `_cell`: of the gates [batch, 4 * units] and of the cell state before the step."""
    gates = _gates(activations)
    i, f, g, o = tf.unstack(gates, axis=1)
    tanh_c = tf.tanh(c)
    dc += dh * o * (1 - tanh_c * tanh_c)
    slope = tf.where(_CANDIDATE, 1 - gates * gates, gates * (1 - gates))
    d_gates = tf.stack([dc * g, dc * c_before, dc * i, dh * tanh_c], 1) * slope
    return tf.cast(tf.reshape(d_gates, tf.shape(activations)), activations.dtype), dc * f


def _gates(numbers: tf.Tensor) -> tf.Tensor:
    return tf.reshape(tf.cast(numbers, tf.float32), [-1, 4, numbers.shape[-1] // 4])


def _forward(projected, recurrent, h, c, mask):
    """The loop. Returns outputs, last h, last c, and what the gradient reads: activations and cell states."""
    steps, dtype = tf.shape(projected)[0], projected.dtype
    outputs, gates, cells = (
        tf.TensorArray(kind, size=size, clear_after_read=False)
        for kind, size in ((dtype, steps), (dtype, steps), (tf.float32, steps + 1))
    )

    def body(t, h, c, outputs, gates, cells):
        activations, new_h, new_c = _cell(projected[t], tf.matmul(tf.cast(h, dtype), recurrent), c)
        said = new_h
        if mask is not None:
            keep = mask[t]
            said = keep * new_h
            new_h, new_c = said + (1 - keep) * h, keep * new_c + (1 - keep) * c
        outputs, gates = outputs.write(t, tf.cast(said, dtype)), gates.write(t, activations)
        return t + 1, new_h, new_c, outputs, gates, cells.write(t + 1, new_c)

    _, h, c, outputs, gates, cells = tf.while_loop(
        lambda t, *_: t < steps, body, [0, h, c, outputs, gates, cells.write(0, c)]
    )
    return (outputs.stack(), h, c), (gates, cells)


def _backward(recurrent, first_h, mask, results, saved, d_outputs, dh, dc):
    """The loop run backwards. Returns gradients of the projected input, recurrent kernel, first h and c."""
    outputs, (gates, cells) = results[0], saved
    steps, units, dtype = tf.shape(outputs)[0], recurrent.shape[0], outputs.dtype
    gradients = tf.TensorArray(dtype, size=steps)
    # Once: a small product with it as it is takes up to twice as long. But not before it is needed, or all
    # layers' would be in memory from the beginning.
    with tf.control_dependencies([d_outputs]):
        transposed = tf.transpose(recurrent)

    def body(t, dh, dc, gradients):
        d_new_h, d_new_c = dh + tf.cast(d_outputs[t], tf.float32), dc
        if mask is not None:
            keep = mask[t]
            d_new_h, d_new_c = keep * d_new_h, keep * dc
        d_gates, dc_before = _cell_gradient(gates.read(t), cells.read(t), cells.read(t + 1), d_new_h, d_new_c)
        dh_before = tf.cast(tf.matmul(d_gates, transposed), tf.float32)
        if mask is not None:
            dh_before, dc_before = dh_before + (1 - keep) * dh, dc_before + (1 - keep) * dc
        return t - 1, dh_before, dc_before, gradients.write(t, d_gates)

    _, dh, dc, gradients = tf.while_loop(lambda t, *_: t >= 0, body, [steps - 1, dh, dc, gradients])
    gradients = gradients.stack()
    # The state before a step is the output of the one before: a step past the end has no gradient.
    d_recurrent = tf.matmul(tf.cast(first_h, dtype), gradients[0], transpose_a=True) + tf.matmul(
        tf.reshape(outputs[:-1], [-1, units]), tf.reshape(gradients[1:], [-1, 4 * units]), transpose_a=True
    )
    return gradients, d_recurrent, dh, dc


@tf.custom_gradient
def _sequence(projected, recurrent, h, c):
    results, saved = _forward(projected, recurrent, h, c, None)
    return results, lambda *upstream: _backward(recurrent, h, None, results, saved, *upstream)


@tf.custom_gradient
def _masked_sequence(projected, recurrent, h, c, mask):
    results, saved = _forward(projected, recurrent, h, c, mask)
    return results, lambda *upstream: (*_backward(recurrent, h, mask, results, saved, *upstream), None)


def _traced_sequence(trace, projected, recurrent, h, c):
    """As `_sequence`, where the loop has been run: the projected input is there for its gradient alone."""

    @tf.custom_gradient
    def sequence(projected, recurrent, h, c):
        steps = trace.outputs.size()
        outputs = tf.cast(trace.outputs.stack(), projected.dtype)
        results = outputs, trace.outputs.read(steps - 1), trace.cells.read(steps)
        saved = trace.gates, trace.cells
        return results, lambda *upstream: _backward(recurrent, h, None, results, saved, *upstream)

    return sequence(projected, recurrent, h, c)
