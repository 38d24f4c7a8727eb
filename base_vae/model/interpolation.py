"""Interpolation between latent vectors."""

import numpy as np


def slerp(start: np.ndarray, end: np.ndarray, t: float) -> np.ndarray:
    """Returns the point at fraction `t` of the great arc between two vectors.

    Shoemake 1985; White 2016 (arXiv:1609.04468), section 2.1. A straight line where the two point the same
    way, or one of them is zero.

    >>> slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5).round(3)
    array([0.707, 0.707])
    """
    lengths = np.linalg.norm(start) * np.linalg.norm(end)
    cosine = np.clip(np.dot(start, end) / lengths, -1.0, 1.0) if lengths > 0 else 1.0
    omega = np.arccos(cosine)
    if np.sin(omega) < 1e-6:
        return ((1.0 - t) * start + t * end).astype(start.dtype)
    weights = np.sin((1.0 - t) * omega) / np.sin(omega), np.sin(t * omega) / np.sin(omega)
    return (weights[0] * start + weights[1] * end).astype(start.dtype)
