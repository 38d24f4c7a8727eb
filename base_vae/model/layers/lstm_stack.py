"""LSTM layers one above the other, run over whole sequences or step by step."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.layers import lstm
from base_vae.model.layers.lstm_input import LstmInput, dropped, project
from base_vae.model.layers.random_streams import RandomStream


class LstmStack(keras.layers.Layer):
    """A stack of LSTM layers.

    Args:
      units: LSTM units, one number a layer.
      input_width: width of the input's parts together.
      residual: each layer adds its input to its output (Prakash et al. 2016, arXiv:1610.03098); an input
        of another width goes through a linear layer first.
      keep_prob: share of each layer's inputs that dropout keeps in training.
    """

    def __init__(
        self,
        units: tuple[int, ...],
        input_width: int,
        residual: bool = False,
        keep_prob: float = 1.0,
        name: str = "stack",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.units, self.input_width = tuple(units), input_width
        self.residual, self.keep_prob = residual, keep_prob
        self.layers, self.projections = [], []
        width = input_width
        for level, size in enumerate(self.units):
            projection = None
            if residual and (level == 0 or width != size):
                projection = keras.layers.Dense(size, name=f"{name}_{level}_input")
                projection.build((None, width))
                width = size
            self.projections.append(projection)
            self.layers.append(lstm.make_layer(size, width, f"{name}_{level}"))
            width = size
        self.built = True

    @property
    def state_width(self) -> int:
        """Numbers in the states of all layers together."""
        return 2 * sum(self.units)

    def zero_states(self, batch: tf.Tensor) -> list[lstm.State]:
        """Returns the zero initial state of each layer."""
        return [lstm.zero_state(batch, units) for units in self.units]

    def run(
        self,
        parts: Sequence[LstmInput],
        states: Sequence[lstm.State],
        lengths: tf.Tensor | None = None,
        dropout: RandomStream | None = None,
        recorded: Sequence[lstm.RecordedRun] | None = None,
    ) -> tuple[tf.Tensor, list[lstm.State]]:
        """Runs over a whole sequence, time first.

        Args:
          parts: the input.
          states: of each layer before the first step.
          lengths: int32 [batch]; past it the outputs are zeros and the states stay. None: all steps count.
          dropout: random stream of dropout; None: no dropout.
          recorded: the run of each layer, where it was already taken step by step: see `lstm.run`.

        Returns:
          Outputs [time, batch, units[-1]] and the states after the last step.
        """
        last, parts, dtype = [], list(parts), self.compute_dtype
        for level, (layer, projection, state) in enumerate(
            zip(self.layers, self.projections, states, strict=True)
        ):
            if dropout is not None and self.keep_prob < 1:
                parts = dropped(parts, self.keep_prob, dropout.fold_in(level), dtype)
            if projection is not None:
                value = project(projection.kernel, projection.bias, parts, dtype)
                parts = [LstmInput(value, layer.units)]
            run = None if recorded is None else recorded[level]
            outputs, state = lstm.run(layer, parts, state, lengths, run)
            if self.residual:
                outputs += tf.cast(parts[0].value, outputs.dtype)
            parts = [LstmInput(outputs, layer.units)]
            last.append(state)
        return outputs, last

    @property
    def first_weights(self) -> tuple[keras.Variable, keras.Variable]:
        """Kernel [input_width, ...] and bias of the first linear map.

        As the map is linear, the contributions of the input's parts add up, and those of constant parts need
        computing only once.
        """
        layer = self.projections[0] or self.layers[0].cell
        return layer.kernel, layer.bias

    def steppers(self, batch: int | tf.Tensor) -> list[lstm.Stepper]:
        """Returns the `Stepper` of each layer, for `step`."""
        return [
            lstm.Stepper(layer, batch, projected=level == 0 and self.projections[0] is None)
            for level, layer in enumerate(self.layers)
        ]

    def step(
        self, steppers: Sequence[lstm.Stepper], first: tf.Tensor, states: Sequence[lstm.State]
    ) -> tuple[tf.Tensor, list[tf.Tensor], list[lstm.State]]:
        """One step, without dropout.

        Args:
          steppers: of each layer.
          first: the first linear map of the input, bias included, [batch, ...].
          states: of each layer before the step.

        Returns:
          The output [batch, units[-1]], and of each layer the gates and the state after the step: see
          `lstm.Stepper`.
        """
        value, activations, after = first, [], []
        layers = zip(self.projections, steppers, states, strict=True)
        for level, (projection, stepper, state) in enumerate(layers):
            if projection is not None and level:
                one = [LstmInput(value[tf.newaxis], value.shape[-1])]
                value = project(projection.kernel, projection.bias, one, self.compute_dtype)[0]
            gates, state = stepper(value, state)
            output = tf.cast(state.h, self.compute_dtype)
            value = output + value if self.residual else output
            activations.append(gates)
            after.append(state)
        return value, activations, after

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same stack."""
        names = ("units", "input_width", "residual", "keep_prob")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
