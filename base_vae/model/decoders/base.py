"""What every decoder does, and the two ways in which it can be run."""

import abc
from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from base_vae.model.decoders.heads import Head
from base_vae.model.layers import lstm
from base_vae.model.layers.lstm_input import size
from base_vae.model.layers.random_streams import RandomStream
from base_vae.spaces import Space


class DecoderInputs(NamedTuple):
    """What a decoder is told beside z, and how it is run over known music.

    Attributes:
      targets: what it should say, [batch, time, ...].
      controls: float [batch, time, width], or None.
      lengths: int32 [batch], or [batch, segments], or None where every step counts.
      inputs: what it hears at each step, [batch, time, ...]; None: the target before, teacher forcing.
      first: what a segment hears first, [batch, ...]; None: nothing.
      sampling: probability and random numbers of scheduled sampling; None: none.
      dropout: where its random numbers come from; None: no dropout.
    """

    targets: tf.Tensor
    controls: tf.Tensor | None = None
    lengths: tf.Tensor | None = None
    inputs: tf.Tensor | None = None
    first: tf.Tensor | None = None
    sampling: tuple[tf.Tensor, RandomStream] | None = None
    dropout: RandomStream | None = None


class Decoded(NamedTuple):
    """What a run over known music gives.

    Attributes:
      parameters: of the head's distribution at every step, float32 [batch, time, width].
      inputs: what the decoder heard at each step, [batch, time, ...].
      states: of each layer after the last step (the last segment's, of the core).
    """

    parameters: tf.Tensor
    inputs: tf.Tensor
    states: list[lstm.State]


class Generated(NamedTuple):
    """What free running gives.

    Attributes:
      values: the music, [batch, steps, ...]; nothing after an end token.
      parameters: of the head's distribution at every step, float32 [batch, steps, width].
      lengths: int32 [batch], steps up to and with the end token; [batch, segments] under a hierarchy.
      states: of each layer after the last step.
      traces: of each layer, where they were asked for.
    """

    values: tf.Tensor
    parameters: tf.Tensor
    lengths: tf.Tensor
    states: list[lstm.State]
    traces: list[lstm.Trace] | None = None


class Prompt(NamedTuple):
    """How a decoder is run freely.

    Attributes:
      steps: number of steps.
      temperature: 1 samples from the model's distribution, less is safer, 0 takes the likeliest.
      draws: where its random numbers come from.
      controls: float [batch, steps, width], or None.
      first: what it hears first, [batch, ...]; None: nothing.
      given, given_mask: values [batch, steps, ...] and booleans [batch, steps]: where the mask is true the
        decoder goes on from the given value instead of its own sample.
      traced: keep traces of the layers; for decoders that run nothing but a stack of LSTMs.
    """

    steps: int | tf.Tensor
    temperature: tf.Tensor | float
    draws: RandomStream
    controls: tf.Tensor | None = None
    first: tf.Tensor | None = None
    given: tf.Tensor | None = None
    given_mask: tf.Tensor | None = None
    traced: bool = False


class Decoder(keras.layers.Layer, abc.ABC):
    """From z to music.

    Attributes:
      head: scores what was said; under a split decoder it stands for the heads of all of them.
      space: what a step is.
      end_token: id that ends a sequence (a segment under a hierarchy), or None.
    """

    head: Head
    end_token: int | None = None

    @property
    def space(self) -> Space:
        """What a step is."""
        return self.head.space

    @property
    @abc.abstractmethod
    def state_width(self) -> int:
        """Numbers in `states` together."""

    @abc.abstractmethod
    def run(self, z: tf.Tensor | None, heard: DecoderInputs) -> Decoded:
        """Runs over known music; z [batch, z_size], or None for an unconditional decoder."""

    def generate(self, z: tf.Tensor | None, prompt: Prompt, batch: int | tf.Tensor) -> Generated:
        """Runs on the decoder's own samples, for z [batch, z_size] or None."""
        return self.generator(batch)(z, prompt)

    @abc.abstractmethod
    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """`generate` for many batches of a size: what does not change between them is made here, once."""

    def heard_inputs(
        self, z: tf.Tensor | None, heard: DecoderInputs, traced: bool = False
    ) -> tuple[tf.Tensor, list[lstm.Trace] | None]:
        """What the decoder hears at each step: teacher forcing, or scheduled sampling.

        Under scheduled sampling (Bengio et al. 2015, arXiv:1506.03099) its own sample stands in for the
        target with the given probability. No gradient flows through a sample, so the samples are drawn
        first (without dropout) and the gradient pass is teacher forcing on them: the same numbers as one
        sequential pass, at the speed of whole sequences. Where nothing but the gradient is missing then, as
        the decoder's `traced` says, there are traces to take it from.

        Returns:
          The inputs [batch, time, ...], and traces of the decoder's layers on them or None.
        """
        if heard.inputs is not None:
            return heard.inputs, None
        if heard.sampling is None:
            return shift(self.space, heard.targets, heard.first), None
        probability, draws = heard.sampling
        batch, steps = size(heard.targets), tf.shape(heard.targets)[1]
        truth = draws.fold_in(-1).uniform([batch, steps]) >= probability
        z = None if z is None else tf.stop_gradient(z)
        prompt = Prompt(steps, 1.0, draws, heard.controls, heard.first, heard.targets, truth, traced)
        own = self.generate(z, prompt, batch)
        said = choose(truth, heard.targets, tf.stop_gradient(own.values))
        return shift(self.space, said, heard.first), own.traces


def shift(space: Space, targets: tf.Tensor, first: tf.Tensor | None = None) -> tf.Tensor:
    """What each step hears under teacher forcing: `first` (nothing), then the target before it.

    Args:
      space: what a step is.
      targets: [batch, time, ...].
      first: [batch, ...], or None.
    """
    before = space.nothing([tf.shape(targets)[0], 1]) if first is None else first[:, tf.newaxis]
    return tf.concat([before, targets[:, :-1]], 1)


def choose(mask: tf.Tensor, yes: tf.Tensor, no: tf.Tensor) -> tf.Tensor:
    """`yes` where `mask` [batch, ...] is true, else `no`; both [batch, ..., more]."""
    while mask.shape.rank < yes.shape.rank:
        mask = mask[..., tf.newaxis]
    return tf.where(mask, yes, no)
