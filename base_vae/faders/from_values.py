"""New music that has given values: the search of the faders, begun at samples of the prior."""

import numpy as np

from base_vae.faders.directions import find_directions
from base_vae.faders.fading import Changes
from base_vae.faders.request import requests_of, require, targets
from base_vae.faders.search import Origin, Price, measure, search
from base_vae.latent_prior import LatentPrior
from base_vae.ranges import check_arguments
from base_vae.trained_model import TrainedModel

_POOL = 64  # samples of the prior, of which the nearest to what is asked is where a search begins
_ALIKE = 0.8  # cosine of the latents of a piece's segments
# There is no tune that has to stay: what is near the sample counts little, so that the music stays likely.
_PRICE = Price(side=0.05, sides=0.02, changed=0.1)


def generate_arrays(
    model: TrainedModel,
    n: int,
    values: Changes | None,
    *,
    seed: int = 0,
    segments: int = 1,
) -> np.ndarray:
    """New examples [n, segments, *converter.shape] with given values.

    Args:
      model: plays them.
      n: pieces.
      values: such as `"density=8"` or `"density=4@1-8,8@9-16"`; see `fade`. A change is from the samples that
        the search begins at.
      seed: the same seed gives the same music.
      segments: examples that follow each other in a piece, and belong together.

    Raises:
      UserError: for unknown attributes or numbers that are not finite.
    """
    check_arguments(n=n, seed=seed)
    requests, directions = requests_of(values), find_directions(model)
    require(requests, directions.names)
    converter, pieces = model.config.converter, []
    for piece in range(n):
        rng = np.random.default_rng([seed, piece])
        z = related_latents(model.prior, _POOL, segments, rng)
        pool = model.decode_arrays(z.reshape(-1, model.z_size))
        before = measure(pool, converter, directions).reshape(_POOL, segments, -1)
        wanted = np.stack([targets(requests, rows, directions, converter.bars) for rows in before])
        off = np.abs(before - wanted) / directions.spreads
        off = np.where(np.isnan(wanted), 0.0, np.nan_to_num(off, nan=3.0)).sum((1, 2))
        best = int(off.argmin())
        arrays = pool.reshape(_POOL, segments, *pool.shape[1:])[best]
        posterior = model.encode_arrays(arrays)
        origins = [
            Origin(*each) for each in zip(arrays, posterior.mu, posterior.sigma, before[best], strict=True)
        ]
        found = search(model, origins, wanted[best], directions, keep=0.0, seed=seed, price=_PRICE)
        pieces.append(np.stack([candidates.arrays[0] for candidates in found]))
    return np.stack(pieces)


def related_latents(prior: LatentPrior, n: int, segments: int, rng: np.random.Generator) -> np.ndarray:
    """Latents of a prior, float32 [n, segments, z_size]; those of a piece are variations of its first."""
    noise = rng.standard_normal((n, segments, len(prior.mean)), np.float32)
    noise[:, 1:] = _ALIKE * noise[:, :1] + np.float32(np.sqrt(1 - _ALIKE**2)) * noise[:, 1:]
    return prior.of_noise(noise)
