"""A personal model in use: sample, encode, decode, interpolate, reconstruct, turn the knobs."""

import dataclasses
import functools
import os
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from base_vae.arguments import checked
from base_vae.errors import UserError, shortened
from base_vae.faders.fading import Changes, fade
from base_vae.model.interpolation import slerp
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.ranges import check_arguments, check_finite, check_optional
from base_vae.trained_model import TrainedModel
from base_vae.tunes.loading import load as load_tunes
from base_vae.tunes.song import Song, usual_metre
from base_vae.tunes.tune_model import TuneModel
from small_vae.config import SmallConfig
from small_vae.controls import UserControls
from small_vae.knobs import KnobWeights
from small_vae.latents import PersonalLatents, as_knobs
from small_vae.mixture import Mixture, Source
from small_vae.model import SmallVAE

DEFAULT_VARIETY = 1.0
# A longer piece walks from one drawn latent to the next in this many segments.
_SEGMENTS_A_WALK = 4


@dataclasses.dataclass(frozen=True)
class PersonalModel:
    """A small VAE with the base model whose latents it knows.

    A piece is its knobs plus what they leave out, the residual: `encode` keeps it, the knobs move it,
    `interpolate` blends it. Knobs without a piece get that of a typical tune of the user's.

    Attributes:
      base: the MusicVAE below.
      model: the small VAE, trained.
      config: its named configuration.
      mixture: the aggregated posterior of the user's music.
      spread: a square root of the covariance of the residuals of the user's music, [z_size, z_size]: standard
        normal numbers times it are distributed like them.
      typical: the residual of the user's tune that is nearest to all knobs at 0, [z_size].
      card: Markdown: what was read and learned.
      controls: for a base with controls (chords, hits), those of the user's music, else None. New music gets
        the controls of one of the user's own pieces, which the seed chooses.
      songs: the user's songs as a whole, for tunes like them; none where they have no melody in the base's
        metre.
      weights: what the knobs do, where it was measured in training, else None; see `weigh_knobs`.
    """

    base: TrainedModel
    model: SmallVAE
    config: SmallConfig
    mixture: Mixture
    spread: np.ndarray
    typical: np.ndarray
    card: str
    controls: UserControls | None = None
    songs: tuple[Song, ...] = ()
    weights: KnobWeights | None = None

    @property
    def size(self) -> int:
        """Number of knobs: the size of the small latent space."""
        return self.config.hparams.encoded_z_size

    @property
    def qpm(self) -> float:
        """The tempo in the middle of those of the user's songs, quarters a minute; 120 without songs."""
        return float(np.median([song.qpm for song in self.songs])) if self.songs else DEFAULT_QPM

    @functools.cached_property
    def tunes(self) -> TuneModel:
        """The model of whole tunes like the user's songs: compose, continue, fill, vary, interpolate.

        Raises:
          UserError: if the songs are too little, or the base plays under chords or hits that it is given.
        """
        if self.controls is not None:
            raise UserError("whole tunes are made over a base that is given no chords or hits")
        if not self.songs:
            raise UserError("there are no whole songs in the base's metre in this personal model")
        return load_tunes(self.base).with_songs(self.songs)

    def __repr__(self) -> str:
        return f"PersonalModel({self.config.name!r}, {self.size} knobs, over {self.base.source or 'a base'})"

    @checked
    def sample(
        self,
        n: int,
        *,
        temperature: float = 0.5,
        seed: int = 0,
        num_bars: int | None = None,
        qpm: float = DEFAULT_QPM,
        source: Source = "mixture",
        variety: float = DEFAULT_VARIETY,
    ) -> list[NoteSequence]:
        """`n` new pieces in the style of the user's music.

        Args:
          n: number of pieces.
          temperature: of the base decoder; 0 takes the likeliest note each time.
          seed: the same seed gives the same music (on as many threads: `base_vae.make_deterministic`).
          num_bars: length of each piece; longer ones than the base's walk a smooth path through the small
            latent space, segment by segment. None: the base's own length.
          qpm: tempo in quarters a minute.
          source: draw small latents from the "mixture" of the user's music or from the "prior" N(0, I).
          variety: how much of the residual is drawn at random: 1 as the user's music has it; 0 nothing, and
            all pieces have that of the typical tune.

        Raises:
          UserError: for a value out of range.
        """
        check_arguments(n=n, temperature=temperature, seed=seed, qpm=qpm, variety=variety)
        check_optional(num_bars=num_bars)
        segments = self._segments(num_bars)
        anchors = 1 if segments == 1 else 2 + (segments - 2) // _SEGMENTS_A_WALK
        rng = np.random.default_rng(seed)
        drawn = self.draw(n * anchors, rng, source).reshape(-1, anchors, self.size)
        paths = np.array([_walk(points, segments) for points in drawn])
        return self._render(
            paths, rng, temperature=temperature, seed=seed, num_bars=num_bars, qpm=qpm, variety=variety
        )

    def play(
        self,
        knobs: Sequence[float],
        *,
        temperature: float = 0.5,
        seed: int = 0,
        num_bars: int | None = None,
        qpm: float = DEFAULT_QPM,
        n: int = 1,
        variety: float = DEFAULT_VARIETY,
    ) -> list[NoteSequence]:
        """`n` pieces at one place of the small latent space; see `sample` for the other arguments.

        Args:
          knobs: [size] numbers; most of the user's music lies within -2 and 2.

        Raises:
          UserError: for other knobs, or a value out of range.
        """
        check_arguments(n=n, temperature=temperature, seed=seed, qpm=qpm, variety=variety)
        check_optional(num_bars=num_bars)
        check_finite(knobs=knobs)
        place = np.asarray(knobs, np.float32)
        if place.shape != (self.size,):
            raise UserError(f"this model has {self.size} knobs (received {place.size} numbers)")
        paths = np.tile(place, (n, self._segments(num_bars), 1))
        rng = np.random.default_rng(seed)
        return self._render(
            paths, rng, temperature=temperature, seed=seed, num_bars=num_bars, qpm=qpm, variety=variety
        )

    @checked
    def draw(self, n: int, rng: np.random.Generator, source: Source = "mixture") -> np.ndarray:
        """`n` small latents [n, size] from the mixture or the prior."""
        check_arguments(n=n)
        if not isinstance(rng, np.random.Generator):
            raise UserError(f"`rng` must be a NumPy generator (received {shortened(repr(rng))})")
        return self.mixture.draw(n, rng, source)

    def encode(self, sequences: Sequence[NoteSequence]) -> PersonalLatents:
        """Knobs and residuals of `n` sequences of at most the base's length.

        `decode` gives them back as the base does; `decode(encode(tunes) + step)` is near them.
        """
        return self._small_latents(self.base.encode_arrays(self.base.arrays(sequences)).mu)

    def decode(
        self,
        latents: ArrayLike | PersonalLatents,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[NoteSequence]:
        """Music at given places of the small latent space.

        Args:
          latents: of `encode`, moved or not; or knobs alone [n, size], most of the user's music within -2 and
            2, which move the typical tune.
          temperature, seed, qpm: see `sample`.
        """
        check_arguments(temperature=temperature, seed=seed, qpm=qpm)
        z = self.decode_latents(latents)
        controls = self._controls(len(z), 1, seed)
        pieces = self.base.decode(z, temperature=temperature, seed=seed, qpm=qpm, controls=controls)
        return [self._in_metre(piece) for piece in pieces]

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
        """`num_steps` pieces from one to another, the first and the last as the base reconstructs the two.

        The knobs go in a straight line, the residuals along the arc (`trained_model.slerp`): the mean of two,
        far shorter than either, would give bland music. Controls (chords, hits) are those
        of `start`.
        """
        check_arguments(num_steps=num_steps, temperature=temperature, seed=seed, qpm=qpm)
        arrays = self.base.arrays([start, end])
        latents = self._small_latents(self.base.encode_arrays(arrays).mu)
        first, last = latents.residual
        residual = np.stack([slerp(first, last, t) for t in np.linspace(0, 1, num_steps)])
        z = self.decode_knobs(_walk(latents.mu, num_steps)) + residual
        pieces = self.base.decode(z, temperature=temperature, seed=seed, qpm=qpm, controls=arrays[:1])
        return self.base.config.converter.keep_metres(pieces, [start] * num_steps)

    def reconstruct(
        self,
        sequences: Sequence[NoteSequence],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
    ) -> list[NoteSequence]:
        """Each sequence as decoded from its knobs alone, without the residual, under its own controls."""
        return self.base.remake(
            sequences,
            lambda z: self.decode_knobs(self._small_latents(z).mu),
            temperature=temperature,
            seed=seed,
            qpm=qpm,
        )

    @checked
    def fade(
        self,
        sequences: Sequence[NoteSequence],
        changes: Changes | None = None,
        *,
        seed: int = 0,
        qpm: float | None = None,
        values: Mapping[str, float] | None = None,
        keep: float = 0.0,
    ) -> list[NoteSequence]:
        """Each sequence, of any length, with more or less of the named attributes; see `base_vae.fade`."""
        return fade(self.base, sequences, changes, values=values, keep=keep, seed=seed, qpm=qpm)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the personal model to a new folder, whole or not at all; see `small_vae.load`."""
        from small_vae.saving import save

        save(self, path)

    def decode_latents(self, latents: ArrayLike | PersonalLatents) -> np.ndarray:
        """Base latents [n, z_size] of places with their residuals, or of knobs with the typical one."""
        if isinstance(latents, PersonalLatents):
            return self.decode_knobs(latents.mu) + latents.residual
        return self.decode_knobs(latents) + self.typical

    def decode_knobs(self, knobs: ArrayLike) -> np.ndarray:
        """Base latents [n, z_size] of knobs [n, size] alone, without a residual."""
        knobs = as_knobs(knobs, self.size)
        z: np.ndarray = self.model.decode(tf.constant(knobs)).numpy()
        return z

    def _render(
        self,
        paths: np.ndarray,
        rng: np.random.Generator,
        *,
        temperature: float,
        seed: int,
        num_bars: int | None,
        qpm: float,
        variety: float,
    ) -> list[NoteSequence]:
        """Music of walks through the small latent space, [n, segments, size]."""
        n, segments, _ = paths.shape
        z = self.decode_knobs(paths.reshape(-1, self.size))
        # The residual is drawn once for a piece, so that its segments belong together.
        residual = variety * rng.standard_normal((n, len(self.spread))) @ self.spread
        residual += np.sqrt(max(1.0 - variety**2, 0.0)) * self.typical
        z += np.repeat(residual, segments, axis=0).astype(np.float32)
        controls = self._controls(n, segments, seed)
        arrays = self.base.decode_arrays(z, temperature=temperature, seed=seed, controls=controls)
        pieces = arrays.reshape(n, segments, *arrays.shape[1:])
        return [self._to_sequence(piece, num_bars, qpm) for piece in pieces]

    def _small_latents(self, z: np.ndarray) -> PersonalLatents:
        """Knobs and residuals of base latents [n, z_size]."""
        mu, sigma = (part.numpy() for part in self.model.encode(tf.constant(z)))
        return PersonalLatents(mu, sigma, z - self.decode_knobs(mu))

    def _controls(self, n: int, segments: int, seed: int) -> np.ndarray | None:
        """Examples [n * segments, ...] whose controls `n` pieces get."""
        return None if self.controls is None else self.controls.draw(n, segments, seed)

    def _segments(self, num_bars: int | None) -> int:
        return 1 if num_bars is None else -(-num_bars // self.base.config.converter.bars)

    def _to_sequence(self, segments: np.ndarray, num_bars: int | None, qpm: float) -> NoteSequence:
        """Music of segments [segments, *converter.shape], cut to `num_bars`."""
        converter = self.base.config.converter
        array = converter.join(segments)
        if num_bars is not None:
            array = converter.first_bars(array, num_bars)
        return self._in_metre(converter.decode(array, qpm=qpm))

    def _in_metre(self, sequence: NoteSequence) -> NoteSequence:
        """Writes the metre of most of the user's songs to new music, in place; returns it."""
        metre = usual_metre(self.songs)
        return self.base.config.converter.with_metre(sequence, metre) if metre else sequence


def _walk(points: np.ndarray, steps: int) -> np.ndarray:
    """`steps` points evenly along the straight lines through `points` [anchors, size], ends included."""
    at = np.linspace(0, len(points) - 1, steps)
    columns = [np.interp(at, np.arange(len(points)), column) for column in points.T]
    return np.stack(columns, 1).astype(np.float32)
