"""A trained MusicVAE on arrays: the examples of its converter."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from base_vae.arguments import checked
from base_vae.configs.config import Config
from base_vae.converters import Tensors
from base_vae.errors import UserError
from base_vae.model.batching import in_batches, padded
from base_vae.model.decoders import Prompt
from base_vae.model.layers.lstm_input import size
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.music_vae import MusicVAE
from base_vae.model.tensor_batch import step_mask
from base_vae.ranges import as_rows, check_arguments, check_finite


class Latents(NamedTuple):
    """Posterior mean and standard deviation, each float32 [examples, z_size]."""

    mu: np.ndarray
    sigma: np.ndarray

    def __repr__(self) -> str:
        return f"<Latents of {len(self.mu)} examples, {self.mu.shape[-1]} numbers each>"


class ArrayModel:
    """A MusicVAE that encodes and decodes examples of its converter, in compiled batches of a few sizes.

    Args:
      model: with trained weights.
      config: of the model.
    """

    def __init__(self, model: MusicVAE, config: Config):
        self.model, self.config = model, config
        self._encode = tf.function(self._encode_arrays, autograph=False)
        self._decode = tf.function(self._decode_latents, autograph=False)
        self._probability = tf.function(self._step_probability, autograph=False)

    @property
    def z_size(self) -> int:
        """Size of the latent space."""
        return self.config.hparams.z_size

    def encode_arrays(self, arrays: np.ndarray) -> Latents:
        """Returns the posteriors of examples [examples, *converter.shape].

        Raises:
          UserError: if they have another shape, or the model has no latent space.
        """
        if not self.config.hparams.conditional:
            raise UserError(f"{self.config.name} was trained with conditional=False: it has no latent space")
        arrays = self.as_examples(arrays)
        try:
            chunks = in_batches(lambda chunk, _: self._encode(tf.constant(chunk)), arrays)
            return Latents(*(np.concatenate(parts) for parts in zip(*chunks, strict=True)))
        except tf.errors.InvalidArgumentError as error:  # of a look-up in a table
            raise UserError("arrays hold numbers that are not events of this model") from error

    @checked
    def decode_arrays(
        self,
        z: np.ndarray,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        controls: np.ndarray | None = None,
    ) -> np.ndarray:
        """Returns canonical examples [examples, *converter.shape] of latent vectors [examples, z_size].

        See `decode` for the arguments.
        """
        check_arguments(temperature=temperature, seed=seed)
        z = as_rows(self.z_size, z=z)
        step_controls = self._step_controls(controls, len(z))
        heat = tf.constant(temperature, tf.float32)

        def decode(rows: np.ndarray, start: int) -> list[tf.Tensor]:
            own = None
            if step_controls is not None:
                own = padded(step_controls[start : start + len(rows)], len(rows))
            return [self._decode(tf.constant(rows), heat, tf.constant([seed, start]), own)]

        values = np.concatenate([chunk[0] for chunk in in_batches(decode, z)])
        converter = self.config.converter
        return converter.all_canonical(converter.assemble(values, step_controls))

    @checked
    def step_probabilities(self, arrays: np.ndarray, *, inputs: np.ndarray | None = None) -> np.ndarray:
        """Probability of each step of examples, teacher-forced from a posterior mean: [examples, time].

        For grooves, whose velocities and offsets have no probability, exp of minus the step's loss. 1 where
        an example or a segment of it is over.

        Args:
          arrays: the examples, [examples, ...].
          inputs: the examples that the encoder reads, [examples, ...]; None: `arrays`.
        """
        arrays = self.as_examples(arrays)
        inputs = arrays if inputs is None else self.as_examples(inputs)
        if len(inputs) != len(arrays):
            raise UserError(f"there must be as many inputs as arrays, {len(arrays)} (received {len(inputs)})")

        def probability(chunk: np.ndarray, start: int) -> list[tf.Tensor]:
            source = padded(inputs[start : start + len(chunk)], len(chunk))
            return [self._probability(tf.constant(chunk), tf.constant(source))]

        return np.concatenate([chunk[0] for chunk in in_batches(probability, arrays)])

    def tensors(self, arrays: tf.Tensor) -> Tensors:
        """A batch of examples [batch, ...] as the model takes it."""
        kind = tf.int32 if arrays.dtype.is_integer else tf.float32
        return self.config.converter.tensors(tf.cast(arrays, kind))

    def step_losses(self, z: tf.Tensor | None, batch: Tensors) -> tf.Tensor:
        """Minus the log-likelihood of each step of a batch, teacher-forced from latents [batch, z_size].

        Returns:
          In nats, [batch, time]; 0 where an example or a segment of it is over.
        """
        parameters = self.model.decoder.run(z, self.model.decoder_inputs(batch)).parameters
        return self.model.decoder.head.negative_log_likelihood(parameters, batch.outputs) * step_mask(batch)

    def as_examples(self, arrays: Any) -> np.ndarray:
        """Examples as an array [examples, *converter.shape]. Raises UserError where they are none."""
        converter = self.config.converter
        if not isinstance(arrays, np.ndarray):
            check_finite(arrays=arrays)
            arrays = np.asarray(arrays)
        if arrays.ndim != len(converter.shape) + 1 or arrays.shape[1:] != converter.shape:
            shape = ", ".join(map(str, converter.shape))
            raise UserError(f"arrays must have the shape [examples, {shape}] (received {list(arrays.shape)})")
        if arrays.dtype.kind not in "biu":
            check_finite(arrays=arrays)
        odd = np.issubdtype(converter.dtype, np.integer) and (arrays != arrays.astype(converter.dtype))
        if np.any(odd):
            raise UserError(f"arrays must be whole numbers that are events (received {arrays[odd][0]})")
        return arrays

    def _step_controls(self, examples: np.ndarray | None, n: int) -> np.ndarray | None:
        """Controls [n, time, ...] of `examples`, or of silence; None for a model without controls."""
        converter = self.config.converter
        if converter.spaces.controls is None:
            return None
        if examples is None:
            examples = np.zeros((1, *converter.shape), converter.dtype)
        if len(examples) not in (1, n):
            raise UserError(
                f"controls must be of 1 example or of {n}, one for each z (received {len(examples)})"
            )
        examples = converter.as_controls(np.asarray(examples, converter.dtype))
        controls = np.asarray(self.tensors(tf.constant(examples)).controls)
        return np.repeat(controls, n // len(controls), axis=0) if len(controls) == 1 else controls

    def _encode_arrays(self, arrays: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tuple(self.model.encode(self.tensors(arrays)))

    def _decode_latents(
        self, z: tf.Tensor, temperature: tf.Tensor, seed: tf.Tensor, controls: tf.Tensor | None
    ) -> tf.Tensor:
        prepared = self.model.prepared_controls(controls)
        prompt = Prompt(self.config.hparams.max_seq_len, temperature, RandomStream(seed), prepared)
        z, batch = z if self.config.hparams.conditional else None, size(z)
        return self.model.decoder.generate(z, prompt, batch).values

    def _step_probability(self, arrays: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        z = self.model.encode(self.tensors(inputs)).mu if self.config.hparams.conditional else None
        return tf.exp(-self.step_losses(z, self.tensors(arrays)))
