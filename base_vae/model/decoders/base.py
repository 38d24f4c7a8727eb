"""The base class of decoders, and the inputs and outputs of its two ways to run."""

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
    """A decoder's inputs beside z in a run over known music.

    Attributes:
      targets: the music, [batch, time, ...].
      controls: float [batch, time, width], or None.
      lengths: int32 [batch], or [batch, segments], or None where every step counts.
      previous: the previous output that each step reads, [batch, time, ...]; None: the target before the
        step, which is teacher forcing.
      initial: the previous output that the first step reads, [batch, ...]; None: zeros.
      sampling: probability and random stream of scheduled sampling; None: no sampling.
      dropout: random stream of dropout; None: no dropout.
    """

    targets: tf.Tensor
    controls: tf.Tensor | None = None
    lengths: tf.Tensor | None = None
    previous: tf.Tensor | None = None
    initial: tf.Tensor | None = None
    sampling: tuple[tf.Tensor, RandomStream] | None = None
    dropout: RandomStream | None = None


class Decoded(NamedTuple):
    """Results of a run over known music.

    Attributes:
      parameters: of the head's distribution at every step, float32 [batch, time, width].
      previous: the previous output that each step read, [batch, time, ...].
      states: of each layer after the last step (of the core after the last segment).
    """

    parameters: tf.Tensor
    previous: tf.Tensor
    states: list[lstm.State]


class Generated(NamedTuple):
    """Results of a free run.

    Attributes:
      values: the music, [batch, steps, ...]; zeros after an end token.
      parameters: of the head's distribution at every step, float32 [batch, steps, width].
      lengths: int32 [batch], steps up to and with the end token; [batch, segments] under a hierarchy.
      states: of each layer after the last step.
      recorded: the run of each layer, if `Prompt.record`.
    """

    values: tf.Tensor
    parameters: tf.Tensor
    lengths: tf.Tensor
    states: list[lstm.State]
    recorded: list[lstm.RecordedRun] | None = None


class Prompt(NamedTuple):
    """Settings of a free run.

    Attributes:
      steps: number of steps.
      temperature: 1 samples from the model's distribution, less is safer, 0 takes the likeliest.
      draws: random stream of the samples.
      controls: float [batch, steps, width], or None.
      initial: the previous output that the first step reads, [batch, ...]; None: zeros.
      forced, forced_mask: values [batch, steps, ...] and booleans [batch, steps]: where the mask is true the
        next step reads the forced value instead of the decoder's own sample.
      record: whether to record the runs of the layers; for decoders that consist of one stack of LSTMs.
    """

    steps: int | tf.Tensor
    temperature: tf.Tensor | float
    draws: RandomStream
    controls: tf.Tensor | None = None
    initial: tf.Tensor | None = None
    forced: tf.Tensor | None = None
    forced_mask: tf.Tensor | None = None
    record: bool = False


class Decoder(keras.layers.Layer, abc.ABC):
    """Decodes latent vectors to music.

    Attributes:
      head: the output distribution; that of a split decoder combines the heads of its parts.
      space: the space of a step.
      end_token: id that ends a sequence (a segment under a hierarchy), or None.
    """

    head: Head
    end_token: int | None = None

    @property
    def space(self) -> Space:
        """The space of a step."""
        return self.head.space

    @property
    @abc.abstractmethod
    def state_width(self) -> int:
        """Total width of `states`."""

    @abc.abstractmethod
    def run(self, z: tf.Tensor | None, inputs: DecoderInputs) -> Decoded:
        """Runs over known music; z [batch, z_size], or None for an unconditional decoder."""

    def generate(self, z: tf.Tensor | None, prompt: Prompt, batch: int | tf.Tensor) -> Generated:
        """Runs on the decoder's own samples, for z [batch, z_size] or None."""
        return self.generator(batch)(z, prompt)

    @abc.abstractmethod
    def generator(self, batch: int | tf.Tensor) -> Callable[[tf.Tensor | None, Prompt], Generated]:
        """Returns `generate` for batches of one size; everything that batches share is prepared once."""

    def previous_outputs(
        self, z: tf.Tensor | None, inputs: DecoderInputs, record: bool = False
    ) -> tuple[tf.Tensor, list[lstm.RecordedRun] | None]:
        """Returns the previous output that each step reads: teacher forcing, or scheduled sampling.

        Under scheduled sampling (Bengio et al. 2015, arXiv:1506.03099) the decoder's own sample replaces the
        target with the scheduled probability. No gradient flows through a sample, so the samples are drawn
        first (without dropout) and the gradient pass is teacher forcing on them: the same numbers as one
        sequential pass, at the speed of whole sequences.

        Args:
          z: latent vectors [batch, z_size], or None.
          inputs: of the run.
          record: whether to record the sampling run, where the gradient pass would only repeat it.

        Returns:
          The previous outputs [batch, time, ...], and the recorded runs of the decoder's layers or None.
        """
        if inputs.previous is not None:
            return inputs.previous, None
        if inputs.sampling is None:
            return shift(self.space, inputs.targets, inputs.initial), None
        probability, draws = inputs.sampling
        batch, steps = size(inputs.targets), tf.shape(inputs.targets)[1]
        truth = draws.fold_in(-1).uniform([batch, steps]) >= probability
        z = None if z is None else tf.stop_gradient(z)
        prompt = Prompt(steps, 1.0, draws, inputs.controls, inputs.initial, inputs.targets, truth, record)
        own = self.generate(z, prompt, batch)
        outputs = choose(truth, inputs.targets, tf.stop_gradient(own.values))
        return shift(self.space, outputs, inputs.initial), own.recorded


def shift(space: Space, targets: tf.Tensor, initial: tf.Tensor | None = None) -> tf.Tensor:
    """Shifts `targets` one step later, so that each step of teacher forcing reads the target before it.

    Args:
      space: the space of a step.
      targets: [batch, time, ...].
      initial: read by the first step, [batch, ...]; None: zeros.
    """
    before = space.nothing([tf.shape(targets)[0], 1]) if initial is None else initial[:, tf.newaxis]
    return tf.concat([before, targets[:, :-1]], 1)


def choose(mask: tf.Tensor, yes: tf.Tensor, no: tf.Tensor) -> tf.Tensor:
    """Returns `yes` where `mask` [batch, ...] is true, else `no`; both [batch, ..., more]."""
    while mask.shape.rank < yes.shape.rank:
        mask = mask[..., tf.newaxis]
    return tf.where(mask, yes, no)
