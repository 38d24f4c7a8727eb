"""Statistics of a model's posteriors, dimension by dimension of its latent space."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class PosteriorSummary:
    """Posteriors over some music against the prior N(0, 1), by latent dimension; each [z_size].

    Attributes:
      mean: of the posterior means over the music; the prior's is 0.
      spread: standard deviation of the posterior means over the music; 0 where nothing is encoded.
      sigma: mean posterior standard deviation; 1, the prior's, where nothing is encoded.
      kl_bits: mean KL divergence from the prior.
      active: whether the posterior means vary (`active_dimensions`).
      examples: number of pieces.
    """

    mean: np.ndarray
    spread: np.ndarray
    sigma: np.ndarray
    kl_bits: np.ndarray
    active: np.ndarray
    examples: int


def kl_bits(mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Returns the KL divergence of each posterior from the prior in bits, [examples, z_size].

    Kingma & Welling 2014 (arXiv:1312.6114), appendix B, over ln 2.

    Args:
      mu, sigma: means and standard deviations [examples, z_size].
    """
    mu, sigma = np.asarray(mu, np.float64), np.asarray(sigma, np.float64)
    return (0.5 * (mu**2 + sigma**2 - 1.0) - np.log(sigma)) / np.log(2.0)


def active_dimensions(mu: np.ndarray, threshold: float = 0.01) -> np.ndarray:
    """Returns whether each latent dimension is used, bool [z_size].

    Burda et al. 2016 (arXiv:1509.00519), section 5.2: in a used dimension the posterior mean varies over the
    data, Var(E[z|x]) > 0.01.

    Args:
      mu: posterior means [examples, z_size].
      threshold: variance above which a dimension counts as used.
    """
    return np.var(mu, axis=0) > threshold


def active_units(means: np.ndarray, threshold: float = 0.01) -> int:
    """Counts the latent dimensions that are used: see `active_dimensions`.

    Args:
      means: posterior means [examples, z_size].
      threshold: variance above which a dimension counts as used.
    """
    return int(np.sum(active_dimensions(means, threshold)))


def summarize(mu: np.ndarray, sigma: np.ndarray) -> PosteriorSummary:
    """Summarizes posteriors, means and standard deviations [examples, z_size]."""
    return PosteriorSummary(
        mean=np.asarray(np.mean(mu, 0, np.float64)),
        spread=np.asarray(np.std(mu, 0, np.float64)),
        sigma=np.asarray(np.mean(sigma, 0, np.float64)),
        kl_bits=kl_bits(mu, sigma).mean(0),
        active=active_dimensions(mu),
        examples=len(mu),
    )
