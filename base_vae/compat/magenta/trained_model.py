"""Magenta's `TrainedModel` as notebooks call it, over ours."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from base_vae.compat.magenta.configs import Config
from base_vae.compat.magenta.data_converter import DataConverter, values_of
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.model.interpolation import slerp
from base_vae.music.note_sequence import NoteSequence
from base_vae.spaces import Tensors

Encoding = tuple[np.ndarray, np.ndarray, np.ndarray]


class NoExtractedExamplesError(UserError):
    """An error: there is no example in a sequence."""


class MultipleExtractedExamplesError(UserError):
    """An error: there are several examples in a sequence where one is needed."""


class TrainedModel:
    """A model with the methods and arguments of Magenta's.

    Draws come from NumPy's global generator, as there: `np.random.seed` makes them repeatable.

    Args:
      config: of `configs.CONFIG_MAP`.
      batch_size: how many samples `sample` gives where it is not told; it has no other effect.
      checkpoint_dir_or_path: whatever `base_vae.load` takes: a checkpoint of the original, a run folder, or
        the name of a bundled model.
      var_name_substitutions, session_target: without effect; published checkpoints load as they are.
      **sample_kwargs: are refused: none of the original's is supported.

    Raises:
      UserError: if the model cannot be found or is of another configuration.
    """

    def __init__(
        self,
        config: Config,
        batch_size: int,
        checkpoint_dir_or_path: str | os.PathLike | None = None,
        var_name_substitutions: Any = None,
        session_target: str = "",
        **sample_kwargs: Any,
    ):
        del var_name_substitutions, session_target
        if sample_kwargs:
            raise UserError(f"these arguments are not supported: {', '.join(sample_kwargs)}; leave them out")
        path = os.fspath(checkpoint_dir_or_path or "")
        if not path or path.startswith("gs://"):
            raise UserError(
                "checkpoint_dir_or_path must be a file or folder on this machine, or a bundled name like "
                f"mel_2bar (received {path!r}): download checkpoints first"
            )
        self.ours = load(path, config.ours)
        self._batch_size = batch_size

    @property
    def _converter(self) -> DataConverter:
        return DataConverter(self.ours.config.converter)

    def sample(
        self,
        n: int | None = None,
        length: int | None = None,
        temperature: float = 1.0,
        same_z: bool = False,
        c_input: np.ndarray | None = None,
    ) -> list[NoteSequence]:
        """`n` pieces from the prior; as many as `batch_size` by default.

        Args:
          n: how many.
          length: steps of each, at most the model's.
          temperature: of what is drawn at each step.
          same_z: whether all share one latent vector.
          c_input: controls of all of them, [time, control depth].
        """
        n = n or self._batch_size
        z = np.random.randn(1 if same_z else n, self.ours.z_size).astype(np.float32)
        return self.decode(np.repeat(z, n // len(z), axis=0), length, temperature, c_input)

    def encode(self, note_sequences: Sequence[NoteSequence], assert_same_length: bool = False) -> Encoding:
        """A sample of the posterior of each sequence, its mean and its deviation, each [n, z_size].

        Args:
          note_sequences: each is one example, whole, or holds just one by the original's rules.
          assert_same_length: has no effect; all examples of a model have its length here.

        Raises:
          NoExtractedExamplesError: if there is no example in a sequence.
          MultipleExtractedExamplesError: if there are several.
        """
        del assert_same_length
        return _drawn(*self.ours.encode_arrays(np.stack([self._example(each) for each in note_sequences])))

    def _example(self, sequence: NoteSequence) -> np.ndarray:
        """The one example that a sequence is."""
        found = self._converter.ours.extract(sequence).examples
        if len(found) == 1:
            return found[0]
        try:
            return self._converter.ours.encode_whole(sequence)
        except UserError as error:
            if len(found):
                raise MultipleExtractedExamplesError(
                    f"{len(found)} examples are in a sequence, where one is needed: {error}"
                ) from None
            raise NoExtractedExamplesError(f"no example is in a sequence: {error}") from None

    def encode_tensors(
        self,
        input_tensors: Sequence[np.ndarray],
        lengths: Sequence[Any],
        control_tensors: Sequence[np.ndarray] | None = None,
    ) -> Encoding:
        """Encodes what `data_converter.to_tensors` returns, as `encode` does.

        Args:
          input_tensors: [time, input depth] each, of one length.
          lengths: of each, used where segments or pieces end early.
          control_tensors: [time, control depth] each, for a model with controls.
        """
        spaces = self._converter.ours.spaces
        inputs = tf.constant(values_of(np.stack(input_tensors), spaces.inputs))
        controls = None
        if spaces.controls is not None:
            if control_tensors is None:
                raise UserError("this model needs control_tensors, those of data_converter.to_tensors")
            controls = tf.constant(values_of(np.stack(control_tensors), spaces.controls))
        ends = None if spaces.end_token is None else tf.constant(np.stack(lengths), tf.int32)
        mu, sigma = self.ours.model.encode(Tensors(inputs, inputs, controls, ends))
        return _drawn(mu.numpy(), sigma.numpy())

    def decode(
        self,
        z: np.ndarray,
        length: int | None = None,
        temperature: float = 1.0,
        c_input: np.ndarray | None = None,
    ) -> list[NoteSequence]:
        """The music of latent vectors [n, z_size]; see `sample` for the arguments."""
        tensors = self.decode_to_tensors(z, length, temperature, c_input)
        controls = None if c_input is None else [c_input] * len(tensors)
        return self._converter.from_tensors(tensors, controls)

    def decode_to_tensors(
        self,
        z: np.ndarray,
        length: int | None = None,
        temperature: float = 1.0,
        c_input: np.ndarray | None = None,
        return_full_results: bool = False,
    ) -> list[np.ndarray]:
        """The output tensors [time, output depth] of latent vectors [n, z_size].

        Raises:
          UserError: if a length is needed or too long, or full results are asked for.
        """
        if return_full_results:
            raise UserError(
                "return_full_results is not supported: base_vae.TrainedModel.model has the decoder"
            )
        converter = self._converter
        steps = converter.ours.steps
        if length is None and converter.end_token is None:
            raise UserError(f"length must be given, at most the model's {steps} steps")
        if length is not None and length > steps:
            raise UserError(
                f"length must be at most the model's {steps} steps (received {length}): longer music is made "
                "by base_vae.tunes, or by a model of more bars"
            )
        controls = None
        if c_input is not None and getattr(converter.ours, "hits_as_controls", False):
            raise UserError("c_input cannot give hits: base_vae.TrainedModel.decode takes them in controls=")
        if c_input is not None and converter.ours.spaces.controls is not None:
            silence = np.zeros((1, steps, converter.output_depth), np.float32)
            controls = converter.examples_of(silence, np.asarray(c_input)[np.newaxis])
        arrays = self.ours.decode_arrays(
            np.asarray(z, np.float32),
            temperature=temperature,
            seed=np.random.randint(2**31),
            controls=controls,
        )
        return [tensor[:length] for tensor in converter.tensors_of(arrays).outputs]

    def interpolate(
        self,
        start_sequence: NoteSequence,
        end_sequence: NoteSequence,
        num_steps: int,
        length: int | None = None,
        temperature: float = 1.0,
        assert_same_length: bool = True,
    ) -> list[NoteSequence]:
        """`num_steps` pieces from one to the other, both reconstructions included; see `sample`."""
        _, mu, _ = self.encode([start_sequence, end_sequence], assert_same_length)
        path = np.stack([slerp(mu[0], mu[1], t) for t in np.linspace(0, 1, num_steps)])
        return self.decode(path, length, temperature)


def _drawn(mu: np.ndarray, sigma: np.ndarray) -> Encoding:
    """A sample of each posterior, and the posteriors."""
    return (mu + sigma * np.random.randn(*mu.shape)).astype(np.float32), mu, sigma
