"""How likely a model finds each step of examples and of its reconstructions of them."""

import numpy as np
import tensorflow as tf

from base_vae.model.tensor_batch import step_mask
from base_vae.trained_model import TrainedModel


def step_probabilities(model: TrainedModel, originals: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Probabilities of each step, teacher-forced from the originals' posterior means.

    Args:
      model: that gives them.
      originals, others: arrays of the model's converter, [examples, *shape]; the second its reconstructions.

    Returns:
      float [examples, steps, 2]: of the originals and of the others; NaN where the music is over.
    """
    columns = []
    for arrays in (originals, others):
        counts = step_mask(model.tensors(tf.constant(arrays))).numpy() > 0
        columns.append(np.where(counts, model.step_probabilities(arrays, inputs=originals), np.nan))
    return np.stack(columns, -1)
