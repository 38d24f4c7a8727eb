"""Schedules over the global step: learning rate, beta and scheduled sampling."""

import tensorflow as tf

from base_vae.model.hparams import HParams


def learning_rate(hparams: HParams, step: tf.Tensor, total_steps: int | None = None) -> tf.Tensor:
    """Returns the learning rate at a global step: exponential decay, and a linear cooldown to zero.

    Args:
      hparams: decay, floor and `cooldown_steps`.
      step: scalar, any numeric dtype.
      total_steps: the run's last step; None: no cooldown.
    """
    step = tf.cast(step, tf.float32)
    floor = hparams.min_learning_rate
    rate = (hparams.learning_rate - floor) * tf.pow(hparams.decay_rate, step) + floor
    if total_steps is not None and hparams.cooldown_steps:
        rate *= tf.clip_by_value((total_steps - step) / hparams.cooldown_steps, 0.0, 1.0)
    return rate


def beta(hparams: HParams, step: tf.Tensor) -> tf.Tensor:
    """Returns the weight of the KL at a global step: (1 - beta_rate^step) * max_beta."""
    return (1.0 - tf.pow(hparams.beta_rate, tf.cast(step, tf.float32))) * hparams.max_beta


def sampling_probability(hparams: HParams, step: tf.Tensor) -> tf.Tensor:
    """Returns the probability of feeding back the decoder's own sample (Bengio et al. 2015, section 2.4)."""
    step, rate = tf.cast(step, tf.float32), hparams.sampling_rate
    if hparams.sampling_schedule == "exponential":
        return 1.0 - tf.pow(rate, step)
    if hparams.sampling_schedule == "inverse_sigmoid":
        return 1.0 - rate / (rate + tf.exp(step / rate))
    return tf.constant(rate)


def teacher_forced(hparams: HParams) -> bool:
    """Returns whether training never feeds samples back."""
    return hparams.sampling_schedule == "constant" and hparams.sampling_rate == 0
