"""Trains the denoiser of tunes, from nothing or on from what it knows."""

import dataclasses
import math
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from base_vae.tunes.batches import Batches
from base_vae.tunes.denoiser import Context, Denoiser, DenoiserHParams
from base_vae.tunes.diffusion import noised

_LEAST_ANGLE = 0.01
_REPORT_EVERY = 50


@dataclasses.dataclass(frozen=True)
class TuneTraining:
    """How a denoiser is trained.

    Attributes:
      steps: of gradient descent, at most.
      minutes: that it may take; the steps and the fall of the learning rate go by what is over first.
      batch_size: stretches in each.
      learning_rate: at most; it rises over `warmup` steps and falls to zero along a cosine.
      warmup: steps.
      weight_decay: of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
      average: of the weights, what is kept of them in each step.
      precision: of matrix products, "float32" or "bfloat16".
      seed: of first weights, stretches and noise.
    """

    steps: int = 8000
    minutes: float = 60.0
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup: int = 200
    weight_decay: float = 0.01
    average: float = 0.998
    precision: str = "float32"
    seed: int = 0


def new_denoiser(hparams: DenoiserHParams, seed: int, precision: str = "float32") -> Denoiser:
    """A denoiser with fresh weights; `precision` is that of its matrix products."""
    keras.utils.set_random_seed(seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return Denoiser(hparams)
    finally:
        keras.config.set_dtype_policy(before)


def train(
    denoiser: Denoiser,
    batches: Batches,
    settings: TuneTraining,
    progress: Callable[[int, float], None] | None = None,
) -> int:
    """Trains a denoiser; its weights become the average of those on the way.

    Args:
      denoiser: is changed.
      batches: of songs.
      settings: how.
      progress: called with the step and the mean loss now and then.

    Returns:
      How many steps were taken.
    """
    weights = denoiser.trainable_variables
    optimizer = keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    optimizer.build(weights)
    averages = [tf.Variable(tf.convert_to_tensor(weight)) for weight in weights]
    signature = _signature(denoiser.hparams)

    @tf.function(input_signature=signature, autograph=False)
    def learn(x: tf.Tensor, seed: tf.Tensor, keep: tf.Tensor, *context: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = v_loss(denoiser, x, Context(*context), seed)
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply(gradients, weights)
        for average, weight in zip(averages, weights, strict=True):
            average.assign(keep * average + (1.0 - keep) * weight)
        return loss

    losses: list[float] = []
    start = time.monotonic()
    for step in range(settings.steps):
        over = max(step / settings.steps, (time.monotonic() - start) / (60.0 * settings.minutes))
        if over >= 1.0:
            break
        rise = min(1.0, (step + 1) / max(settings.warmup, 1))
        fall = 0.5 * (1.0 + math.cos(math.pi * over))
        optimizer.learning_rate.assign(settings.learning_rate * rise * fall)
        x, context = batches(settings.batch_size)
        keep = min(settings.average, (step + 1) / (step + 10))
        losses.append(float(learn(x, np.array([settings.seed, step], np.int32), np.float32(keep), *context)))
        if (step + 1) % _REPORT_EVERY == 0 and progress:
            progress(step + 1, float(np.mean(losses[-_REPORT_EVERY:])))
    for average, weight in zip(averages, weights, strict=True):
        weight.assign(average)
    return len(losses)


def v_loss(denoiser: Denoiser, x: tf.Tensor, context: Context, seed: tf.Tensor) -> tf.Tensor:
    """Mean squared error of v over the segments that exist and are not known, a scalar.

    Args:
      denoiser: to be judged.
      x: clean latents, [batch, segments, directions].
      context: what it is given.
      seed: of angles and noise, int32 [2].
    """
    noise = tf.random.stateless_normal(tf.shape(x), seed)
    # One angle for each equal part of the range, so that every batch has all of them.
    batch = tf.shape(x)[0]
    shift = tf.random.stateless_uniform([batch], seed)
    parts = (tf.cast(tf.range(batch), tf.float32) + shift) / tf.cast(batch, tf.float32)
    angle = _LEAST_ANGLE + (np.pi / 2 - _LEAST_ANGLE) * parts
    noisy, v = noised(x, noise, angle)
    error = tf.reduce_mean(tf.square(denoiser(noisy, angle, context) - v), -1)
    unknown = context.exists * (1.0 - context.is_known)
    return tf.reduce_sum(error * unknown) / tf.maximum(tf.reduce_sum(unknown), 1.0)


def _signature(hparams: DenoiserHParams) -> tuple[tf.TensorSpec, ...]:
    def spec(*shape: int | None, dtype: tf.DType = tf.float32) -> tf.TensorSpec:
        return tf.TensorSpec([None, *shape], dtype)

    context = Context(
        known=spec(None, hparams.directions),
        is_known=spec(None),
        exists=spec(None),
        from_start=spec(None, dtype=tf.int32),
        to_end=spec(None, dtype=tf.int32),
        attributes=spec(None, hparams.attributes),
        has_attributes=spec(None),
        same=spec(None, None, dtype=tf.int32),
        kind=spec(dtype=tf.int32),
    )
    scalars = tf.TensorSpec([2], tf.int32), tf.TensorSpec([], tf.float32)
    return (spec(None, hparams.directions), *scalars, *context)
