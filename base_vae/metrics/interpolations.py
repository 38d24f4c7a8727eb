"""How smoothly a model goes from one piece to another, beside a mix of the two pieces themselves."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.metrics.differences import hamming_distance
from base_vae.ranges import check_arguments

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel


@dataclasses.dataclass(frozen=True)
class Paths:
    """Ways from starts to ends, and how far from both each of their points is.

    The distance is the share of steps that differ (`differences.hamming_distance`) from the music itself, not
    from its reconstruction.

    Attributes:
      alphas: fractions of the way, [points], 0 and 1 included.
      latent: examples decoded on the great arc between the posterior means, [pairs, points, *shape].
      mixed: the baseline: each step is that of the end with probability alpha, else that of the start,
        [pairs, points, *shape].
      latent_distances, mixed_distances: to the start and to the end, [pairs, points, 2].
    """

    alphas: np.ndarray
    latent: np.ndarray
    mixed: np.ndarray
    latent_distances: np.ndarray
    mixed_distances: np.ndarray


def mix(start: np.ndarray, end: np.ndarray, alphas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two examples mixed in data space: a coin for each row decides which of them it is taken from.

    The baseline of Roberts et al. 2018 (arXiv:1803.05428), section 5.3: a Bernoulli variable of parameter
    alpha at each step.

    Args:
      start, end: examples [rows, ...].
      alphas: probabilities of the end, [points].
      rng: one draw for each row of each point.

    Returns:
      [points, rows, ...], not made canonical.
    """
    from_end = rng.random((len(alphas), len(start))) < np.asarray(alphas)[:, np.newaxis]
    return np.where(from_end.reshape(*from_end.shape, *[1] * (start.ndim - 1)), end, start)


def interpolation_paths(
    model: "TrainedModel", starts: np.ndarray, ends: np.ndarray, *, seed: int = 0, num_steps: int = 11
) -> Paths:
    """Ways between pairs of examples, greedy.

    Args:
      model: encodes and decodes.
      starts, ends: canonical examples, [pairs, *shape] each; controls are those of the start.
      seed: of the mixes.
      num_steps: points on each way, both ends included.
    """
    from base_vae.model.interpolation import slerp  # needs TensorFlow, as the model does

    check_arguments(seed=seed, num_steps=num_steps)
    converter, alphas = model.config.converter, np.linspace(0.0, 1.0, num_steps)
    first, last = model.encode_arrays(starts).mu, model.encode_arrays(ends).mu
    arcs = np.array([[slerp(a, b, t) for t in alphas] for a, b in zip(first, last, strict=True)])
    controls = np.repeat(starts, num_steps, axis=0)
    decoded = model.decode_arrays(arcs.reshape(-1, model.z_size), controls=controls)
    latent = decoded.reshape(len(starts), num_steps, *decoded.shape[1:])
    rng = np.random.default_rng(seed)
    mixed = np.array([mix(a, b, alphas, rng) for a, b in zip(starts, ends, strict=True)])

    def distances(paths: np.ndarray) -> np.ndarray:
        both = (hamming_distance(paths, np.asarray(end)[:, np.newaxis], converter) for end in (starts, ends))
        return np.stack(list(both), -1)

    return Paths(alphas, latent, mixed, distances(latent), distances(mixed))


def random_pairs(n: int, pairs: int, seed: int) -> np.ndarray:
    """`pairs` draws of two different numbers below `n`, int64 [pairs, 2]; `n` is at least 2."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, n, pairs)
    return np.stack([first, (first + rng.integers(1, n, pairs)) % n], 1)
