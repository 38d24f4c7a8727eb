"""Two sets of music compared by the distances within them and between them.

Yang and Lerch 2018 (see `features`), section 3.3: the Euclidean distances from each piece to every other
one of its set (leave-one-out cross-validation) are the set's intra-set distances, those to every piece of
the other set the inter-set distances. Their densities, estimated with Gaussian kernels, are compared by the
overlapping area and the Kullback-Leibler divergence. Where the new music is as varied as the old, and like
it, the distances between the sets are those within each.
"""

import dataclasses

import numpy as np

from base_vae.metrics.histograms import overlap_area

_POINTS = 1024  # of the grid that densities live on
_TAILS = 5.0  # bandwidths beyond the outermost distance; what is further out weighs less than 1e-6
_LEAST_DENSITY = 1e-12  # times the width of the grid: where nothing was seen, a divergence must stay finite


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How two samples of numbers agree.

    Attributes:
      overlap: area that their densities share, 0 to 1.
      divergence: Kullback-Leibler divergence of the first from the second, in nats.
      note: why there are no figures (they are None), or why they need no estimate.
    """

    overlap: float | None
    divergence: float | None
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One feature in two sets.

    Attributes:
      generated_mean, reference_mean: of a feature that is one number; None for a histogram.
      generated_std, reference_std: its standard deviation.
      generated_intra, reference_intra, inter: mean distances; None where there is no pair.
      generated: intra-set distances of the generated music against the inter-set distances.
      reference: those of the reference against them.
      histograms: overlap of the two sets' mean histograms; for a number, of its own densities.
      undefined: how many pieces of either set do not have the feature, and are left out.
    """

    generated_mean: float | None
    reference_mean: float | None
    generated_std: float | None
    reference_std: float | None
    generated_intra: float | None
    reference_intra: float | None
    inter: float | None
    generated: Agreement
    reference: Agreement
    histograms: float | None
    undefined: tuple[int, int]


def compare(generated: np.ndarray, reference: np.ndarray) -> Comparison:
    """Compares a feature of generated pieces [n, size] with that of a reference [m, size], NaN undefined."""
    defined = [values[~np.isnan(values).any(1)] for values in (generated, reference)]
    undefined = len(generated) - len(defined[0]), len(reference) - len(defined[1])
    intra = [intra_distances(values) for values in defined]
    inter = inter_distances(*defined)
    number = generated.shape[1] == 1
    both = all(map(len, defined))
    means = [_mean(values) if number else None for values in defined]
    stds = [float(values.std()) if number and len(values) else None for values in defined]
    return Comparison(
        generated_mean=means[0],
        reference_mean=means[1],
        generated_std=stds[0],
        reference_std=stds[1],
        generated_intra=_mean(intra[0]),
        reference_intra=_mean(intra[1]),
        inter=_mean(inter),
        generated=agreement(intra[0], inter),
        reference=agreement(intra[1], inter),
        histograms=_same_values(*defined) if both else None,
        undefined=undefined,
    )


def intra_distances(values: np.ndarray) -> np.ndarray:
    """Euclidean distances between different rows of [n, size], each pair once: [n * (n - 1) / 2].

    Leave-one-out meets each pair twice, which changes no density but its bandwidth.
    """
    from scipy.spatial.distance import pdist

    return pdist(values) if len(values) > 1 else np.zeros(0)


def inter_distances(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Euclidean distances between the rows of [n, size] and those of [m, size]: [n * m]."""
    from scipy.spatial.distance import cdist

    return cdist(values, others).ravel() if len(values) and len(others) else np.zeros(0)


def agreement(first: np.ndarray, second: np.ndarray) -> Agreement:
    """Overlapping area and divergence of the densities of two samples, [n] and [m].

    A sample that is one number throughout has no density. If both are the same number they agree in full;
    otherwise there is no figure, and a note explains it.
    """
    if not len(first) or not len(second):
        return Agreement(None, None, "fewer than two pieces have it")
    constant = [np.ptp(sample) <= 1e-9 * max(1.0, np.abs(sample).max()) for sample in (first, second)]
    if all(constant) and np.isclose(first[0], second[0]):
        return Agreement(1.0, 0.0, "all distances are the same")
    if any(constant):
        return Agreement(None, None, f"all distances {'within' if constant[0] else 'between'} are the same")
    p, q, width = densities(first, second)
    floor = _LEAST_DENSITY / (width * len(p))
    overlap = float(np.minimum(p, q).sum() * width)
    divergence = float(np.sum(p * np.log(np.maximum(p, floor) / np.maximum(q, floor))) * width)
    return Agreement(min(overlap, 1.0), max(divergence, 0.0))


def densities(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Gaussian kernel density estimates of two samples on one grid, and the width of its cells.

    The bandwidth is Scott's, n^(-1/5) standard deviations. Each number is first shared between the two grid
    points beside it, so that a million distances cost no more than a thousand.
    """
    bandwidths = [max(len(s), 2) ** -0.2 * s.std(ddof=1) for s in (first, second)]
    margin = _TAILS * max(bandwidths)
    low, high = min(first.min(), second.min()) - margin, max(first.max(), second.max()) + margin
    points = np.linspace(low, high, _POINTS)
    width = points[1] - points[0]
    p, q = (_density(s, b, low, width) for s, b in zip((first, second), bandwidths, strict=True))
    return p, q, width


def _density(sample: np.ndarray, bandwidth: float, low: float, width: float) -> np.ndarray:
    place = (sample - low) / width
    left = np.minimum(place.astype(np.int64), _POINTS - 2)
    share = place - left
    weights = np.bincount(left, 1.0 - share, _POINTS) + np.bincount(left + 1, share, _POINTS)
    apart = np.arange(1 - _POINTS, _POINTS) * width / max(bandwidth, width)
    kernel = np.exp(-0.5 * apart**2)
    density = np.convolve(weights, kernel)[_POINTS - 1 : 2 * _POINTS - 1]
    return density / (density.sum() * width)


def _same_values(generated: np.ndarray, reference: np.ndarray) -> float | None:
    if generated.shape[1] == 1:
        return agreement(generated[:, 0], reference[:, 0]).overlap
    return overlap_area(generated.mean(0), reference.mean(0))


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
