"""Running LSTM layers over sequences: one set of weights, two ways to run them.

The weights live in `keras.layers.LSTM`. On a GPU the layer itself runs, so that cuDNN can take it. On a
CPU a sequence LSTM of our own, `lstm_cpu`, computes the same: the input is projected before the loop, and
the gradient of the recurrent kernel is one matrix product after it, instead of one at each step.

Time is the first axis in this file.
"""

import contextlib
import contextvars
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from base_vae.model.layers import lstm_input
from base_vae.model.layers.lstm_cpu import (
    Activations,
    cell,
    is_feature_major,
    product,
    recorded_sequence,
    sequence,
    transposed,
)
from base_vae.model.layers.lstm_input import LstmInput

_recurrent_initializer = contextvars.ContextVar("recurrent_initializer", default="orthogonal")


class State(NamedTuple):
    """Hidden and cell state of a layer, each float32 of shape [batch, units]."""

    h: tf.Tensor
    c: tf.Tensor


class RecordedRun(NamedTuple):
    """A layer's outputs and saved activations in a run taken step by step, as its gradient needs them.

    Attributes:
      outputs: of each step, float32 [time, batch, units].
      activations: of each step.
    """

    outputs: tf.Tensor
    activations: Activations


class RunRecorder(NamedTuple):
    """Records a run step by step.

    Attributes:
      outputs: as in `RecordedRun`.
      gates, cells: as in `lstm_cpu.Activations`.
    """

    outputs: tf.TensorArray
    gates: tf.TensorArray
    cells: tf.TensorArray

    @classmethod
    def begin(cls, stepper: "Stepper", steps: int | tf.Tensor, state: State) -> "RunRecorder":
        """Returns the recorder of a run of `steps` steps that starts from `state`."""
        kinds = ((tf.float32, steps), (stepper.dtype, steps), (tf.float32, steps + 1))
        outputs, gates, cells = (tf.TensorArray(kind, size) for kind, size in kinds)
        return cls(outputs, gates, cells.write(0, transposed(state.c, stepper.feature_major)))

    def write(self, stepper: "Stepper", t: tf.Tensor, gates: tf.Tensor, state: State) -> "RunRecorder":
        """Returns the recorder with step `t` added: its gates, and the state after it."""
        c = transposed(state.c, stepper.feature_major)
        return RunRecorder(
            self.outputs.write(t, state.h), self.gates.write(t, gates), self.cells.write(t + 1, c)
        )

    def end(self) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns outputs, gates and cells, one tensor each."""
        return self.outputs.stack(), self.gates.stack(), self.cells.stack()


def make_layer(units: int, input_width: int, name: str) -> keras.layers.LSTM:
    """Builds an LSTM layer with arguments that cuDNN accepts."""
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
    """Context in which layers are made whose weights will be read from a file.

    Keras begins recurrent kernels as orthogonal matrices, and making those takes longer than reading them.
    """
    token = _recurrent_initializer.set("zeros")
    try:
        yield
    finally:
        _recurrent_initializer.reset(token)


def zero_state(batch: int | tf.Tensor, units: int) -> State:
    """Returns the zero initial state."""
    return State(tf.zeros([batch, units]), tf.zeros([batch, units]))


def runs_on_cpu() -> bool:
    """Returns whether `run` uses `lstm_cpu`, and not the Keras layer as on a GPU."""
    return not tf.config.list_logical_devices("GPU")


def run(
    layer: keras.layers.LSTM,
    parts: Sequence[LstmInput],
    state: State,
    lengths: tf.Tensor | None = None,
    recorded: RecordedRun | None = None,
) -> tuple[tf.Tensor, State]:
    """Runs `layer` over a whole sequence.

    Args:
      layer: made by `make_layer`, its input as wide as the parts together.
      parts: the input; at least one of them has the full time axis.
      state: where it starts.
      lengths: int32 [batch]; past it the output is zeros and the state stays. None: every step counts.
      recorded: this very run, if a `Stepper` took it already (without `lengths`): adds only its gradient.

    Returns:
      The outputs [time, batch, units] in the layer's compute dtype, and the state after the last step.
    """
    if not runs_on_cpu():
        return _run_keras(layer, parts, state, lengths)
    return _run_cpu(layer, parts, state, lengths, recorded)


class Stepper:
    """Runs a layer one step after the other; everything that does not change is prepared once.

    Args:
      layer: made by `make_layer`.
      batch: examples in a step.
      projected: whether inputs are already projected by `project`.

    Attributes:
      dtype: the layer's compute dtype.
      feature_major: see `lstm_cpu.Activations`.
    """

    def __init__(self, layer: keras.layers.LSTM, batch: int | tf.Tensor, projected: bool):
        self.dtype, self.feature_major = layer.compute_dtype, is_feature_major(batch, layer.units)
        self._recur = product(tf.cast(layer.cell.recurrent_kernel, self.dtype), self.feature_major)
        self._project = None
        if not projected:
            self._project = product(tf.cast(layer.cell.kernel, self.dtype), self.feature_major)
            self._bias = tf.cast(layer.cell.bias, self.dtype)[tf.newaxis]

    def __call__(self, value: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """One step.

        Args:
          value: the input, [batch, 4 * units] if projected, else [batch, width].
          state: before the step.

        Returns:
          The gates for a `RunRecorder`, and the state after the step.
        """
        feature_major = self.feature_major
        recurred = self._recur(tf.cast(state.h, self.dtype))
        if self._project is not None:
            recurred, value = recurred + self._project(tf.cast(value, self.dtype)), self._bias
        gates, h, c = cell(value, recurred, transposed(state.c, feature_major), feature_major)
        return gates, State(transposed(h, feature_major), transposed(c, feature_major))


def project(layer: keras.layers.LSTM, parts: Sequence[LstmInput]) -> tf.Tensor:
    """Returns input times input kernel plus bias, [time, batch, 4 * units] in the layer's compute dtype."""
    return lstm_input.project(layer.cell.kernel, layer.cell.bias, parts, layer.compute_dtype)


def _run_keras(
    layer: keras.layers.LSTM, parts: Sequence[LstmInput], state: State, lengths: tf.Tensor | None
) -> tuple[tf.Tensor, State]:
    inputs = tf.transpose(lstm_input.dense(parts, layer.compute_dtype), [1, 0, 2])
    steps = tf.shape(inputs)[1]
    mask = None if lengths is None else tf.sequence_mask(lengths, steps)
    initial = [tf.cast(value, layer.compute_dtype) for value in state]
    outputs, h, c = layer(inputs, initial_state=initial, mask=mask)
    if mask is not None:
        outputs *= tf.cast(mask, outputs.dtype)[..., tf.newaxis]
    return tf.transpose(outputs, [1, 0, 2]), State(tf.cast(h, tf.float32), tf.cast(c, tf.float32))


def _run_cpu(
    layer: keras.layers.LSTM,
    parts: Sequence[LstmInput],
    state: State,
    lengths: tf.Tensor | None,
    recorded: RecordedRun | None = None,
) -> tuple[tf.Tensor, State]:
    projected = project(layer, parts)
    recurrent = tf.cast(layer.cell.recurrent_kernel, layer.compute_dtype)
    if recorded is not None:
        outputs, h, c = recorded_sequence(
            recorded.outputs, recorded.activations, projected, recurrent, state.h, state.c
        )
    else:
        mask = None
        if lengths is not None:
            mask = tf.sequence_mask(lengths, tf.shape(projected)[0], tf.float32)
            mask = tf.transpose(mask)[..., tf.newaxis]
            mask.set_shape([None, projected.shape[1], 1])  # else one row would become an unknown number
        outputs, h, c = sequence(projected, recurrent, state.h, state.c, mask)
    return outputs, State(h, c)
