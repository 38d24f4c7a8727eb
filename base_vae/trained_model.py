"""A trained MusicVAE on NoteSequences: encode, decode, sample, interpolate, reconstruct."""

import collections
import functools
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from base_vae.arguments import checked
from base_vae.array_model import ArrayModel, Latents
from base_vae.attributes import AttributeVectors
from base_vae.checkpoints import model_folder
from base_vae.checkpoints.magenta_js import folder as magenta_js
from base_vae.configs.config import Config
from base_vae.converters import without_limits
from base_vae.converters.left_out import in_words
from base_vae.data.collection import Collection, Music, collect_music
from base_vae.errors import UserError, shortened
from base_vae.latent_prior import LatentPrior
from base_vae.model.interpolation import slerp
from base_vae.model.music_vae import MusicVAE
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM, as_list
from base_vae.ranges import check_arguments, wrong_value
from base_vae.readers.limits import DEFAULT_LIMITS, Limits

_SMALL_UNITS = 512


class TrainedModel(ArrayModel):
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
      folder: the folder that it was loaded from, which may hold attribute vectors and a fitted prior.
    """

    def __init__(self, model: MusicVAE, config: Config, source: str = "", folder: Path | None = None):
        super().__init__(model, config)
        self.source, self.folder = source, folder

    def __repr__(self) -> str:
        return f"<TrainedModel {self.source or self.config.name}: {self.config.description}>"

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

    @functools.cached_property
    def prior(self) -> LatentPrior:
        """What samples are drawn from: the prior that was fitted and saved with the model, or N(0, I)."""
        return LatentPrior.of_model(self.folder, self.z_size)

    @checked
    def fit_prior(self, music: Music, *, limits: Limits = DEFAULT_LIMITS) -> None:
        """Fits the prior to music, so that samples are more like it; `save` keeps it.

        Args:
          music: as for `collect`: the training music, or plenty of what samples should be like.
          limits: how large files and pieces may be.

        Raises:
          UserError: if nothing in it can be used, with the report.
        """
        examples = np.asarray(self.collect(music, limits=limits).examples)
        self.prior = LatentPrior.of_posteriors(*self.encode_arrays(examples))

    @checked
    def collect(self, music: Music, *, limits: Limits = DEFAULT_LIMITS) -> Collection:
        """The distinct examples in `music`, as the model reads it, and a report of what became of each file.

        Args:
          music: files or folders of MIDI, ABC or MusicXML, or NoteSequences.
          limits: how large files and pieces may be.

        Raises:
          UserError: if nothing in it can be used, with the report.
        """
        return collect_music(music, without_limits(self.config.converter.in_use), limits=limits)

    @checked
    def save(self, path: str | os.PathLike, *, card: str = "") -> None:
        """Writes a new model folder, which `base_vae.load` takes, whole or not at all.

        Attribute vectors and a fitted prior go along.

        Args:
          path: the folder.
          card: Markdown for its README: data, licence, figures; "" keeps the present one.

        Raises:
          UserError: if the folder exists already or cannot be written.
        """
        if not card and self.folder is not None:
            card = model_folder.read_card(self.folder).removeprefix(self.config.description).strip()
        prior = None if self.prior.is_standard else self.prior
        model_folder.save(self.model, self.config, path, card, vectors=self._vectors(), prior=prior)

    @checked
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

    @checked
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

    @checked
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
        """Returns `n` new pieces of music, from the prior: N(0, I), or the fitted one; see `decode`.

        Args:
          n: number of pieces.
          temperature, seed, qpm, controls: as for `decode`.
          same_z: all pieces share one latent vector, and differ by what is drawn at each step.
        """
        check_arguments(n=n, temperature=temperature, seed=seed, qpm=qpm)
        z = self.prior.draw(1 if same_z else n, seed)
        z = np.repeat(z, n // len(z), axis=0)
        return self.decode(z, temperature=temperature, seed=seed, qpm=qpm, controls=controls)

    def interpolate(
        self,
        start: NoteSequence,
        end: NoteSequence,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        num_steps: int = 11,
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
        return self.config.converter.keep_metres(pieces, [start] * num_steps)

    def reconstruct(
        self,
        sequences: Sequence[NoteSequence],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[NoteSequence]:
        """Returns each sequence as decoded from its posterior mean, in its own metre."""
        return self.remake(sequences, lambda z: z, temperature=temperature, seed=seed, qpm=qpm)

    def remake(
        self,
        sequences: Sequence[NoteSequence],
        change: Callable[[np.ndarray], np.ndarray],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[NoteSequence]:
        """Returns each sequence as decoded from its changed latent, under its own controls and in its metre.

        Args:
          sequences: of at most the model's length.
          change: from posterior means [sequences, z_size] to latents of the same shape.
          temperature, seed, qpm: as for `decode`.
        """
        check_arguments(temperature=temperature, seed=seed, qpm=qpm)
        if not callable(change):
            raise UserError(wrong_value("change", "a function", change))
        sequences = as_list(sequences)
        arrays = self.arrays(sequences)
        z = change(self.encode_arrays(arrays).mu)
        again = self.decode(z, temperature=temperature, seed=seed, qpm=qpm, controls=arrays)
        return self.config.converter.keep_metres(again, sequences)

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


def require_model(base: Any) -> None:
    """Raises UserError unless it is a loaded model."""
    if not isinstance(base, TrainedModel):
        raise UserError(
            f"the base must be a model, as base_vae.load gives it (received {shortened(repr(base), 60)})"
        )
