"""How well a personal model knows some music."""

import numpy as np
import tensorflow as tf

from base_vae.data.collection import Collection
from base_vae.model.tensor_batch import step_mask
from base_vae.trained_model import TrainedModel
from small_vae.personal_model import PersonalModel
from small_vae.training import as_one_batch, cache_latents


def evaluate(personal: PersonalModel, collection: Collection) -> dict[str, float]:
    """How well a personal model knows a collection.

    Returns:
      loss, reconstruction and kl (nats an example, at full beta, without noise), and the accuracy (share of
      steps; what counts is the base's own) of what base and small VAE together give back, greedy and under
      the music's own controls, beside the base alone.
    """
    base, examples = personal.base, np.asarray(collection.examples)
    latents, _ = cache_latents(base, collection, None)
    if not personal.model.compiled:  # a loaded model
        personal.model.compile(jit_compile=False)
    everything = as_one_batch(latents, np.ones(len(latents.mu), bool))
    losses = personal.model.evaluate(everything, return_dict=True, verbose=0)
    ours = personal.model(tf.constant(latents.mu)).numpy()
    return {
        **{name: float(value) for name, value in losses.items()},
        "accuracy": _accuracy(base, base.decode_arrays(ours, controls=examples), examples),
        "base_accuracy": _accuracy(base, base.decode_arrays(latents.mu, controls=examples), examples),
    }


def _accuracy(base: TrainedModel, predicted: np.ndarray, truth: np.ndarray) -> float:
    """Share of the steps of examples `truth` that `predicted` has right."""
    batch = base.tensors(tf.constant(truth))
    outputs = base.tensors(tf.constant(predicted)).outputs
    value, weight = base.model.decoder.head.agreement(outputs, batch.outputs)["accuracy"]
    weight *= step_mask(batch)
    return float(tf.reduce_sum(value * weight) / tf.reduce_sum(weight))
