"""The recurrent core: teacher forcing, scheduled sampling and generation on the same weights."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.decoders.base import Decoded, Decoder, DecoderInputs, Generated, Prompt, choose
from base_vae.model.decoders.heads import Head
from base_vae.model.layers import lstm
from base_vae.model.layers.lstm_cpu import Activations
from base_vae.model.layers.lstm_input import (
    LstmInput,
    lstm_inputs,
    project,
    size,
    step_projection,
    time_first,
)
from base_vae.model.layers.lstm_stack import LstmStack
from base_vae.model.layers.random_streams import RandomStream


class LstmDecoder(Decoder):
    """A stack of LSTMs that reads its previous output, z and controls at every step.

    Roberts et al. 2018 (arXiv:1803.05428), section 3.2.1: the initial states are tanh(dense(z)).

    Args:
      units: LSTM units, one number a layer.
      z_size: size of the latent space; 0 for an unconditional decoder.
      head: the output distribution.
      control_width: width of the controls.
      residual, keep_prob: see `LstmStack`.
      end_token: id that ends a sequence, or None.
    """

    def __init__(
        self,
        units: tuple[int, ...],
        z_size: int,
        head: Head,
        control_width: int = 0,
        residual: bool = False,
        keep_prob: float = 1.0,
        end_token: int | None = None,
        name: str = "decoder",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.z_size, self.control_width, self.end_token = z_size, control_width, end_token
        self.head = head
        self.stack = LstmStack(units, head.space.width + z_size + control_width, residual, keep_prob)
        self.initial_state = make_initial_state(units, z_size) if z_size else None
        self.built = True

    @property
    def state_width(self) -> int:
        """Total width of the states of all layers."""
        return self.stack.state_width

    def run(self, z: tf.Tensor | None, inputs: DecoderInputs) -> Decoded:
        """Runs over known music, all steps at once.

        Where `inputs.lengths` are given, states past them stay the same.
        """
        # Samples drawn without dropout and without ends come from the very run whose gradient is computed.
        record = inputs.lengths is None and self.stack.keep_prob == 1 and lstm.runs_on_cpu()
        previous, recorded = self.previous_outputs(z, inputs, record)
        parts = lstm_inputs(self.space, time_first(previous))
        if z is not None:
            parts.append(LstmInput(z[tf.newaxis], self.z_size))
        if self.control_width:
            parts.append(LstmInput(time_first(inputs.controls), self.control_width))
        states = self._initial_states(z, size(previous))
        outputs, states = self.stack.run(parts, states, inputs.lengths, inputs.dropout, recorded)
        return Decoded(time_first(self.head(outputs)), previous, states)

    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """Returns the function that runs on the decoder's own samples, one step after the other."""
        # Steps that are compiled as a whole have no gradient here: no tape must see what they read.
        weights = [(variable, tf.stop_gradient(variable.value)) for variable in self.variables]
        dtype = self.stack.compute_dtype
        with keras.StatelessScope(weights):
            kernel, bias = self.stack.first_weights
            widths = [self.space.width, self.z_size, self.control_width]
            previous_rows, z_rows, control_rows = tf.split(kernel, widths)
            project_previous, steppers = (
                step_projection(self.space, previous_rows, dtype),
                self.stack.steppers(batch),
            )

        def run(z: tf.Tensor | None, noise: tf.Tensor, prompt: Prompt) -> tuple[Any, ...]:
            with keras.StatelessScope(weights):
                constant, control_terms = tf.cast(bias, dtype), None
                if z is not None:
                    constant += tf.cast(tf.matmul(z, z_rows), dtype)
                if self.control_width:
                    controls = [LstmInput(time_first(prompt.controls), self.control_width)]
                    control_terms = project(control_rows, None, controls, dtype)

                def first_layer(t: tf.Tensor, previous: tf.Tensor) -> tf.Tensor:
                    value = project_previous(previous) + constant
                    return value if control_terms is None else value + control_terms[t]

                states = self._initial_states(z, tf.shape(noise)[0])
                return self._steps(first_layer, steppers, states, noise, prompt)

        # As in `lstm_cpu`: XLA has no fast product of bfloat16. Outside a graph each call would compile.
        if dtype == "float32" and not tf.executing_eagerly():
            run = tf.function(run, jit_compile=True, autograph=False)

        def generate(z: tf.Tensor | None, prompt: Prompt) -> Generated:
            # XLA draws slowly.
            noise = prompt.draws.uniform([batch, prompt.steps * self.head.noise_width])
            noise = tf.reshape(noise, [batch, prompt.steps, self.head.noise_width])
            prompt = prompt._replace(
                steps=0,  # taken from the shape of the noise, which is a constant to XLA
                draws=RandomStream(None),
                temperature=tf.convert_to_tensor(prompt.temperature, tf.float32),
            )
            z, noise, prompt = tf.nest.map_structure(_without_gradient, (z, noise, prompt))
            if isinstance(batch, int):  # what has one row would become unknown beside what has unknown rows
                for value in (z, prompt.controls, prompt.initial, prompt.forced, prompt.forced_mask):
                    if value is not None:
                        value.set_shape([batch, *value.shape[1:]])
            values, parameters, lengths, states, runs = run(z, noise, prompt)
            recorded = [
                lstm.RecordedRun(outputs, Activations(gates, cells, stepper.feature_major))
                for (outputs, gates, cells), stepper in zip(runs, steppers, strict=False)  # there may be none
            ]
            return Generated(values, parameters, lengths, states, recorded or None)

        return generate

    def _steps(
        self,
        first_layer: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        steppers: list[lstm.Stepper],
        states: list[lstm.State],
        noise: tf.Tensor,
        prompt: Prompt,
    ) -> tuple[Any, ...]:
        """Runs the loop of `generator`; returns values, parameters, lengths, last states and runs."""
        batch, steps = size(noise), tf.shape(noise)[1]
        space = self.space

        def body(
            t: tf.Tensor,
            previous: tf.Tensor,
            states: list[lstm.State],
            done: tf.Tensor,
            lengths: tf.Tensor,
            values: tf.TensorArray,
            parameters: tf.TensorArray,
            recorders: list[lstm.RunRecorder],
        ) -> tuple[Any, ...]:
            output, gates, after = self.stack.step(steppers, first_layer(t, previous), states)
            recorders = [
                recorder.write(stepper, t, gate, state)
                for recorder, stepper, gate, state in zip(recorders, steppers, gates, after, strict=False)
            ]
            scores = self.head(output)
            sample = self.head.sample(scores, noise[:, t], prompt.temperature)
            if prompt.forced is not None and prompt.forced_mask is not None:
                previous = choose(prompt.forced_mask[:, t], prompt.forced[:, t], sample)
            elif self.end_token is None:
                previous = sample
            else:
                previous = sample = choose(done, space.nothing([batch]), sample)
                after = [
                    lstm.State(*(choose(done, old, new) for old, new in zip(*pair, strict=True)))
                    for pair in zip(states, after, strict=True)
                ]
                lengths += tf.cast(~done, tf.int32)
                done |= sample == self.end_token
            values, parameters = values.write(t, sample), parameters.write(t, scores)
            return t + 1, previous, after, done, lengths, values, parameters, recorders

        initial = space.nothing([batch]) if prompt.initial is None else prompt.initial
        arrays = [
            tf.TensorArray(kind, size=steps, element_shape=[None, *shape])
            for kind, shape in ((initial.dtype, space.shape), (tf.float32, (self.head.width,)))
        ]
        recorders = []  # of each layer; none unless recording
        if prompt.record:
            pairs = zip(steppers, states, strict=True)
            recorders = [lstm.RunRecorder.begin(stepper, steps, state) for stepper, state in pairs]
        loop = [
            0,
            initial,
            states,
            tf.fill([batch], False),
            tf.zeros([batch], tf.int32),
            *arrays,
            recorders,
        ]
        count, _, states, _, lengths, values, parameters, recorders = tf.while_loop(
            lambda t, previous, states, done, *_: (t < steps) & ~tf.reduce_all(done), body, loop
        )
        values, parameters = values.stack(), parameters.stack()
        if self.end_token is None:
            lengths = tf.fill([batch], steps)
        else:  # the loop stops when all have ended
            ran = tf.tile((tf.range(steps) < count)[:, tf.newaxis], [1, batch])
            values = choose(ran, values, space.nothing(tf.shape(ran)))
        runs = [recorder.end() for recorder in recorders]
        return time_first(values), time_first(parameters), lengths, states, runs

    def _initial_states(self, z: tf.Tensor | None, batch: tf.Tensor) -> list[lstm.State]:
        if self.initial_state is None:
            return self.stack.zero_states(batch)
        return split_states(self.initial_state(z), self.stack.units)


def _without_gradient(value: Any) -> Any:
    """Returns `value`, stopping gradients where it is a float tensor."""
    return tf.stop_gradient(value) if tf.is_tensor(value) and value.dtype.is_floating else value


def make_initial_state(units: tuple[int, ...], width: int, name: str = "initial_state") -> keras.layers.Dense:
    """Builds the layer tanh(dense(z)) of the initial states of LSTMs, for a z of width `width`."""
    layer = keras.layers.Dense(
        2 * sum(units),
        activation="tanh",
        kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
        dtype="float32",
        name=name,
    )
    layer.build((None, width))
    return layer


def split_states(numbers: tf.Tensor, units: tuple[int, ...]) -> list[lstm.State]:
    """Splits numbers [batch, 2 * sum(units)] into states: (c, h) for each layer, the original's order."""
    pieces = tf.split(numbers, [n for n in units for _ in "ch"], -1)
    return [lstm.State(h, c) for c, h in zip(pieces[::2], pieces[1::2], strict=True)]


def join_states(states: list[lstm.State]) -> tf.Tensor:
    """Joins states: the inverse of `split_states`."""
    return tf.concat([part for state in states for part in (state.c, state.h)], -1)
