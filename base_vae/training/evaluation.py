"""Evaluating a MusicVAE on held-out music."""

import numpy as np
import tensorflow as tf

from base_vae.converters import Converter, Tensors
from base_vae.data.batches import evaluation_batches
from base_vae.model.music_vae import MusicVAE
from base_vae.model.posteriors import active_units
from base_vae.model.tensor_batch import step_mask
from base_vae.spaces import Categorical


def evaluate(
    model: MusicVAE, examples: np.ndarray, converter: Converter, batch_size: int = 512
) -> dict[str, float]:
    """Means over all of `examples`, arrays of `converter` [examples, *shape].

    Returns:
      accuracy and the head's other figures (teacher-forced), the same as free_running_... (greedy, from the
      posterior mean), kl_bits, reconstruction and loss (nats an example), the parts of the reconstruction
      where it has several, beta, active_units, and mean_per_class_accuracy where a step is one event: the
      mean over all events that occur of how often each is right.
    """
    examine = tf.function(model.examine, autograph=False, reduce_retracing=True)
    means, counts = [], []
    model.reset_metrics()
    for batch in evaluation_batches(examples, converter, batch_size):
        figures, mu, predicted = examine(batch)
        if model.hparams.conditional:
            means.append(mu.numpy())
        if isinstance(model.spaces.outputs, Categorical):
            counts.append(_right_and_total(predicted, Tensors(**batch), model.spaces.outputs.depth))
    results = {name: float(value) for name, value in figures.items()}
    if means:
        results["active_units"] = float(active_units(np.concatenate(means)))
    if counts:
        right, total = np.sum(counts, axis=0)
        results["mean_per_class_accuracy"] = float(np.mean(right[total > 0] / total[total > 0]))
    return results


def _right_and_total(predicted: tf.Tensor, batch: Tensors, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each event was right, and how often it occurred, int64 [depth] each."""
    counts = step_mask(batch).numpy() > 0
    truth = batch.outputs.numpy()[counts]
    hits = truth[predicted.numpy()[counts] == truth]
    return np.bincount(hits, minlength=depth), np.bincount(truth, minlength=depth)
