"""Spearman's rank correlation."""

import numpy as np


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Rank correlation of two columns [n], ties sharing their mean rank; 0 where one of them is constant.

    Where either is NaN it does not count.
    """
    defined = ~np.isnan(x) & ~np.isnan(y)
    ranks = [_ranks(values[defined]) for values in (x, y)]
    centred = [rank - rank.mean() if len(rank) else rank for rank in ranks]
    size = np.sqrt(np.prod([np.sum(rank**2) for rank in centred]))
    return float(np.sum(centred[0] * centred[1]) / size) if size > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing the mean of theirs."""
    below = np.sum(values[:, np.newaxis] > values, axis=1)
    equal = np.sum(values[:, np.newaxis] == values, axis=1)
    return below + (equal + 1) / 2
