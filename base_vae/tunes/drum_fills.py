"""Fills at the ends of sections of drumming, between two that the drummer's own songs have."""

import numpy as np

from base_vae.converters import DrumsConverter
from base_vae.converters.drums.maps import classes_of, first_pitches
from base_vae.model.interpolation import slerp
from base_vae.trained_model import TrainedModel
from base_vae.tunes.songbook import SECTION, Songbook

_FILLING = (1, 4, 5, 6)  # snare and toms, of the reduced map
_LEAST = 3  # hits of them in the last half of a bar


def with_fills(
    base: TrainedModel,
    tunes: np.ndarray,
    book: Songbook,
    rng: np.random.Generator,
    *,
    temperature: float,
    seed: int,
) -> np.ndarray:
    """Tunes [batch, segments, *shape] whose sections end with a bar that goes from beat to fill.

    Other music than drum patterns stays as it is, and so does drumming like songs without fills.

    Args:
      base: encodes and decodes.
      tunes: like the songs.
      book: of the songs, whose fills new ones lie between.
      rng: chooses fills.
      temperature, seed: of the decoder.
    """
    converter = base.config.converter
    if not isinstance(converter, DrumsConverter):
        return tunes
    known = np.concatenate([song.segments for song in book.songs])
    theirs = np.concatenate(book.latents)[filling(known, converter)]
    if not len(theirs):
        return tunes
    size = tunes.shape[1]
    ends = sorted({*range(SECTION - 1, size, SECTION), size - 1})
    pairs = theirs[rng.integers(len(theirs), size=(len(tunes) * len(ends), 2))]
    z = np.stack([slerp(one, other, 0.5) for one, other in pairs])
    fills = base.decode_arrays(z, temperature=temperature, seed=seed)
    tunes = tunes.copy()
    tunes[:, ends, -converter.bar :] = fills.reshape(len(tunes), -1, *fills.shape[1:])[:, :, -converter.bar :]
    return tunes


def filling(segments: np.ndarray, converter: DrumsConverter) -> np.ndarray:
    """Whether drum patterns end with a fill, bool [segments]: more snare and toms in their last half bar."""
    pitches = first_pitches(converter.pitch_classes)
    drums = np.isin(classes_of(pitches, np.ones(len(pitches), bool), "REDUCED"), _FILLING)
    half = converter.bar // 2
    hits = segments[..., drums].sum(-1)
    end = hits[:, -half:].sum(-1)
    usual = hits.reshape(len(segments), -1, half).sum(-1).mean(-1)
    return (end >= _LEAST) & (end > usual + 1)
