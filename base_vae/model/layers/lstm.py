"""Running LSTM layers over sequences: one set of weights, two ways to run them.

The weights live in `keras.layers.LSTM`. On a GPU the layer itself runs, so that cuDNN can take it. On a
CPU a sequence LSTM of our own, `lstm_loop`, runs the same mathematics: the input is projected before the
loop, and the gradient of the recurrent kernel is one matrix product after it, instead of one a step.

Time is the first axis in this file.
"""

import contextlib
import contextvars
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from base_vae.model.layers import lstm_input as parts_
from base_vae.model.layers.lstm_cpu import Saved, cell, in_columns, product, sequence, traced_sequence, turned
from base_vae.model.layers.lstm_input import LstmInput

_recurrent_initializer = contextvars.ContextVar("recurrent_initializer", default="orthogonal")


class State(NamedTuple):
    """Hidden and cell state of a layer, each float32 of shape [batch, units]."""

    h: tf.Tensor
    c: tf.Tensor


class Trace(NamedTuple):
    """What a layer did in a run taken step by step: what its gradient needs to know.

    Attributes:
      outputs: of each step, float32 [time, batch, units].
      saved: of each step.
    """

    outputs: tf.Tensor
    saved: Saved


class Tracer(NamedTuple):
    """A `Trace` on the way.

    Attributes:
      outputs: as in `Trace`.
      gates, cells: as in `lstm_loop.Saved`.
    """

    outputs: tf.TensorArray
    gates: tf.TensorArray
    cells: tf.TensorArray

    @classmethod
    def begin(cls, stepper: "Stepper", steps: int | tf.Tensor, state: State) -> "Tracer":
        """Of a run of so many steps from `state`, before the first."""
        kinds = ((tf.float32, steps), (stepper.dtype, steps), (tf.float32, steps + 1))
        outputs, gates, cells = (tf.TensorArray(kind, size) for kind, size in kinds)
        return cls(outputs, gates, cells.write(0, turned(state.c, stepper.columns)))

    def write(self, stepper: "Stepper", t: tf.Tensor, gates: tf.Tensor, state: State) -> "Tracer":
        """With step `t`: its gates, and the state after it."""
        c = turned(state.c, stepper.columns)
        return Tracer(self.outputs.write(t, state.h), self.gates.write(t, gates), self.cells.write(t + 1, c))

    def end(self) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """What it gathered, one tensor each."""
        return tuple(array.stack() for array in self)


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


def zero_state(batch: int | tf.Tensor, units: int) -> State:
    """The state before anything was heard."""
    return State(tf.zeros([batch, units]), tf.zeros([batch, units]))


def traceable() -> bool:
    """Whether `run` takes a trace: not on a GPU, where the Keras layer runs."""
    return not tf.config.list_logical_devices("GPU")


def run(
    layer: keras.layers.LSTM,
    parts: Sequence[LstmInput],
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
      trace: of this very run, without lengths, where a `Stepper` took it already: only the gradient is left.

    Returns:
      The outputs [time, batch, units] in the layer's compute dtype, and the state after the last step.
    """
    if not traceable():
        return _run_keras(layer, parts, state, lengths)
    return _run_cpu(layer, parts, state, lengths, trace)


class Stepper:
    """Steps of a layer, one after the other; what does not change is made here, once.

    Args:
      layer: made by `make_layer`.
      batch: examples in a step.
      projected: whether inputs come as `project` gives them, or as they are.

    Attributes:
      dtype: the layer's compute dtype.
      columns: see `lstm_loop.Saved`.
    """

    def __init__(self, layer: keras.layers.LSTM, batch: int | tf.Tensor, projected: bool):
        self.dtype, self.columns = layer.compute_dtype, in_columns(batch, layer.units)
        self._recur = product(tf.cast(layer.cell.recurrent_kernel, self.dtype), self.columns)
        self._hear = None
        if not projected:
            self._hear = product(tf.cast(layer.cell.kernel, self.dtype), self.columns)
            self._bias = tf.cast(layer.cell.bias, self.dtype)[tf.newaxis]

    def __call__(self, value: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """One step.

        Args:
          value: the input, [batch, 4 * units] if projected, else [batch, width].
          state: before the step.

        Returns:
          The gates for a `Tracer`, and the state after the step.
        """
        columns = self.columns
        told = self._recur(tf.cast(state.h, self.dtype))
        if self._hear is not None:
            told, value = told + self._hear(tf.cast(value, self.dtype)), self._bias
        gates, h, c = cell(value, told, turned(state.c, columns), columns)
        return gates, State(turned(h, columns), turned(c, columns))


def project(layer: keras.layers.LSTM, parts: Sequence[LstmInput]) -> tf.Tensor:
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
        outputs, h, c = traced_sequence(*trace, projected, recurrent, *state)
    else:
        mask = None
        if lengths is not None:
            mask = tf.sequence_mask(lengths, tf.shape(projected)[0], tf.float32)
            mask = tf.transpose(mask)[..., tf.newaxis]
        outputs, h, c = sequence(projected, recurrent, *state, mask)
    return outputs, State(h, c)
