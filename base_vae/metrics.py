"""Figures that say how good a model, or its music, is."""

import numpy as np


def active_units(means: np.ndarray, threshold: float = 0.01) -> int:
    """Latent dimensions whose posterior mean varies over the data by more than `threshold`.

    Burda et al. 2016 (arXiv:1509.00519), section 5.2: Var(E[z|x]) > 0.01.

    Args:
      means: posterior means [examples, z_size].
      threshold: smallest variance that counts.
    """
    return int(np.sum(np.var(means, axis=0) > threshold))
