"""Training an LCMusicVAE on a collection of music; the base encodes it once, before."""

import dataclasses
import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from base_vae.array_model import Latents
from base_vae.data.batches import as_dict
from base_vae.data.collection import Collection
from base_vae.model import schedules
from base_vae.ranges import check_arguments
from base_vae.trained_model import TrainedModel, require_model
from latent_constraints.fitting import fit
from latent_constraints.lc_music_vae.config import LCConfig, get_preset
from latent_constraints.lc_music_vae.model import LCMusicVAE
from latent_constraints.lc_music_vae.trained_model import LCModel
from small_vae.controls import user_controls
from small_vae.mixture import fit_mixture


def train(
    base: TrainedModel,
    collection: Collection,
    *,
    seed: int = 0,
    config: LCConfig | str = "lc-mel_2bar",
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> LCModel:
    """A small model of a collection with a decoder of its own.

    Args:
      base: whose latent space the music is placed in; it is not trained.
      collection: the music, see `TrainedModel.collect`.
      seed: the same seed and music give the same model.
      config: a preset or its name.
      progress: called with the step and the losses now and then.
    """
    check_arguments(seed=seed)
    require_model(base)
    config = fitted(get_preset(config) if isinstance(config, str) else config, base)
    hparams = config.hparams
    arrays, latents = _encoded(base, collection, config.transpose)
    keras.utils.set_random_seed(seed)
    model = LCMusicVAE(hparams, base.z_size, base.config.converter.spaces, seed)
    model.compile(optimizer=keras.optimizers.Adam(hparams.learning_rate, epsilon=1e-8), jit_compile=False)
    model.learning_rate_schedule = functools.partial(schedules.learning_rate, hparams)
    model.optimizer.build(model.trainable_variables)  # before the step is traced, or it is traced twice
    batches = _batches(base, arrays, latents, hparams.batch_size, seed)
    figures = fit(model, batches, config.num_steps, None, progress)
    mu, sigma = model.encode(tf.constant(latents.mu))
    text = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
    card = (
        f"{collection.report}\n\nLearned from {len(arrays)} examples in {config.num_steps} steps: {text}. "
        "Music comes from this model's own decoder."
    )
    mixture = fit_mixture(mu.numpy(), sigma.numpy(), seed)
    return LCModel(base, model, config, mixture, card, user_controls(base, collection))


def evaluate(trained: LCModel, collection: Collection) -> dict[str, float]:
    """The loss and its terms on a collection: nats an example, teacher-forced, without noise."""
    arrays, latents = _encoded(trained.base, collection, None)
    data = tf.data.Dataset.from_tensors(_as_batch(trained.base, tf.constant(arrays), *latents))
    if not trained.model.compiled:
        trained.model.compile(jit_compile=False)
    return trained.model.evaluate(data, return_dict=True, verbose=0)


def fitted(config: LCConfig, base: TrainedModel) -> LCConfig:
    """The configuration for music of the base's kind."""
    names = ("max_seq_len", "head", "nade_num_hidden")
    same = {name: getattr(base.config.hparams, name) for name in names}
    return dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, **same))


def _encoded(
    base: TrainedModel, collection: Collection, transpose: tuple[int, int] | None
) -> tuple[np.ndarray, Latents]:
    """Examples and their transpositions [n, ...] with their base posteriors."""
    low, high = transpose or (0, 0)
    moved = [base.config.converter.transposed(collection.examples, by)[0] for by in range(low, high + 1)]
    arrays = np.concatenate(moved)
    return arrays, base.encode_arrays(arrays)


def _batches(
    base: TrainedModel, arrays: np.ndarray, latents: Latents, batch_size: int, seed: int
) -> tf.data.Dataset:
    """Endless batches for `LCMusicVAE.train_step`, their rows drawn by the seed and the step."""
    tables = tf.constant(arrays), tf.constant(latents.mu), tf.constant(latents.sigma)

    def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
        draws = tf.stack([tf.constant(seed, tf.int64), step])
        rows = tf.random.stateless_uniform([batch_size], draws, 0, len(arrays), tf.int32)
        return _as_batch(base, *(tf.gather(table, rows) for table in tables))

    steps = tf.data.Dataset.range(np.iinfo(np.int64).max)
    return steps.map(batch, num_parallel_calls=1).prefetch(4)


def _as_batch(base: TrainedModel, arrays: tf.Tensor, mu: tf.Tensor, sigma: tf.Tensor) -> dict[str, tf.Tensor]:
    kind = tf.int32 if arrays.dtype.is_integer else tf.float32
    tensors = as_dict(base.config.converter, tf.cast(arrays, kind))
    del tensors["inputs"]
    return {**tensors, "mu": mu, "sigma": sigma}
