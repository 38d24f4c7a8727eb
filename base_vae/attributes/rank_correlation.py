"""Spearman's rank correlation where values may be missing or all alike."""

import numpy as np
from scipy.stats import spearmanr


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation of two variables, each [n].

    Pairs with a NaN are left out. 0 where one of the variables is constant or no pair is left.

    >>> spearman(np.array([1.0, 2.0, 3.0, np.nan]), np.array([10.0, 40.0, 30.0, 0.0]))
    0.5
    >>> spearman(np.array([1.0, 2.0, 3.0]), np.ones(3))
    0.0
    """
    defined = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[defined], y[defined]
    if not len(x) or np.all(x == x[0]) or np.all(y == y[0]):
        return 0.0
    return float(spearmanr(x, y).statistic)
