"""Attribute vectors chosen by listening to what the decoder makes of them.

A difference of means (`compute_vectors`) leads from music with little of an attribute to music with much of
it. Where the attribute goes with another one in the music (in piano music, wide leaps with low notes), the
vector leads to that one too, and not every piece changes as it should. The way to the music with most of an
attribute and the way from the music with least of it are seldom the same, and one of them can be the better
guide in both directions: here they are mixed as works best in decoded music.
"""

import dataclasses
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from base_vae.attributes.evaluation import spearman
from base_vae.attributes.registry import get_attributes, measure_arrays
from base_vae.attributes.vectors import AttributeVectors, most_and_least

if TYPE_CHECKING:
    from base_vae.inference import TrainedModel

_SHARE = 0.05  # of the music: what counts as most and least
_ANGLES = np.radians(np.linspace(0.0, 90.0, 10))  # 0: the way to the most alone; 90: from the least
_LENGTHS = (0.5, 0.75, 1.0)  # L, in mean lengths of a latent
_AMOUNTS = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
_KEPT = 0.5  # what a step that stays counts against a right sign


def tune(
    model: "TrainedModel",
    vectors: AttributeVectors,
    examples: np.ndarray,
    latents: np.ndarray,
    values: np.ndarray,
    pieces: int = 256,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> AttributeVectors:
    """For each attribute the best of some vectors, as decoded pieces have it.

    The candidates are L (cos(a) m - sin(a) l), for ten angles a from 0 to 90 degrees and L a half, three
    quarters and all of the mean length of the music's latents; and the vector as it was. m and l are the unit
    vectors from the mean latent to that of the twentieth of the examples with most of the attribute, and with
    least.

    Each candidate is added to and subtracted from the same pieces, of which half are drawn from the prior and
    half from the examples. It is as good as it does in the worse half, which counts the share of the pieces
    that change as they should (added or subtracted, whichever is worse), the rank correlation of amount and
    attribute, and half the share of the steps that stay.

    Args:
      model: decodes.
      vectors: of `compute_vectors`.
      examples: that those were computed from, [examples, ...]; also the chords and hits that pieces are told.
      latents: of the examples, [examples, z_size].
      values: of the attributes of `vectors` in the examples, [examples, attributes].
      pieces: to judge each vector by.
      seed: draws them. The same seed gives the same vectors.
      progress: told after each attribute how many are done, and how many there are.

    Returns:
      The vectors with their standard errors; counts and thresholds are those of the quartiles still.
    """
    tuned, errors = vectors.vectors.copy(), vectors.standard_errors.copy()
    lengths = np.linalg.norm(latents, axis=1).mean() * np.array(_LENGTHS)
    for row, (name, column) in enumerate(zip(vectors, values.T, strict=True)):
        ways, spread = _ways(np.asarray(latents, np.float64), column)
        mixes = [(length * np.cos(a), -length * np.sin(a)) for length in lengths for a in _ANGLES]
        candidates = np.concatenate([vectors[name][np.newaxis], mixes @ ways]).astype(np.float32)
        rng = np.random.default_rng([seed, row])
        best = np.argmax(_scores(model, name, candidates, examples, latents, pieces, rng))
        if best > 0:
            tuned[row], errors[row] = candidates[best], np.linalg.norm(mixes[best - 1] * spread)
        if progress:
            progress(row + 1, len(vectors))
    return dataclasses.replace(vectors, vectors=tuned, standard_errors=errors)


def _ways(latents: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors to the most and to the least of an attribute, [2, z_size], and their standard errors."""
    groups = [latents[group] for group in most_and_least(values, _SHARE)]
    ways = np.array([group.mean(0) for group in groups]) - latents.mean(0)
    lengths = np.maximum(np.linalg.norm(ways, axis=1), np.finfo(np.float64).tiny)
    errors = np.array([np.sqrt(np.sum(group.var(0)) / len(group)) for group in groups])
    return ways / lengths[:, np.newaxis], errors / lengths


def _scores(
    model: "TrainedModel",
    name: str,
    candidates: np.ndarray,
    examples: np.ndarray,
    latents: np.ndarray,
    pieces: int,
    rng: np.random.Generator,
) -> list[float]:
    """How well each of the vectors `candidates` [n, z_size] does its work."""
    chosen = rng.integers(len(examples), size=pieces)
    drawn = rng.standard_normal((pieces // 2, latents.shape[1]), np.float32)
    z, like = np.concatenate([drawn, latents[chosen[len(drawn) :]]]), examples[chosen]
    halves = np.split(np.arange(pieces), [len(drawn)])

    def hear(moved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        music = model.decode_arrays(moved, like=like)
        return music, measure_arrays(music, model.config.converter, get_attributes([name]))[:, 0]

    unmoved, before = hear(z)
    scores = []
    for vector in candidates:
        heard = [(unmoved, before) if amount == 0 else hear(z + amount * vector) for amount in _AMOUNTS]
        ways = np.array([value for _, value in heard])
        kept = [music[half] == unmoved[half] for (music, _), half in itertools.product(heard[::4], halves)]
        kept = np.reshape([each.mean() for each in kept], (2, 2)).mean(0)
        scores.append(min(_score(ways[:, half]) + _KEPT * k for half, k in zip(halves, kept, strict=True)))
    return scores


def _score(ways: np.ndarray) -> float:
    """How well an attribute follows the amounts, of its values [amounts, pieces]; 2 at most."""
    before = ways[len(_AMOUNTS) // 2]
    right = min(np.mean(ways[-1] > before), np.mean(ways[0] < before))
    return right + float(np.mean([spearman(_AMOUNTS, way) for way in ways.T]))
