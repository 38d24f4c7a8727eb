"""The steps of an LSTM on a CPU: the cell, the loop over a sequence, and its gradient.

Time is the first axis in this file. Inside, a step is either in rows, [batch, features], or in columns,
[features, batch]: the product of a small batch with a large kernel takes up to half the time with the kernel
on the left. Whatever is passed in or given back is in rows, but for what only a gradient reads.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

# Measured: batches of up to so many examples, kernels of at least so many inputs.
_SMALL_BATCH = 64
_WIDE_KERNEL = 512


class Saved(NamedTuple):
    """What the gradient of a run reads, of each step, in rows or columns as the steps were.

    Attributes:
      gates: after their activations, [time, batch, 4 * units] in the compute dtype.
      cells: cell states before the first step and after each, float32 [time + 1, batch, units].
      columns: whether they are in columns: [time, features, batch].
    """

    gates: tf.Tensor
    cells: tf.Tensor
    columns: bool


def is_small(batch: int | tf.Tensor | None) -> bool:
    """Whether a batch is known to be small enough to be compiled as a whole."""
    return isinstance(batch, int) and batch <= _SMALL_BATCH


def in_columns(batch: int | tf.Tensor | None, width: int) -> bool:
    """Whether products of a batch with a kernel of `width` inputs are best taken in columns."""
    return is_small(batch) and width >= _WIDE_KERNEL


def turned(value: tf.Tensor, columns: bool) -> tf.Tensor:
    """A matrix from rows to columns or back, if they are wanted."""
    return tf.transpose(value) if columns else value


def product(kernel: tf.Tensor, columns: bool) -> Callable[[tf.Tensor], tf.Tensor]:
    """From a step [batch, in] in rows to its product with `kernel` [in, out] in rows or columns."""
    if not columns:
        return lambda value: tf.matmul(value, kernel)
    # Once: as it is, the kernel would be turned in every product.
    kernel = tf.transpose(kernel)
    return lambda value: tf.matmul(kernel, value, transpose_b=True)


# XLA fuses a step's element-wise work into few passes over memory, which is what limits it. The gates are
# treated alike, with an axis of their own in Keras' order i, f, c, o: to put pieces together again is one
# pass more.
_CANDIDATE = np.array([False, False, True, False])


@tf.function(jit_compile=True, autograph=False)
def cell(
    projected: tf.Tensor, recurred: tf.Tensor, c: tf.Tensor, columns: bool
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """One step.

    Args:
      projected: what the input says, [batch, 4 * units] in rows.
      recurred: what the last step says, [batch, 4 * units], or [4 * units, batch].
      c: cell state before, [batch, units], or [units, batch].
      columns: whether in columns.

    Returns:
      The gates after their activations, like `recurred`, the new output and the new cell state, like `c`.
    """
    gates, axis = _gates(turned(projected, columns) + recurred, columns)
    half = np.where(_of_gates(columns), 1.0, 0.5).astype(np.float32)  # sigmoid(x) = (1 + tanh(x / 2)) / 2
    activations = half * tf.tanh(half * gates) + (1 - half)
    i, f, g, o = tf.unstack(activations, axis=axis)
    c = f * c + i * g
    return tf.cast(tf.reshape(activations, tf.shape(recurred)), recurred.dtype), o * tf.tanh(c), c


@tf.function(jit_compile=True, autograph=False)
def _cell_gradient(activations, c_before, c, dh, dc, columns):
    """Gradient of `cell`: of the gates, and of the cell state before the step."""
    gates, axis = _gates(activations, columns)
    i, f, g, o = tf.unstack(gates, axis=axis)
    tanh_c = tf.tanh(c)
    dc += dh * o * (1 - tanh_c * tanh_c)
    slope = tf.where(_of_gates(columns), 1 - gates * gates, gates * (1 - gates))
    d_gates = tf.stack([dc * g, dc * c_before, dc * i, dh * tanh_c], axis) * slope
    return tf.cast(tf.reshape(d_gates, tf.shape(activations)), activations.dtype), dc * f


def _gates(numbers: tf.Tensor, columns: bool) -> tuple[tf.Tensor, int]:
    """Numbers of all gates, float32 with an axis for the gates, and that axis."""
    numbers = tf.cast(numbers, tf.float32)
    if columns:
        return tf.reshape(numbers, [4, numbers.shape[0] // 4, -1]), 0
    return tf.reshape(numbers, [-1, 4, numbers.shape[-1] // 4]), 1


def _of_gates(columns: bool) -> np.ndarray:
    return _CANDIDATE[:, np.newaxis, np.newaxis] if columns else _CANDIDATE[:, np.newaxis]


def _forward(projected, recurrent, h, c, mask, columns):
    """The loop. Returns outputs, last h, last c, and what the gradient reads: see `Saved`."""
    steps, dtype = tf.shape(projected)[0], projected.dtype
    recur, c = product(recurrent, columns), turned(c, columns)
    outputs, gates, cells = (
        tf.TensorArray(kind, size=size)
        for kind, size in ((dtype, steps), (dtype, steps), (tf.float32, steps + 1))
    )

    def body(t, h, c, outputs, gates, cells):
        activations, new_h, new_c = cell(projected[t], recur(tf.cast(h, dtype)), c, columns)
        said = new_h = turned(new_h, columns)
        if mask is not None:
            keep = mask[t]
            said = keep * new_h
            new_h, keep = said + (1 - keep) * h, turned(keep, columns)
            new_c = keep * new_c + (1 - keep) * c
        outputs, gates = outputs.write(t, tf.cast(said, dtype)), gates.write(t, activations)
        return t + 1, new_h, new_c, outputs, gates, cells.write(t + 1, new_c)

    _, h, c, outputs, gates, cells = tf.while_loop(
        lambda t, *_: t < steps, body, [0, h, c, outputs, gates, cells.write(0, c)]
    )
    return outputs.stack(), h, turned(c, columns), gates.stack(), cells.stack()


def _backward(recurrent, mask, gates, cells, d_outputs, dh, dc, columns):
    """The loop run backwards. Returns gradients of the projected input, first h and first c."""
    steps, dtype = tf.shape(d_outputs)[0], d_outputs.dtype
    gradients = tf.TensorArray(dtype, size=steps)
    # In rows once: a small product with it as it is takes up to twice as long.
    kernel = recurrent if columns else tf.transpose(recurrent)
    dh, dc = turned(dh, columns), turned(dc, columns)

    def body(t, dh, dc, gradients):
        d_new_h, d_new_c = dh + turned(tf.cast(d_outputs[t], tf.float32), columns), dc
        if mask is not None:
            keep = turned(mask[t], columns)
            d_new_h, d_new_c = keep * d_new_h, keep * dc
        d_gates, dc_before = _cell_gradient(gates[t], cells[t], cells[t + 1], d_new_h, d_new_c, columns)
        dh_before = tf.matmul(kernel, d_gates) if columns else tf.matmul(d_gates, kernel)
        dh_before = tf.cast(dh_before, tf.float32)
        if mask is not None:
            dh_before, dc_before = dh_before + (1 - keep) * dh, dc_before + (1 - keep) * dc
        return t - 1, dh_before, dc_before, gradients.write(t, turned(d_gates, columns))

    _, dh, dc, gradients = tf.while_loop(lambda t, *_: t >= 0, body, [steps - 1, dh, dc, gradients])
    return gradients.stack(), turned(dh, columns), turned(dc, columns)


# A loop compiled as a whole has no operations to launch: for small batches that counts. But XLA knows no fast
# product of bfloat16.
_compiled_forward = tf.function(_forward, jit_compile=True, autograph=False)
_compiled_backward = tf.function(_backward, jit_compile=True, autograph=False)


def _is_compiled(steps: tf.Tensor) -> bool:
    return is_small(steps.shape[1]) and steps.dtype == tf.float32


def sequence(
    projected: tf.Tensor, recurrent: tf.Tensor, h: tf.Tensor, c: tf.Tensor, mask: tf.Tensor | None = None
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Runs an LSTM over a sequence.

    Args:
      projected: input times input kernel plus bias [time, batch, 4 * units].
      recurrent: kernel [units, 4 * units], of the same dtype.
      h, c: the state before, float32 [batch, units].
      mask: float32 [time, batch, 1], 0 where there is no step: the output is 0 there and the state stays.

    Returns:
      The outputs [time, batch, units], and the state after the last step.
    """
    columns = in_columns(h.shape[0], h.shape[1])
    forward = _compiled_forward if _is_compiled(projected) else _forward

    @tf.custom_gradient
    def run(projected, recurrent, h, c):
        # A tape that looks into what is compiled as a whole would spoil it.
        unseen = [tf.stop_gradient(value) for value in (projected, recurrent, h, c)]
        *results, gates, cells = forward(*unseen, mask, columns)
        return tuple(results), _gradient(recurrent, h, mask, results[0], Saved(gates, cells, columns))

    return run(projected, recurrent, h, c)


def traced_sequence(
    outputs: tf.Tensor, saved: Saved, projected: tf.Tensor, recurrent: tf.Tensor, h: tf.Tensor, c: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """As `sequence`, where the loop has been run: the projected input is there for its gradient alone.

    Args:
      outputs: of each step, float32 [time, batch, units].
      saved: of each step.
      projected, recurrent, h, c: see `sequence`.
    """

    @tf.custom_gradient
    def run(projected, recurrent, h, c):
        said = tf.cast(outputs, projected.dtype)
        results = said, outputs[-1], turned(saved.cells[-1], saved.columns)
        return results, _gradient(recurrent, h, None, said, saved)

    return run(projected, recurrent, h, c)


def _gradient(recurrent, first_h, mask, outputs, saved: Saved) -> Callable:
    """From gradients of outputs and last state to those of projected input, recurrent kernel, first state."""
    units, dtype = recurrent.shape[0], outputs.dtype

    def gradient(d_outputs, dh, dc):
        # Not before it is needed, or the turned kernels of all layers would be in memory from the beginning.
        with tf.control_dependencies([d_outputs]):
            kernel = tf.identity(recurrent)
        backward = _compiled_backward if _is_compiled(d_outputs) else _backward
        gradients, dh, dc = backward(kernel, mask, saved.gates, saved.cells, d_outputs, dh, dc, saved.columns)
        # The state before a step is the output of the one before: a step past the end has no gradient.
        d_recurrent = tf.matmul(tf.cast(first_h, dtype), gradients[0], transpose_a=True) + tf.matmul(
            tf.reshape(outputs[:-1], [-1, units]),
            tf.reshape(gradients[1:], [-1, 4 * units]),
            transpose_a=True,
        )
        return gradients, d_recurrent, dh, dc

    return gradient
