"""Denoising sequences of latents step by step: known segments stay, and the same ones are kept the same."""

import itertools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from base_vae.tunes.denoiser import Context
from base_vae.tunes.form import Form

STEPS = 20
VARIED_OWN = 0.5  # how much of its own a varied return has, in variance

Predict = Callable[[np.ndarray, np.ndarray, Context], np.ndarray]


def noised(x: tf.Tensor, noise: tf.Tensor, angle: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Latents [batch, segments, directions] with noise by angles [batch], and v, of the same shape."""
    cosine, sine = (f(angle)[:, tf.newaxis, tf.newaxis] for f in (tf.cos, tf.sin))
    return cosine * x + sine * noise, cosine * noise - sine * x


def shared_noise(form: Form, directions: int, rng: np.random.Generator) -> np.ndarray:
    """Standard normal noise [segments, directions], the same where segments are, alike where varied."""
    common = rng.standard_normal((max(form.labels) + 1, directions))[list(form.labels)]
    own = rng.standard_normal(common.shape)
    varied = np.array(form.varied)[:, np.newaxis]
    mixed = np.sqrt(1.0 - VARIED_OWN) * common + np.sqrt(VARIED_OWN) * own
    return np.where(varied, mixed, common).astype(np.float32)


def ties(form: Form, is_known: np.ndarray) -> np.ndarray:
    """Weights that draw the segments of a form together, [segments, segments], rows that sum to 1.

    Each becomes the mean of those of its label that are no varied returns, of the known ones if there are
    any; a varied one goes half of the way.

    Args:
      form: of the tune.
      is_known: which segments are known, [segments].
    """
    labels, varied = np.array(form.labels), np.array(form.varied)
    equal = (labels[:, np.newaxis] == labels) & ~varied
    known = equal & is_known
    equal = np.where(known.any(1, keepdims=True), known, equal)
    means = equal / np.maximum(equal.sum(1, keepdims=True), 1)
    alone = ~equal.any(1)  # of a varied return whose first place is not here
    own = np.where(alone, 1.0, np.where(varied, VARIED_OWN, 0.0))[:, np.newaxis]
    return ((1.0 - own) * means + own * np.eye(len(labels))).astype(np.float32)


def denoise(
    predict: Predict,
    start: np.ndarray,
    angle: float,
    context: Context,
    tied: np.ndarray,
    steps: int = STEPS,
) -> np.ndarray:
    """Clean latents of noisy ones, [batch, segments, directions]; no further noise is drawn.

    The steps of Song et al. 2021 (DDIM, arXiv:2010.02502) at eta 0, even in the angle.

    Args:
      predict: v of noisy latents, their angles [batch] and the context.
      start: noisy latents; segments of a label share their noise.
      angle: how noisy they are, above 0 and at most pi / 2.
      context: what is given; known segments come back unchanged.
      tied: which segments are drawn together, see `ties`, [batch, segments, segments].
      steps: of denoising.
    """
    flag, known, x = (np.asarray(a) for a in (context.is_known[..., np.newaxis], context.known, start))
    angles = np.linspace(angle, 0.0, steps + 1)
    clean = x
    for now, then in itertools.pairwise(angles):
        v = predict(x, np.full(len(x), now, np.float32), context)
        clean = np.cos(now) * x - np.sin(now) * v
        clean = tied @ (flag * known + (1.0 - flag) * clean)
        clean = flag * known + (1.0 - flag) * clean
        noise = (x - np.cos(now) * clean) / np.sin(now)
        x = (np.cos(then) * clean + np.sin(then) * noise).astype(np.float32)
    return clean.astype(np.float32)
