"""The recurrent core: teacher forcing, scheduled sampling and generation on the same weights."""

import keras
import tensorflow as tf

from base_vae import lstm
from base_vae.decoders.base import Decoded, Decoder, Generated, Heard, Prompt, choose
from base_vae.decoders.heads import Head
from base_vae.parts import Part, parts_of, project, step_projection, time_first
from base_vae.stack import LstmStack


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

    def run(self, z: tf.Tensor | None, heard: Heard) -> Decoded:
        """Runs over known music, all steps at once.

        Where `heard.lengths` are given the states stay as they are at them.
        """
        # What was sampled without dropout and without ends is what would be run again for its gradient.
        traced = heard.lengths is None and self.stack.keep_prob == 1 and lstm.traceable()
        inputs, traces = self.heard_inputs(z, heard, traced)
        parts = parts_of(self.space, time_first(inputs))
        if self.z_size:
            parts.append(Part(z[tf.newaxis], self.z_size))
        if self.control_width:
            parts.append(Part(time_first(heard.controls), self.control_width))
        outputs, states = self.stack.run(
            parts, self._first_states(z, tf.shape(inputs)[0]), heard.lengths, heard.dropout, traces
        )
        return Decoded(time_first(self.head(outputs)), inputs, states)

    def generate(self, z: tf.Tensor | None, prompt: Prompt, batch: tf.Tensor) -> Generated:
        """Runs on the decoder's own samples, one step after the other."""
        steps, space, dtype = prompt.steps, self.space, self.stack.compute_dtype
        kernel, bias = self.stack.first_weights
        heard_rows, z_rows, control_rows = tf.split(kernel, [space.width, self.z_size, self.control_width])
        always = tf.cast(bias, dtype)
        if self.z_size:
            always += tf.cast(tf.matmul(z, z_rows), dtype)
        told = None
        if self.control_width:
            told = project(control_rows, None, [Part(time_first(prompt.controls), self.control_width)], dtype)
        temperature = tf.convert_to_tensor(prompt.temperature, tf.float32)
        hear = step_projection(space, heard_rows, dtype)

        def body(t, heard, states, done, lengths, values, parameters, traces):
            first = hear(heard) + always
            if told is not None:
                first += told[t]
            output, gates, after = self.stack.step(first, states)
            kept = zip(traces, gates, after, strict=False)  # there may be none
            traces = [trace.write(t, *layer) for trace, *layer in kept]
            scores = self.head(output)
            noise = prompt.draws.part(t).uniform([batch, self.head.noise_width])
            said = self.head.sample(scores, noise, temperature)
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

        first = space.nothing([batch]) if prompt.first is None else prompt.first
        arrays = [
            tf.TensorArray(kind, size=steps, element_shape=[None, *shape])
            for kind, shape in ((first.dtype, space.shape), (tf.float32, (self.head.width,)))
        ]
        states = self._first_states(z, batch)
        traces = []
        if prompt.traced:
            pairs = zip(self.stack.layers, states, strict=True)
            traces = [lstm.Trace.begin(layer, steps, state) for layer, state in pairs]
        loop = [0, first, states, tf.fill([batch], False), tf.zeros([batch], tf.int32), *arrays, traces]
        count, _, states, _, lengths, values, parameters, traces = tf.while_loop(
            lambda t, heard, states, done, *_: (t < steps) & ~tf.reduce_all(done), body, loop
        )
        values, parameters = values.stack(), parameters.stack()
        if self.end_token is None:
            lengths = tf.fill([batch], steps)
        else:  # the loop stops when all have ended
            said = tf.tile((tf.range(steps) < count)[:, tf.newaxis], [1, batch])
            values = choose(said, values, space.nothing(tf.shape(said)))
        return Generated(time_first(values), time_first(parameters), lengths, states, traces or None)

    def _first_states(self, z: tf.Tensor | None, batch: tf.Tensor) -> list[lstm.State]:
        if self.initial_state is None:
            return self.stack.zero_states(batch)
        return split_states(self.initial_state(z), self.stack.units)


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
