"""Rotates the small latent space so that each knob goes with one attribute of the music as well as may be."""

import itertools

import numpy as np


def attribute_rotation(weights: np.ndarray, least: float) -> np.ndarray:
    """The rotation after which each knob has the most of one attribute, and no two have the same.

    For a choice of as many attributes as knobs, the orthogonal matrix R that maximizes the sum of the knobs'
    weights on their own attributes, trace(R' W), is the polar factor of W, and the sum is W's nuclear norm
    (the orthogonal Procrustes problem, Schoenemann 1966). The choice that names the most knobs is taken:
    those whose strongest weights are at least `least`, each of another attribute. Of equal ones, that of the
    largest sum. Then each knob's sign is set so that up is more of its strongest attribute.

    >>> weights = np.array([[0.6, 0.0, 0.5], [0.6, 0.1, -0.5]])  # both knobs: mostly the first attribute
    >>> abs(attribute_rotation(weights, 0.3).T @ weights).round(2)
    array([[0.85, 0.07, 0.  ],
           [0.  , 0.07, 0.71]])

    Args:
      weights: change of each attribute, standardized, with each knob, [knobs, attributes].
      least: the smallest weight that gives a knob a name.

    Returns:
      [knobs, knobs], orthogonal; new knobs are old ones times it. The identity with fewer attributes than
      knobs.
    """
    size, count = weights.shape
    best, rotation = (-1, -np.inf), np.eye(size)
    for chosen in itertools.combinations(range(count), size):
        left, singular, right = np.linalg.svd(weights[:, chosen])
        rotated = (left @ right).T @ weights
        strongest = np.abs(rotated).argmax(1)
        named = np.abs(rotated).max(1) >= least
        score = len(set(strongest[named])), float(singular.sum())
        if score > best:
            best, rotation = score, (left @ right) * np.sign(rotated[np.arange(size), strongest])
    return rotation
