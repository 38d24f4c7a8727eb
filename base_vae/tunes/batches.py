"""Stretches of songs for training: where they lie, what is known of them, and what is given."""

import numpy as np

from base_vae.tunes.corpus import AttributeScale, Corpus
from base_vae.tunes.denoiser import LONGEST, Context
from base_vae.tunes.latent_space import LatentSpace

FARTHEST = 16
_GIVEN = 0.7  # how often each condition is given in training


def same_matrix(labels: np.ndarray, varied: np.ndarray) -> np.ndarray:
    """How segments go together, int32 [..., segments, segments].

    Args:
      labels: [..., segments]; negative ones are like no other.
      varied: whether a segment is a varied return, [..., segments].

    Returns:
      1 where two segments are the same, 2 where one of them is a varied return, 0 elsewhere.
    """
    equal = (labels[..., :, np.newaxis] == labels[..., np.newaxis, :]) & (labels[..., np.newaxis] >= 0)
    different = varied[..., :, np.newaxis] | varied[..., np.newaxis, :]
    return np.where(equal, 1 + different, 0).astype(np.int32)


def places(start: np.ndarray, length: np.ndarray, segments: int) -> tuple[np.ndarray, np.ndarray]:
    """Segments to the beginning and to the end of tunes, int32 [batch, segments], at most 16.

    Args:
      start: number of the first segment of each stretch in its tune, [batch].
      length: segments of each tune, [batch].
      segments: of a stretch.
    """
    at = start[:, np.newaxis] + np.arange(segments)
    to_end = np.clip(length[:, np.newaxis] - 1 - at, 0, FARTHEST)
    return np.minimum(at, FARTHEST).astype(np.int32), to_end.astype(np.int32)


class Batches:
    """Random stretches of a corpus, the smaller kinds of music more often than by their numbers.

    Args:
      corpus: the songs.
      space: the directions of the model.
      scale: of the attributes.
      seed: of every draw.
    """

    def __init__(self, corpus: Corpus, space: LatentSpace, scale: AttributeScale, seed: int):
        self.corpus = corpus
        self.latents = space.inward(corpus.latents.astype(np.float32))
        self.attributes = scale.standard(corpus.attributes)
        weights = np.sqrt(np.diff(corpus.starts) / np.bincount(corpus.kind)[corpus.kind])
        self.weights = weights / weights.sum()
        self.rng = np.random.default_rng(seed)

    def __call__(self, size: int) -> tuple[np.ndarray, Context]:
        """Clean latents [size, LONGEST, directions], zeros where a tune is over, and their context."""
        corpus, rng = self.corpus, self.rng
        song = rng.choice(len(corpus), size, p=self.weights)
        length = np.diff(corpus.starts)[song]
        # Half of the stretches begin with a section, as tunes do when they are made.
        slack = np.maximum(length - LONGEST, 0)
        start = (rng.random(size) * (slack + 1)).astype(np.int64)
        start = np.where(rng.random(size) < 0.5, start // 4 * 4, start)
        at = start[:, np.newaxis] + np.arange(LONGEST)
        exists = at < length[:, np.newaxis]
        rows = corpus.starts[song][:, np.newaxis] + np.where(exists, at, 0)
        x = self.latents[rows] * exists[..., np.newaxis]
        is_known = known_parts(exists, rng)
        values = np.nan_to_num(self.attributes[rows]) * exists[..., np.newaxis]
        has_attributes = exists & (rng.random((size, 1)) < 0.5) & (rng.random((size, LONGEST)) < _GIVEN)
        labels = np.where(exists, corpus.labels[rows], -1)
        same = same_matrix(labels, corpus.varied[rows]) * self._given(size)[:, np.newaxis, np.newaxis]
        ways = places(start, length, LONGEST)
        from_start, to_end = (np.where(self._given(size)[:, np.newaxis], way, -1) for way in ways)
        context = Context(
            known=x * is_known[..., np.newaxis],
            is_known=is_known.astype(np.float32),
            exists=exists.astype(np.float32),
            from_start=from_start.astype(np.int32),
            to_end=to_end.astype(np.int32),
            attributes=(values * has_attributes[..., np.newaxis]).astype(np.float32),
            has_attributes=has_attributes.astype(np.float32),
            same=same.astype(np.int32),
            kind=np.where(self._given(size), corpus.kind[song], -1).astype(np.int32),
        )
        return x.astype(np.float32), context

    def _given(self, size: int) -> np.ndarray:
        return self.rng.random(size) < _GIVEN


def known_parts(exists: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A mask of known segments, bool [batch, segments]: none, a beginning, both sides, or some."""
    size, segments = exists.shape
    cuts = np.sort(rng.integers(0, segments + 1, (size, 2)), 1)
    at = np.arange(segments)
    before, after = at < cuts[:, :1], at >= cuts[:, 1:]
    some = rng.random((size, segments)) < rng.random((size, 1))
    case = rng.choice(4, (size, 1), p=[0.4, 0.2, 0.25, 0.15])
    return exists & np.select([case == 1, case == 2, case == 3], [before, before | after, some], False)
