"""Evaluating a MusicVAE on held-out music."""

import numpy as np
import tensorflow as tf

from base_vae.converters import Converter, Tensors
from base_vae.data.dataset import evaluation_batches
from base_vae.metrics import active_units
from base_vae.model import MusicVAE, step_mask
from base_vae.spaces import Ids


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
    batches = evaluation_batches(examples, converter, batch_size)
    if not model.compiled:  # a loaded model
        model.compile(jit_compile=False)
    results = {k: float(v) for k, v in model.evaluate(batches, return_dict=True, verbose=0).items()}
    looks = [_look(model, Tensors(**batch)) for batch in batches]
    if model.hparams.conditional:
        results["active_units"] = float(active_units(np.concatenate([look[0] for look in looks])))
    if isinstance(model.spaces.outputs, Ids):
        right, total = (sum(look[i] for look in looks) for i in (1, 2))
        results["mean_per_class_accuracy"] = float(np.mean(right[total > 0] / total[total > 0]))
    return results


def _look(model: MusicVAE, batch: Tensors) -> list[np.ndarray]:
    """Posterior means [batch, z_size], and how often each event was right and occurred, [depth] each."""
    mu = model.encode(batch).mu if model.hparams.conditional else tf.zeros([0, 1])
    if not isinstance(model.spaces.outputs, Ids):
        return [mu.numpy()]
    parameters = model.decoder.run(mu if model.hparams.conditional else None, model.heard(batch)).parameters
    predicted = model.decoder.head.predict(parameters, batch.outputs)
    counts = step_mask(batch).numpy() > 0
    truth = batch.outputs.numpy()[counts]
    hits = truth[predicted.numpy()[counts] == truth]
    depth = model.spaces.outputs.depth
    return [mu.numpy(), np.bincount(hits, minlength=depth), np.bincount(truth, minlength=depth)]
