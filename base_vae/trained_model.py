"""A trained MusicVAE on NoteSequences: encode, decode, sample, interpolate, reconstruct."""

import collections
import functools
import os
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from base_vae.attributes import AttributeVectors
from base_vae.checkpoints import model_folder
from base_vae.checkpoints.magenta_js import folder as magenta_js
from base_vae.configs.config import Config
from base_vae.converters import Tensors, without_limits
from base_vae.converters.base import in_words
from base_vae.data.collection import Collection, Music, collect_music
from base_vae.errors import UserError, shortened
from base_vae.model.batching import in_batches, padded
from base_vae.model.decoders import Prompt
from base_vae.model.interpolation import slerp
from base_vae.model.layers.lstm_input import size
from base_vae.model.layers.random_streams import RandomStream
from base_vae.model.music_vae import MusicVAE
from base_vae.model.tensor_batch import step_mask
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.ranges import check_arguments, check_finite
from base_vae.readers.limits import DEFAULT_LIMITS, Limits

_SMALL_UNITS = 512


class Latents(NamedTuple):
    """Posterior mean and standard deviation, each float32 [examples, z_size]."""

    mu: np.ndarray
    sigma: np.ndarray

    def __repr__(self) -> str:
        return f"<Latents of {len(self.mu)} examples, {self.mu.shape[-1]} numbers each>"


class TrainedModel:
    """A MusicVAE with its converter, ready for use.

    >>> import base_vae
    >>> base = base_vae.load("mel_2bar")
    >>> one, other = base.sample(2, temperature=0.5, seed=1)
    >>> base.encode([one, other])
    <Latents of 2 examples, 256 numbers each>
    >>> len(base.interpolate(one, other, num_steps=5))
    5
    >>> denser = base.encode([one]).mu + base.attributes["density"]
    >>> len(base.decode(denser)), len(base.reconstruct([one]))
    (1, 1)

    Args:
      model: with trained weights.
      config: of the model.
      source: the name or path that it was loaded by.
      folder: the folder that it was loaded from, which may hold attribute vectors.
    """

    def __init__(self, model: MusicVAE, config: Config, source: str = "", folder: Path | None = None):
        self.model, self.config, self.source, self.folder = model, config, source, folder
        self._encode = tf.function(self._encode_arrays, autograph=False)
        self._decode = tf.function(self._decode_latents, autograph=False)
        self._probability = tf.function(self._step_probability, autograph=False)

    def __repr__(self) -> str:
        return f"<TrainedModel {self.source or self.config.name}: {self.config.description}>"

    @property
    def z_size(self) -> int:
        """Size of the latent space."""
        return self.config.hparams.z_size

    @property
    def is_small(self) -> bool:
        """Whether many pieces are decoded in a second or two: one decoder, of 512 units a layer at most."""
        hparams = self.config.hparams
        return not hparams.decoder_levels and max(hparams.dec_rnn_size) <= _SMALL_UNITS

    @functools.cached_property
    def attributes(self) -> AttributeVectors:
        """Attribute vectors that were saved with the model, to add to its latents.

        Raises:
          UserError: if there are none, naming the command that makes them.
        """
        return AttributeVectors.of_model(self.folder, self.source, self.z_size)

    def collect(self, music: Music, *, limits: Limits = DEFAULT_LIMITS) -> Collection:
        """The distinct examples in `music`, as the model reads it, and a report of what became of each file.

        Args:
          music: files or folders of MIDI, ABC or MusicXML, or NoteSequences.
          limits: how large files and pieces may be.

        Raises:
          UserError: if nothing in it can be used, with the report.
        """
        return collect_music(music, without_limits(self.config.converter.in_use), limits=limits)

    def save(self, path: str | os.PathLike, *, card: str = "") -> None:
        """Writes a new model folder, which `base_vae.load` takes, whole or not at all.

        Attribute vectors go along.

        Args:
          path: the folder.
          card: Markdown for its README: data, licence, figures; "" keeps the present one.

        Raises:
          UserError: if the folder exists already or cannot be written.
        """
        if not card and self.folder is not None:
            card = model_folder.read_card(self.folder).removeprefix(self.config.description).strip()
        model_folder.save(self.model, self.config, path, card, vectors=self._vectors())

    def export_magenta_js(
        self, path: str | os.PathLike, *, quantize: magenta_js.Quantization | None = None
    ) -> None:
        """Writes a new folder for Magenta.js, whole or not at all; attribute vectors go along.

        Args:
          path: the folder.
          quantize: "uint8" or "uint16" stores the weights in 8 or 16 bits rather than 32.

        Raises:
          UserError: if such a model cannot run there, with the reasons, or the folder cannot be written.
        """
        magenta_js.save(self.model, self.config, path, vectors=self._vectors(), quantize=quantize)

    def _vectors(self) -> AttributeVectors | None:
        """Returns the attribute vectors, or None where nobody has computed any."""
        try:
            return self.attributes
        except UserError:
            return None

    def encode(self, sequences: Sequence[NoteSequence]) -> Latents:
        """Returns the posterior of each sequence; one shorter than the model is filled up with silence.

        Raises:
          UserError: if one is longer than the model: `collect` finds every example in it.
        """
        return self.encode_arrays(self.arrays(sequences))

    def decode(
        self,
        z: np.ndarray,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        controls: np.ndarray | None = None,
    ) -> list[NoteSequence]:
        """Returns the music of each row of `z`, float [examples, z_size].

        Args:
          z: latent vectors.
          temperature: 0 takes the likeliest note each time, 1 follows the model's probabilities.
          seed: the same seed gives the same music, on the same machine with the same number of threads (see
            `base_vae.make_deterministic`).
          qpm: tempo of the result in quarters a minute.
          controls: for a model with controls, examples whose controls (chords, hits) the new music follows,
            [examples, *converter.shape] or [1, *converter.shape]; None: those of silence.
        """
        check_arguments(qpm=qpm)
        arrays = self.decode_arrays(z, temperature=temperature, seed=seed, controls=controls)
        return [self.config.converter.decode(array, qpm=qpm) for array in arrays]

    def sample(
        self,
        n: int,
        *,
        temperature: float = 0.5,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        same_z: bool = False,
        controls: np.ndarray | None = None,
    ) -> list[NoteSequence]:
        """Returns `n` new pieces of music, from the prior N(0, I); see `decode`.

        Args:
          n: number of pieces.
          temperature, seed, qpm, controls: as for `decode`.
          same_z: all pieces share one latent vector, and differ by what is drawn at each step.
        """
        check_arguments(n=n, temperature=temperature, seed=seed, qpm=qpm)
        z = np.random.default_rng(seed).standard_normal((1 if same_z else n, self.z_size), np.float32)
        z = np.repeat(z, n // len(z), axis=0)
        return self.decode(z, temperature=temperature, seed=seed, qpm=qpm, controls=controls)

    def interpolate(
        self,
        start: NoteSequence,
        end: NoteSequence,
        *,
        num_steps: int = 11,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[NoteSequence]:
        """Returns `num_steps` pieces along the arc from `start` to `end`, both ends (reconstructed) included.

        Controls (chords, hits) and the metre are those of `start`.

        Raises:
          UserError: if `num_steps` is below 2 or an input is too long.
        """
        check_arguments(num_steps=num_steps, temperature=temperature, seed=seed, qpm=qpm)
        arrays = self.arrays([start, end])
        first, last = self.encode_arrays(arrays).mu
        path = np.stack([slerp(first, last, t) for t in np.linspace(0, 1, num_steps)])
        pieces = self.decode(path, temperature=temperature, seed=seed, qpm=qpm, controls=arrays[:1])
        return [self.config.converter.keep_metre(piece, start) for piece in pieces]

    def reconstruct(
        self,
        sequences: Sequence[NoteSequence],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[NoteSequence]:
        """Returns each sequence as decoded from its posterior mean, in its own metre."""
        check_arguments(temperature=temperature, seed=seed, qpm=qpm)
        sequences = as_list(sequences)
        arrays = self.arrays(sequences)
        z = self.encode_arrays(arrays).mu
        again = self.decode(z, temperature=temperature, seed=seed, qpm=qpm, controls=arrays)
        keep = self.config.converter.keep_metre
        return [keep(piece, source) for piece, source in zip(again, sequences, strict=True)]

    def encode_arrays(self, arrays: np.ndarray) -> Latents:
        """Returns the posteriors of examples [examples, *converter.shape].

        Raises:
          UserError: if they have another shape, or the model has no latent space.
        """
        if not self.config.hparams.conditional:
            raise UserError(f"{self.config.name} was trained with conditional=False: it has no latent space")
        arrays = self._examples(arrays)
        try:
            chunks = in_batches(lambda chunk, _: self._encode(tf.constant(chunk)), arrays)
            return Latents(*(np.concatenate(parts) for parts in zip(*chunks, strict=True)))
        except tf.errors.InvalidArgumentError as error:  # of a look-up in a table
            raise UserError("arrays hold numbers that are no events of this model") from error

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
        check_finite(z=z)
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.z_size:
            raise UserError(f"z must have the shape [examples, {self.z_size}] (received {list(z.shape)})")
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

    def step_probabilities(self, arrays: np.ndarray, *, inputs: np.ndarray | None = None) -> np.ndarray:
        """Probability of each step of examples, teacher-forced from a posterior mean: [examples, time].

        For grooves, whose velocities and offsets have no probability, exp of minus the step's loss. 1 where
        an example or a segment of it is over.

        Args:
          arrays: the examples, [examples, ...].
          inputs: the examples that the encoder reads, [examples, ...]; None: `arrays`.
        """
        arrays = self._examples(arrays)
        inputs = arrays if inputs is None else self._examples(inputs)
        if len(inputs) != len(arrays):
            raise UserError(f"there must be as many inputs as arrays, {len(arrays)} (received {len(inputs)})")

        def probability(chunk: np.ndarray, start: int) -> list[tf.Tensor]:
            source = padded(inputs[start : start + len(chunk)], len(chunk))
            return [self._probability(tf.constant(chunk), tf.constant(source))]

        return np.concatenate([chunk[0] for chunk in in_batches(probability, arrays)])

    def arrays(self, sequences: Sequence[NoteSequence]) -> np.ndarray:
        """Sequences of at most the model's length as examples [sequences, *converter.shape].

        Warns of notes that are left out because the model cannot represent them.

        Raises:
          UserError: if one is longer, in another metre, without a note that the model can represent, or
            no NoteSequence.
        """
        sequences = as_list(sequences)
        converter = self.config.converter
        left_out: collections.Counter[str] = collections.Counter()
        arrays = [converter.encode_whole(sequence, left_out=left_out) for sequence in sequences]
        if left_out:
            warnings.warn(f"notes that the model cannot represent: {in_words(left_out)}", stacklevel=3)
        return np.array(arrays, converter.dtype).reshape(-1, *converter.shape)

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

    def _examples(self, arrays: Any) -> np.ndarray:
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


def as_list(sequences: Any) -> list[NoteSequence]:
    """The sequences as a list. Raises UserError unless they are NoteSequences, or pieces, in a list."""
    one = isinstance(sequences, str | os.PathLike | NoteSequence) or not isinstance(sequences, Iterable)
    listed = [sequences] if one else list(sequences)
    odd = listed if one else [music for music in listed if not isinstance(music, NoteSequence | Piece)]
    if odd:
        received = "one NoteSequence" if isinstance(odd[0], NoteSequence) else shortened(repr(odd[0]), 60)
        raise UserError(
            f"music must be a list of NoteSequences (received {received}); `collect` reads files and folders"
        )
    return listed


def require_model(base: Any) -> None:
    """Raises UserError unless it is a loaded model."""
    if not isinstance(base, TrainedModel):
        raise UserError(
            f"the base must be a model, as base_vae.load gives it (received {shortened(repr(base), 60)})"
        )
