"""The steps of an LSTM on a CPU: the cell, the loop over a sequence, and its gradient.

Time is the first axis in this file. Inside, a step is either batch-major, [batch, features], or
feature-major, [features, batch]: the product of a small batch with a large kernel takes as little as half the
time with the kernel on the left. Arguments and results are batch-major, except for the activations that only
a gradient reads.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

# Measured: feature-major is faster for batches of these sizes and kernels of at least this many inputs.
_TINY_BATCH, _SMALL_BATCH = 4, 64
_WIDE_KERNEL = 512

Gradient = Callable[..., tuple[tf.Tensor, ...]]  # of `tf.custom_gradient`


class Activations(NamedTuple):
    """Activations of a run that its gradient reads, batch-major or feature-major as the steps were.

    Attributes:
      gates: after their activations, [time, batch, 4 * units] in the compute dtype.
      cells: cell states before the first step and after each, float32 [time + 1, batch, units].
      feature_major: whether their axes are [time, features, batch].
    """

    gates: tf.Tensor
    cells: tf.Tensor
    feature_major: bool


def is_small(batch: int | tf.Tensor | None) -> bool:
    """Returns whether a batch is known to be small enough to compile its whole loop."""
    return isinstance(batch, int) and batch <= _SMALL_BATCH


def is_feature_major(batch: int | tf.Tensor | None, width: int) -> bool:
    """Returns whether steps of a batch are faster feature-major, for a kernel of `width` inputs."""
    return isinstance(batch, int) and _TINY_BATCH < batch <= _SMALL_BATCH and width >= _WIDE_KERNEL


def transposed(value: tf.Tensor, feature_major: bool) -> tf.Tensor:
    """Transposes a matrix, to feature-major or back, if `feature_major`; else returns it unchanged."""
    return tf.transpose(value) if feature_major else value


def product(kernel: tf.Tensor, feature_major: bool) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns the function from a step [batch, in] to its product with `kernel` [in, out].

    The product is [batch, out], or [out, batch] if `feature_major`.
    """
    if not feature_major:
        return lambda value: tf.matmul(value, kernel)
    # Transposed here, once, and not in every product.
    kernel = tf.transpose(kernel)
    return lambda value: tf.matmul(kernel, value, transpose_b=True)


# XLA fuses a step's element-wise work into few passes over memory, which is what limits it. The gates are
# treated alike, with an axis of their own in Keras' order i, f, c, o: to put pieces together again is one
# pass more.
_CANDIDATE = np.array([False, False, True, False])


@tf.function(jit_compile=True, autograph=False)
def cell(
    projected: tf.Tensor, recurred: tf.Tensor, c: tf.Tensor, feature_major: bool
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """One step.

    Args:
      projected: input times input kernel plus bias, [batch, 4 * units].
      recurred: last output times recurrent kernel, [batch, 4 * units], or [4 * units, batch].
      c: cell state before, [batch, units], or [units, batch].
      feature_major: whether `recurred` and `c` are feature-major.

    Returns:
      The gates after their activations, like `recurred`, the new output and the new cell state, like `c`.
    """
    gates, axis = _gates(transposed(projected, feature_major) + recurred, feature_major)
    half = np.where(_of_gates(feature_major), 1.0, 0.5).astype(
        np.float32
    )  # sigmoid(x) = (1 + tanh(x / 2)) / 2
    activations = half * tf.tanh(half * gates) + (1 - half)
    i, f, g, o = tf.unstack(activations, axis=axis)
    c = f * c + i * g
    return tf.cast(tf.reshape(activations, tf.shape(recurred)), recurred.dtype), o * tf.tanh(c), c


@tf.function(jit_compile=True, autograph=False)
def _cell_gradient(
    activations: tf.Tensor,
    c_before: tf.Tensor,
    c: tf.Tensor,
    dh: tf.Tensor,
    dc: tf.Tensor,
    feature_major: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the gradients of the gates and of the cell state before a step of `cell`."""
    gates, axis = _gates(activations, feature_major)
    i, f, g, o = tf.unstack(gates, axis=axis)
    tanh_c = tf.tanh(c)
    dc += dh * o * (1 - tanh_c * tanh_c)
    slope = tf.where(_of_gates(feature_major), 1 - gates * gates, gates * (1 - gates))
    d_gates = tf.stack([dc * g, dc * c_before, dc * i, dh * tanh_c], axis) * slope
    return tf.cast(tf.reshape(d_gates, tf.shape(activations)), activations.dtype), dc * f


def _gates(numbers: tf.Tensor, feature_major: bool) -> tuple[tf.Tensor, int]:
    """Returns the gates as float32 with an axis for the four of them, and that axis."""
    numbers = tf.cast(numbers, tf.float32)
    if feature_major:
        return tf.reshape(numbers, [4, numbers.shape[0] // 4, -1]), 0
    return tf.reshape(numbers, [-1, 4, numbers.shape[-1] // 4]), 1


def _of_gates(feature_major: bool) -> np.ndarray:
    return _CANDIDATE[:, np.newaxis, np.newaxis] if feature_major else _CANDIDATE[:, np.newaxis]


def _forward(
    projected: tf.Tensor,
    recurrent: tf.Tensor,
    h: tf.Tensor,
    c: tf.Tensor,
    mask: tf.Tensor | None,
    feature_major: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Runs the loop; returns outputs, last h, last c, and the gates and cells of `Activations`."""
    steps, dtype = tf.shape(projected)[0], projected.dtype
    recur, c = product(recurrent, feature_major), transposed(c, feature_major)
    outputs, gates, cells = (
        tf.TensorArray(kind, size=size)
        for kind, size in ((dtype, steps), (dtype, steps), (tf.float32, steps + 1))
    )

    def body(
        t: tf.Tensor,
        h: tf.Tensor,
        c: tf.Tensor,
        outputs: tf.TensorArray,
        gates: tf.TensorArray,
        cells: tf.TensorArray,
    ) -> tuple[Any, ...]:
        activations, new_h, new_c = cell(projected[t], recur(tf.cast(h, dtype)), c, feature_major)
        output = new_h = transposed(new_h, feature_major)
        if mask is not None:
            keep = mask[t]
            output = keep * new_h
            new_h, keep = output + (1 - keep) * h, transposed(keep, feature_major)
            new_c = keep * new_c + (1 - keep) * c
        outputs, gates = outputs.write(t, tf.cast(output, dtype)), gates.write(t, activations)
        return t + 1, new_h, new_c, outputs, gates, cells.write(t + 1, new_c)

    _, h, c, outputs, gates, cells = tf.while_loop(
        lambda t, *_: t < steps, body, [0, h, c, outputs, gates, cells.write(0, c)]
    )
    return outputs.stack(), h, transposed(c, feature_major), gates.stack(), cells.stack()


def _backward(
    recurrent: tf.Tensor,
    mask: tf.Tensor | None,
    gates: tf.Tensor,
    cells: tf.Tensor,
    d_outputs: tf.Tensor,
    dh: tf.Tensor,
    dc: tf.Tensor,
    feature_major: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Runs the loop backwards; returns gradients of the projected input, first h and first c."""
    steps, dtype = tf.shape(d_outputs)[0], d_outputs.dtype
    gradients = tf.TensorArray(dtype, size=steps)
    # Transposed once: small products with the untransposed kernel take up to twice as long.
    kernel = recurrent if feature_major else tf.transpose(recurrent)
    dh, dc = transposed(dh, feature_major), transposed(dc, feature_major)

    def body(t: tf.Tensor, dh: tf.Tensor, dc: tf.Tensor, gradients: tf.TensorArray) -> tuple[Any, ...]:
        d_new_h, d_new_c = dh + transposed(tf.cast(d_outputs[t], tf.float32), feature_major), dc
        if mask is not None:
            keep = transposed(mask[t], feature_major)
            d_new_h, d_new_c = keep * d_new_h, keep * dc
        d_gates, dc_before = _cell_gradient(gates[t], cells[t], cells[t + 1], d_new_h, d_new_c, feature_major)
        dh_before = tf.matmul(kernel, d_gates) if feature_major else tf.matmul(d_gates, kernel)
        dh_before = tf.cast(dh_before, tf.float32)
        if mask is not None:
            dh_before, dc_before = dh_before + (1 - keep) * dh, dc_before + (1 - keep) * dc
        return t - 1, dh_before, dc_before, gradients.write(t, transposed(d_gates, feature_major))

    _, dh, dc, gradients = tf.while_loop(lambda t, *_: t >= 0, body, [steps - 1, dh, dc, gradients])
    return gradients.stack(), transposed(dh, feature_major), transposed(dc, feature_major)


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
    feature_major = is_feature_major(h.shape[0], h.shape[1])
    forward = _compiled_forward if _is_compiled(projected) else _forward

    @tf.custom_gradient
    def run(
        projected: tf.Tensor, recurrent: tf.Tensor, h: tf.Tensor, c: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], Gradient]:
        # A tape that looks into a compiled loop would break it up.
        projected, recurrent, h, c = (tf.stop_gradient(value) for value in (projected, recurrent, h, c))
        outputs, last_h, last_c, gates, cells = forward(projected, recurrent, h, c, mask, feature_major)
        activations = Activations(gates, cells, feature_major)
        return (outputs, last_h, last_c), _gradient(recurrent, h, mask, outputs, activations)

    return run(projected, recurrent, h, c)


def recorded_sequence(
    outputs: tf.Tensor,
    activations: Activations,
    projected: tf.Tensor,
    recurrent: tf.Tensor,
    h: tf.Tensor,
    c: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """`sequence` where the loop has been run already: the projected input only gets its gradient.

    Args:
      outputs: of each step, float32 [time, batch, units].
      activations: of every step.
      projected, recurrent, h, c: see `sequence`.
    """

    @tf.custom_gradient
    def run(
        projected: tf.Tensor, recurrent: tf.Tensor, h: tf.Tensor, c: tf.Tensor
    ) -> tuple[tuple[tf.Tensor, ...], Gradient]:
        output = tf.cast(outputs, projected.dtype)
        results = output, outputs[-1], transposed(activations.cells[-1], activations.feature_major)
        return results, _gradient(recurrent, h, None, output, activations)

    return run(projected, recurrent, h, c)


def _gradient(
    recurrent: tf.Tensor,
    first_h: tf.Tensor,
    mask: tf.Tensor | None,
    outputs: tf.Tensor,
    activations: Activations,
) -> Gradient:
    """Returns the gradient function of a run.

    From gradients of outputs and last state to those of projected input, recurrent kernel and first state.
    """
    units, dtype = recurrent.shape[0], outputs.dtype

    def gradient(d_outputs: tf.Tensor, dh: tf.Tensor, dc: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # Not before it is needed, or the transposed kernels of all layers would be in memory from the start.
        with tf.control_dependencies([d_outputs]):
            kernel = tf.identity(recurrent)
        backward = _compiled_backward if _is_compiled(d_outputs) else _backward
        gradients, dh, dc = backward(
            kernel, mask, activations.gates, activations.cells, d_outputs, dh, dc, activations.feature_major
        )
        # The state before a step is the output of the one before: a step past the end has no gradient.
        d_recurrent = tf.matmul(tf.cast(first_h, dtype), gradients[0], transpose_a=True) + tf.matmul(
            tf.reshape(outputs[:-1], [-1, units]),
            tf.reshape(gradients[1:], [-1, 4 * units]),
            transpose_a=True,
        )
        return gradients, d_recurrent, dh, dc

    return gradient
