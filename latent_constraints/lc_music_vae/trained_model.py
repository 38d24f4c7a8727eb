"""A trained LCMusicVAE in use: sample, encode, decode, reconstruct, all through its own decoder."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from base_vae.arguments import checked
from base_vae.array_model import Latents
from base_vae.model.decoders import Prompt
from base_vae.model.layers.random_streams import RandomStream
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.ranges import check_arguments
from base_vae.trained_model import TrainedModel
from latent_constraints.lc_music_vae.config import LCConfig
from latent_constraints.lc_music_vae.model import LCMusicVAE
from small_vae.controls import UserControls
from small_vae.latents import as_knobs
from small_vae.mixture import Mixture, Source


@dataclasses.dataclass(frozen=True)
class LCModel:
    """An LCMusicVAE with the base whose latents it knows; the base encodes, and does not decode.

    Attributes:
      base: the MusicVAE below.
      model: the LCMusicVAE, trained.
      config: what it is.
      mixture: where the user's music lies in the small latent space.
      card: Markdown: what was read and learned.
      controls: for a base with controls (chords, hits), those of the user's music, else None.
    """

    base: TrainedModel
    model: LCMusicVAE
    config: LCConfig
    mixture: Mixture
    card: str
    controls: UserControls | None = None

    @property
    def size(self) -> int:
        """Size of the small latent space."""
        return self.config.hparams.z_size

    @checked
    def sample(
        self,
        n: int,
        *,
        temperature: float = 0.5,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        source: Source = "mixture",
    ) -> list[NoteSequence]:
        """`n` new pieces, each the length of the base.

        Args:
          n: number of pieces.
          temperature: of the small decoder; 0 takes the likeliest note each time.
          seed: the same seed gives the same music.
          qpm: tempo in quarters a minute.
          source: draw small latents from the "mixture" of the user's music or from the "prior" N(0, I).
        """
        check_arguments(n=n, temperature=temperature, seed=seed, qpm=qpm)
        drawn = self.mixture.draw(n, np.random.default_rng(seed), source)
        return self.decode(drawn, temperature=temperature, seed=seed, qpm=qpm)

    def encode(self, sequences: Sequence[NoteSequence]) -> Latents:
        """Small posterior (mean and standard deviation, each [n, size]) of sequences of the base's length."""
        mu, sigma = self.model.encode(tf.constant(self.base.encode(sequences).mu))
        return Latents(mu.numpy(), sigma.numpy())

    def decode(
        self, latents: np.ndarray, *, temperature: float = 0.0, seed: int = 0, qpm: float = DEFAULT_QPM
    ) -> list[NoteSequence]:
        """Music of small latents [n, size]; see `sample`."""
        check_arguments(qpm=qpm)
        converter = self.base.config.converter
        arrays = self.decode_arrays(latents, temperature=temperature, seed=seed)
        return [converter.decode(array, qpm=qpm) for array in arrays]

    def decode_arrays(self, latents: np.ndarray, *, temperature: float = 0.0, seed: int = 0) -> np.ndarray:
        """Canonical examples of the base's converter, [n, ...], of small latents [n, size]."""
        check_arguments(temperature=temperature, seed=seed)
        latents = as_knobs(latents, self.size)
        converter = self.base.config.converter
        space, controls, vectors = converter.spaces.controls, None, None
        if self.controls is not None and space is not None:
            arrays = tf.constant(self.controls.draw(len(latents), 1, seed))
            controls = np.asarray(self.base.tensors(arrays).controls)
            vectors = space.vectors(controls)
        values = _generate(self.model, tf.constant(latents), temperature, seed, vectors)
        return converter.all_canonical(converter.assemble(np.asarray(values), controls))

    def save(self, path: str) -> None:
        """Writes the model to a new folder, whole or not at all; see `lc_music_vae.loading.load`."""
        from latent_constraints.lc_music_vae.saving import save

        save(self, path)


@tf.function(autograph=False)
def _generate(
    model: LCMusicVAE, latents: tf.Tensor, temperature: float, seed: int, controls: tf.Tensor | None
) -> tf.Tensor:
    prompt = Prompt(model.hparams.max_seq_len, temperature, RandomStream(tf.stack([seed, 0])), controls)
    return model.generate(latents, prompt).values
