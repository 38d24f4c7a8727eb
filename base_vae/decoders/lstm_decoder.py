"""The recurrent core: teacher forcing, scheduled sampling and generation on the same weights."""

from typing import NamedTuple

import keras
import tensorflow as tf

from base_vae import lstm
from base_vae.decoders.categorical import CategoricalHead

fold_in = tf.random.experimental.stateless_fold_in
FIRST_INPUT = -1  # before anything was played the decoder hears zeros: no id at all


class Generated(NamedTuple):
    """What free running gave: ids int32 [batch, steps] and logits float32 [batch, steps, depth]."""

    ids: tf.Tensor
    logits: tf.Tensor


class LstmDecoder(keras.layers.Layer):
    """A stack of LSTMs that hears its previous output and z at every step.

    Roberts et al. 2018 (arXiv:1803.05428), section 3.2.1: the initial states are tanh(dense(z)).

    Args:
      units: LSTM units, one number a layer.
      z_size: size of the latent space.
      head: what turns the core's outputs into events.
    """

    def __init__(
        self, units: tuple[int, ...], z_size: int, head: CategoricalHead, name: str = "decoder", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.units, self.z_size, self.head = tuple(units), z_size, head
        self.initial_state = keras.layers.Dense(
            2 * sum(self.units),
            activation="tanh",
            kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
            dtype="float32",
            name="z_to_initial_state",
        )
        self.initial_state.build((None, z_size))
        widths = [head.depth + z_size, *self.units[:-1]]
        self.layers = [
            lstm.make_layer(n, width, f"layer_{level}")
            for level, (n, width) in enumerate(zip(self.units, widths, strict=True))
        ]
        self.built = True

    def call(self, z: tf.Tensor, heard: tf.Tensor) -> tf.Tensor:
        """Logits of every step, given what the decoder hears before it.

        Args:
          z: [batch, z_size].
          heard: int32 [batch, time]: the previous event at each step, `FIRST_INPUT` at the first; the
            targets shifted by one for teacher forcing, `scheduled_inputs` for scheduled sampling.

        Returns:
          float32 [batch, time, depth].
        """
        logits, _ = self.run(z, heard)
        return logits

    def run(self, z: tf.Tensor, heard: tf.Tensor) -> tuple[tf.Tensor, list[lstm.State]]:
        """As `call`, and the state of each layer after the last step."""
        parts = [lstm.Part(tf.transpose(heard), self.head.depth), lstm.Part(z[tf.newaxis], self.z_size)]
        outputs, last = None, []
        for layer, state in zip(self.layers, self._first_states(z), strict=True):
            outputs, state = lstm.run(layer, parts, state)
            parts = [lstm.Part(outputs, layer.units)]
            last.append(state)
        return tf.transpose(self.head(outputs), [1, 0, 2]), last

    def generate(
        self,
        z: tf.Tensor,
        steps: int | tf.Tensor,
        temperature: tf.Tensor | float,
        seed: tf.Tensor,
        given: tf.Tensor | None = None,
        given_mask: tf.Tensor | None = None,
    ) -> Generated:
        """Runs on the decoder's own samples.

        Args:
          z: [batch, z_size].
          steps: number of steps.
          temperature: 1 samples from the model's distribution, less is safer, 0 takes the likeliest.
          seed: int32 [2]; the same seed gives the same ids.
          given, given_mask: ids and booleans [batch, steps]: where the mask is true the decoder goes on
            from the given id instead of its own sample.
        """
        batch, depth = tf.shape(z)[0], self.head.depth
        layer = self.layers[0]
        heard_rows, z_rows = tf.split(layer.cell.kernel, [depth, self.z_size])
        dtype = layer.compute_dtype
        heard_rows = tf.concat([tf.cast(heard_rows, dtype), tf.zeros([1, 4 * layer.units], dtype)], 0)
        from_z = tf.cast(tf.matmul(z, z_rows) + layer.cell.bias, dtype)
        temperature = tf.convert_to_tensor(temperature, tf.float32)

        def body(t, heard, states, ids, logits_array):
            new_states = []
            gates = tf.gather(heard_rows, tf.where(heard < 0, depth, heard)) + from_z
            for level, (layer, state) in enumerate(zip(self.layers, states, strict=True)):
                if level:
                    gates = lstm.project(
                        layer, [lstm.Part(new_states[-1].h[tf.newaxis], self.units[level - 1])]
                    )[0]
                new_states.append(lstm.step(layer, gates, state))
            logits = self.head(tf.cast(new_states[-1].h, dtype))
            noise = tf.random.stateless_uniform([batch, depth], fold_in(seed, t), minval=1e-20)
            sampled = self.head.sample(logits, noise, temperature)
            ids, logits_array = ids.write(t, sampled), logits_array.write(t, logits)
            if given is not None:
                sampled = tf.where(given_mask[:, t], given[:, t], sampled)
            return t + 1, sampled, new_states, ids, logits_array

        first = tf.fill([batch], FIRST_INPUT)
        arrays = [tf.TensorArray(kind, size=steps) for kind in (tf.int32, tf.float32)]
        *_, ids, logits = tf.while_loop(
            lambda t, *_: t < steps, body, [0, first, self._first_states(z), *arrays]
        )
        return Generated(tf.transpose(ids.stack()), tf.transpose(logits.stack(), [1, 0, 2]))

    def scheduled_inputs(
        self, z: tf.Tensor, targets: tf.Tensor, probability: tf.Tensor, seed: tf.Tensor
    ) -> tf.Tensor:
        """What the decoder hears under scheduled sampling (Bengio et al. 2015, arXiv:1506.03099).

        At each step, with the given probability, its own sample stands in for the target. No gradient
        flows through a sample, so the samples are drawn first and the gradient pass is teacher forcing
        on them: the same numbers as one sequential pass, at the speed of whole sequences.

        Args:
          z: [batch, z_size].
          targets: int32 [batch, time].
          probability: scalar, the chance that a step hears a sample.
          seed: int32 [2].

        Returns:
          int32 [batch, time], for `call`.
        """
        chance = tf.random.stateless_uniform(tf.shape(targets), fold_in(seed, -1))
        truth = chance >= probability
        own = self.generate(tf.stop_gradient(z), tf.shape(targets)[1], 1.0, seed, targets, truth)
        return shift(tf.where(truth, targets, tf.stop_gradient(own.ids)))

    def _first_states(self, z: tf.Tensor) -> list[lstm.State]:
        # The original keeps (c, h) for each layer, in that order.
        pieces = tf.split(self.initial_state(z), [n for n in self.units for _ in "ch"], -1)
        return [lstm.State(h, c) for c, h in zip(pieces[::2], pieces[1::2], strict=True)]

    def get_config(self) -> dict:
        """Arguments that make the same decoder."""
        head = {"depth": self.head.depth, "input_width": self.head.input_width}
        return {**super().get_config(), "units": self.units, "z_size": self.z_size, "head": head}

    @classmethod
    def from_config(cls, config: dict) -> "LstmDecoder":
        """A decoder like the one whose `get_config` this is, with fresh weights."""
        return cls(**{**config, "head": CategoricalHead(**config["head"])})


def shift(targets: tf.Tensor) -> tf.Tensor:
    """Teacher forcing: each step hears the target before it. int32 [batch, time] to the same shape."""
    return tf.concat([tf.fill([tf.shape(targets)[0], 1], FIRST_INPUT), targets[:, :-1]], 1)
