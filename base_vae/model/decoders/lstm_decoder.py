"""The recurrent core: teacher forcing, scheduled sampling and generation on the same weights."""

from collections.abc import Callable

import keras
import tensorflow as tf

from base_vae.model.decoders.base import Decoded, Decoder, DecoderInputs, Generated, Prompt, choose
from base_vae.model.decoders.heads import Head
from base_vae.model.layers import lstm
from base_vae.model.layers.lstm_cpu import Saved
from base_vae.model.layers.lstm_input import (
    LstmInput,
    lstm_inputs,
    project,
    size,
    step_projection,
    time_first,
)
from base_vae.model.layers.lstm_stack import LstmStack


class LstmDecoder(Decoder):
    """A stack of LSTMs that hears its previous output, z and controls at every step.

    Roberts et al. 2018 (arXiv:1803.05428), section 3.2.1: the initial states are tanh(dense(z)).

    Args:
      units: LSTM units, one number a layer.
      z_size: size of the latent space; 0 for an unconditional decoder.
      head: what turns the core's outputs into music.
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
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.z_size, self.control_width, self.end_token = z_size, control_width, end_token
        self.head = head
        self.stack = LstmStack(units, head.space.width + z_size + control_width, residual, keep_prob)
        self.initial_state = make_initial_state(units, z_size) if z_size else None
        self.built = True

    @property
    def state_width(self) -> int:
        """Numbers in the states of all layers together."""
        return self.stack.state_width

    def run(self, z: tf.Tensor | None, heard: DecoderInputs) -> Decoded:
        """Runs over known music, all steps at once.

        Where `heard.lengths` are given the states stay as they are at them.
        """
        # What was sampled without dropout and without ends is what would be run again for its gradient.
        traced = heard.lengths is None and self.stack.keep_prob == 1 and lstm.traceable()
        inputs, traces = self.heard_inputs(z, heard, traced)
        parts = lstm_inputs(self.space, time_first(inputs))
        if self.z_size:
            parts.append(LstmInput(z[tf.newaxis], self.z_size))
        if self.control_width:
            parts.append(LstmInput(time_first(heard.controls), self.control_width))
        outputs, states = self.stack.run(
            parts, self._first_states(z, size(inputs)), heard.lengths, heard.dropout, traces
        )
        return Decoded(time_first(self.head(outputs)), inputs, states)

    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """What runs on the decoder's own samples, one step after the other."""
        # Steps that are compiled as a whole can have no gradient here: no tape must see what they read.
        weights = [(variable, tf.stop_gradient(variable.value)) for variable in self.variables]
        dtype = self.stack.compute_dtype
        with keras.StatelessScope(weights):
            kernel, bias = self.stack.first_weights
            widths = [self.space.width, self.z_size, self.control_width]
            heard_rows, z_rows, control_rows = tf.split(kernel, widths)
            hear, steppers = step_projection(self.space, heard_rows, dtype), self.stack.steppers(batch)

        def run(z, noise, prompt):
            with keras.StatelessScope(weights):
                always, told = tf.cast(bias, dtype), None
                if self.z_size:
                    always += tf.cast(tf.matmul(z, z_rows), dtype)
                if self.control_width:
                    controls = [LstmInput(time_first(prompt.controls), self.control_width)]
                    told = project(control_rows, None, controls, dtype)

                def first_layer(t, heard):
                    value = hear(heard) + always
                    return value if told is None else value + told[t]

                states = self._first_states(z, tf.shape(noise)[0])
                return self._steps(first_layer, steppers, states, noise, prompt)

        # As in `lstm_loop`: XLA knows no fast product of bfloat16. Outside a graph it would compile at each
        # call.
        if dtype == "float32" and not tf.executing_eagerly():
            run = tf.function(run, jit_compile=True, autograph=False)

        def generate(z: tf.Tensor | None, prompt: Prompt) -> Generated:
            # XLA draws slowly.
            noise = prompt.draws.uniform([batch, prompt.steps * self.head.noise_width])
            noise = tf.reshape(noise, [batch, prompt.steps, self.head.noise_width])
            told = prompt._replace(
                steps=None,  # the noise says it, in its shape: to XLA that is a constant
                draws=None,
                first=self.space.nothing([batch]) if prompt.first is None else prompt.first,
                temperature=tf.convert_to_tensor(prompt.temperature, tf.float32),
            )
            *results, traces = run(*tf.nest.map_structure(_unseen, (z, noise, told)))
            pairs = zip(traces, steppers, strict=False)  # there may be none
            traces = [lstm.Trace(o, Saved(*arrays, stepper.columns)) for (o, *arrays), stepper in pairs]
            return Generated(*results, traces or None)

        return generate

    def _steps(self, first_layer, steppers, states, noise, prompt):
        """The loop of `generator`: values, parameters, lengths, last states and traces."""
        batch, steps = tf.unstack(tf.shape(noise)[:2])
        space = self.space

        def body(t, heard, states, done, lengths, values, parameters, traces):
            output, gates, after = self.stack.step(steppers, first_layer(t, heard), states)
            kept = zip(traces, steppers, gates, after, strict=False)  # there may be none
            traces = [trace.write(stepper, t, *layer) for trace, stepper, *layer in kept]
            scores = self.head(output)
            said = self.head.sample(scores, noise[:, t], prompt.temperature)
            if prompt.given is not None:
                heard = choose(prompt.given_mask[:, t], prompt.given[:, t], said)
            elif self.end_token is None:
                heard = said
            else:
                heard = said = choose(done, space.nothing([batch]), said)
                after = [
                    lstm.State(*(choose(done, old, new) for old, new in zip(*pair, strict=True)))
                    for pair in zip(states, after, strict=True)
                ]
                lengths += tf.cast(~done, tf.int32)
                done |= said == self.end_token
            said, scores = values.write(t, said), parameters.write(t, scores)
            return t + 1, heard, after, done, lengths, said, scores, traces

        arrays = [
            tf.TensorArray(kind, size=steps, element_shape=[None, *shape])
            for kind, shape in ((prompt.first.dtype, space.shape), (tf.float32, (self.head.width,)))
        ]
        traces = []
        if prompt.traced:
            pairs = zip(steppers, states, strict=True)
            traces = [lstm.Tracer.begin(stepper, steps, state) for stepper, state in pairs]
        loop = [
            0,
            prompt.first,
            states,
            tf.fill([batch], False),
            tf.zeros([batch], tf.int32),
            *arrays,
            traces,
        ]
        count, _, states, _, lengths, values, parameters, traces = tf.while_loop(
            lambda t, heard, states, done, *_: (t < steps) & ~tf.reduce_all(done), body, loop
        )
        values, parameters = values.stack(), parameters.stack()
        if self.end_token is None:
            lengths = tf.fill([batch], steps)
        else:  # the loop stops when all have ended
            said = tf.tile((tf.range(steps) < count)[:, tf.newaxis], [1, batch])
            values = choose(said, values, space.nothing(tf.shape(said)))
        traces = [trace.end() for trace in traces]
        return time_first(values), time_first(parameters), lengths, states, traces

    def _first_states(self, z: tf.Tensor | None, batch: tf.Tensor) -> list[lstm.State]:
        if self.initial_state is None:
            return self.stack.zero_states(batch)
        return split_states(self.initial_state(z), self.stack.units)


def _unseen(value):
    """For tapes: a tensor without its past."""
    return tf.stop_gradient(value) if tf.is_tensor(value) and value.dtype.is_floating else value


def make_initial_state(units: tuple[int, ...], width: int, name: str = "initial_state") -> keras.layers.Dense:
    """tanh(dense(z)) for the first states of LSTMs, z `width` wide."""
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
    """States of LSTMs in numbers [batch, 2 * sum(units)]: (c, h) for each layer, the original's order."""
    pieces = tf.split(numbers, [n for n in units for _ in "ch"], -1)
    return [lstm.State(h, c) for c, h in zip(pieces[::2], pieces[1::2], strict=True)]


def join_states(states: list[lstm.State]) -> tf.Tensor:
    """The inverse of `split_states`."""
    return tf.concat([part for state in states for part in (state.c, state.h)], -1)
