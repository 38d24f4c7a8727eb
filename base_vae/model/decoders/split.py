"""A decoder for each of several outputs, side by side."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from base_vae.model.decoders.base import Decoded, Decoder, DecoderInputs, Generated, Prompt
from base_vae.model.decoders.heads import MultiCategoricalHead
from base_vae.model.decoders.lstm_decoder import LstmDecoder
from base_vae.model.layers.random_streams import fold_in
from base_vae.spaces import MultiCategorical


class SplitScore(MultiCategoricalHead):
    """The logits of several decoders side by side, as one head without weights."""

    def __init__(self, space: MultiCategorical, name: str = "score", **kwargs: Any):
        super(MultiCategoricalHead, self).__init__(space, 0, space.width, name=name, **kwargs)


class SplitDecoder(Decoder):
    """Each output has a decoder of its own, which reads only itself, z and the controls.

    The trio of Roberts et al. 2018 (arXiv:1803.05428), section 5.

    Args:
      decoders: an `LstmDecoder` with a categorical head for each of the outputs.
      space: the outputs.
    """

    def __init__(
        self, decoders: list[LstmDecoder], space: MultiCategorical, name: str = "split_decoder", **kwargs: Any
    ):
        super().__init__(name=name, **kwargs)
        self.decoders, self.head = decoders, SplitScore(space)
        self.built = True

    @property
    def state_width(self) -> int:
        """Total width of the states of all decoders."""
        return sum(decoder.state_width for decoder in self.decoders)

    def run(self, z: tf.Tensor | None, inputs: DecoderInputs) -> Decoded:
        """Runs every decoder over its own output."""
        previous, _ = self.previous_outputs(z, inputs)
        runs = []
        for i, decoder in enumerate(self.decoders):
            own = inputs._replace(
                targets=inputs.targets[..., i],
                previous=previous[..., i],
                dropout=fold_in(inputs.dropout, i),
            )
            runs.append(decoder.run(z, own))
        parameters = tf.concat([run.parameters for run in runs], -1)
        return Decoded(parameters, previous, [state for run in runs for state in run.states])

    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """Returns the function that runs every decoder on its own samples."""
        generators = [decoder.generator(batch) for decoder in self.decoders]

        def output(value: tf.Tensor | None, i: int) -> tf.Tensor | None:
            return None if value is None else value[..., i]

        def generate(z: tf.Tensor | None, prompt: Prompt) -> Generated:
            runs = [
                generator(
                    z,
                    prompt._replace(
                        draws=prompt.draws.fold_in(i),
                        initial=output(prompt.initial, i),
                        forced=output(prompt.forced, i),
                    ),
                )
                for i, generator in enumerate(generators)
            ]
            return Generated(
                tf.stack([run.values for run in runs], -1),
                tf.concat([run.parameters for run in runs], -1),
                tf.fill([batch], prompt.steps),
                [state for run in runs for state in run.states],
            )

        return generate
