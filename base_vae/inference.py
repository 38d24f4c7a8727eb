"""A trained MusicVAE on NoteSequences: encode, decode, sample, interpolate, reconstruct."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from note_seq.protobuf import music_pb2

from base_vae.errors import UserError
from base_vae.model import MusicVAE
from base_vae.piece import DEFAULT_QPM
from base_vae.presets import Config

# Batches are padded to one of these sizes, so that each function is compiled once for each of them.
_BATCH_SIZES = (8, 32, 128, 512)


class Latents(NamedTuple):
    """Posterior mean and standard deviation, each float32 [examples, z_size]."""

    mu: np.ndarray
    sigma: np.ndarray


def check_temperature(temperature: float) -> None:
    """Raises UserError unless `temperature` is a number from 0 on."""
    if not temperature >= 0:
        raise UserError(f"the temperature must be 0 or more (received {temperature}); 0.5 is a good start")


def check_count(n: int) -> None:
    """Raises UserError unless `n` pieces can be made."""
    if n < 1:
        raise UserError(f"the number of pieces must be at least 1 (received {n})")


def check_steps(steps: int) -> None:
    """Raises UserError unless an interpolation can have so many `steps`."""
    if steps < 2:
        raise UserError(f"an interpolation needs at least 2 steps, its two ends (received {steps})")


class TrainedModel:
    """A MusicVAE with its converter, ready for use.

    Args:
      model: with trained weights.
      config: what the model is.
      source: the name or path that it was loaded by, to be found again.
    """

    def __init__(self, model: MusicVAE, config: Config, source: str = ""):
        self.model, self.config, self.source = model, config, source
        self._encode = tf.function(lambda ids: tuple(model.encode(ids)))
        self._decode = tf.function(
            lambda z, temperature, seed: (
                model.decoder.generate(z, config.hparams.max_seq_len, temperature, seed).ids
            )
        )

    @property
    def z_size(self) -> int:
        """Size of the latent space."""
        return self.config.hparams.z_size

    def encode(self, sequences: Sequence[music_pb2.NoteSequence]) -> Latents:
        """Posterior of each sequence, which may be as long as the model at most (silence fills it up).

        Raises:
          UserError: if one is longer: `config.converter.extract` gives every example in it.
        """
        converter = self.config.converter
        arrays = [converter.encode_whole(sequence) for sequence in sequences]
        return self.encode_arrays(np.array(arrays, np.uint8).reshape(-1, converter.steps))

    def decode(
        self, z: np.ndarray, temperature: float = 0.0, seed: int = 0, qpm: float = DEFAULT_QPM
    ) -> list[music_pb2.NoteSequence]:
        """Music of each row of `z`, float [examples, z_size].

        Args:
          z: latent vectors.
          temperature: 0 takes the likeliest note each time, 1 follows the model's probabilities.
          seed: the same seed gives the same music.
          qpm: tempo of the result in quarters a minute.
        """
        return [self.config.converter.decode(ids, qpm) for ids in self.decode_arrays(z, temperature, seed)]

    def sample(
        self, n: int, temperature: float = 0.5, seed: int = 0, qpm: float = DEFAULT_QPM
    ) -> list[music_pb2.NoteSequence]:
        """`n` new pieces of music, from the prior N(0, I); see `decode`."""
        check_count(n)
        z = np.random.default_rng(seed).standard_normal((n, self.z_size), np.float32)
        return self.decode(z, temperature, seed, qpm)

    def interpolate(
        self,
        start: music_pb2.NoteSequence,
        end: music_pb2.NoteSequence,
        steps: int = 11,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[music_pb2.NoteSequence]:
        """`steps` pieces along the arc from `start` to `end`, both ends (reconstructed) included.

        Raises:
          UserError: if `steps` is below 2 or an input is too long.
        """
        check_steps(steps)
        first, last = self.encode([start, end]).mu
        path = np.stack([slerp(first, last, t) for t in np.linspace(0, 1, steps)])
        return self.decode(path, temperature, seed, qpm)

    def reconstruct(
        self,
        sequences: Sequence[music_pb2.NoteSequence],
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[music_pb2.NoteSequence]:
        """Each sequence after a journey through the latent space: decoded from its posterior mean."""
        return self.decode(self.encode(sequences).mu, temperature, seed, qpm)

    def encode_arrays(self, ids: np.ndarray) -> Latents:
        """Posteriors of uint8 ids [examples, steps]."""
        chunks = _in_batches(lambda chunk, _: self._encode(tf.constant(chunk, tf.int32)), ids)
        return Latents(*(np.concatenate(parts) for parts in zip(*chunks, strict=True)))

    def decode_arrays(self, z: np.ndarray, temperature: float = 0.0, seed: int = 0) -> np.ndarray:
        """Ids uint8 [examples, steps], canonical, of latent vectors [examples, z_size]."""
        check_temperature(temperature)
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.z_size:
            raise UserError(f"z must have the shape [examples, {self.z_size}] (received {list(z.shape)})")
        heat = tf.constant(temperature, tf.float32)
        chunks = _in_batches(
            lambda chunk, start: [self._decode(tf.constant(chunk), heat, tf.constant([seed, start]))], z
        )
        ids = np.concatenate([chunk[0] for chunk in chunks]).astype(np.uint8)
        return np.stack([self.config.converter.canonical(row) for row in ids])


def slerp(start: np.ndarray, end: np.ndarray, t: float) -> np.ndarray:
    """The point at fraction `t` of the great arc between two vectors (Shoemake 1985; White 2016, 2.1).

    A straight line where the two point the same way, or one of them nowhere.
    """
    lengths = np.linalg.norm(start) * np.linalg.norm(end)
    cosine = np.clip(np.dot(start, end) / lengths, -1.0, 1.0) if lengths > 0 else 1.0
    omega = np.arccos(cosine)
    if np.sin(omega) < 1e-6:
        return ((1.0 - t) * start + t * end).astype(start.dtype)
    weights = np.sin((1.0 - t) * omega) / np.sin(omega), np.sin(t * omega) / np.sin(omega)
    return (weights[0] * start + weights[1] * end).astype(start.dtype)


def _in_batches(function: Callable, rows: np.ndarray) -> list[list[np.ndarray]]:
    """Applies `function(chunk, start)` to padded chunks of `rows`; returns its results without padding."""
    if not len(rows):
        raise UserError("there is nothing to work on: no sequence was given")
    results = []
    for start in range(0, len(rows), _BATCH_SIZES[-1]):
        chunk = rows[start : start + _BATCH_SIZES[-1]]
        size = next(size for size in _BATCH_SIZES if size >= len(chunk))
        padded = np.concatenate([chunk, np.zeros((size - len(chunk), *rows.shape[1:]), rows.dtype)])
        results.append([np.asarray(result)[: len(chunk)] for result in function(padded, start)])
    return results
