"""From a few pieces of music to a personal model, in seconds."""

import functools
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from base_vae.arguments import checked
from base_vae.array_model import Latents
from base_vae.data.collection import Collection, Music, as_music
from base_vae.model import schedules
from base_vae.ranges import check_arguments
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.trained_model import TrainedModel, require_model
from base_vae.training.optimizers import FusedAdam
from base_vae.tunes.song import Song, songs_in
from small_vae.config import SmallConfig, get_preset
from small_vae.controls import user_controls
from small_vae.mixture import fit_mixture
from small_vae.model import SmallVAE
from small_vae.naming import with_named_knobs
from small_vae.personal_model import PersonalModel

# Steps between looks at the held-out examples.
_CHECK_EVERY = 20
# Fewer pieces or examples than this are too few to hold any out: a piece or two would say by chance when to
# stop, and would be missing from what is learned.
_LEAST_PIECES, _LEAST_EXAMPLES = 8, 400


@checked
def personalize(
    base: TrainedModel,
    music: Music,
    *,
    seed: int = 0,
    config: SmallConfig | str = "ae-mel_2bar",
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> PersonalModel:
    """A personal model of `music`.

    Args:
      base: the MusicVAE whose latent space the music is placed in.
      music: files or folders of MIDI, ABC or MusicXML, or NoteSequences.
      seed: the same seed and music give the same model (on as many threads: `base_vae.make_deterministic`).
      config: a small preset or its name.
      limits: how large files and pieces may be.
      progress: called with the step and the losses at every check.

    Returns:
      The trained model. Its `card` is a report of what was read and learned.

    Raises:
      UserError: if nothing in the music can be used, with the reason for each file.

    >>> import base_vae, small_vae
    >>> base = base_vae.load("mel_2bar")
    >>> mine = small_vae.personalize(base, base.sample(5, seed=1))
    >>> mine.size, len(mine.sample(3, temperature=0.5, seed=2))
    (4, 3)
    >>> len(mine.play([1.0, -0.5, 0, 2], num_bars=4))
    1
    """
    check_arguments(seed=seed)
    require_model(base)
    config = get_preset(config)
    music = as_music(music)
    songs, _ = songs_in(music, base.config.converter, limits=limits)
    collection = base.collect(music, limits=limits)
    return train(base, collection, config=config, seed=seed, songs=songs, progress=progress)


@checked
def train(
    base: TrainedModel,
    collection: Collection,
    *,
    seed: int = 0,
    config: SmallConfig | str = "ae-mel_2bar",
    songs: Sequence[Song] = (),
    progress: Callable[[int, dict[str, float]], None] | None = None,
) -> PersonalModel:
    """A personal model of a collection, which keeps `songs` for whole tunes; see `personalize`."""
    check_arguments(seed=seed)
    config = get_preset(config)
    hparams = config.hparams
    keras.utils.set_random_seed(seed)
    model = SmallVAE(hparams, base.z_size, seed)
    model.compile(optimizer=FusedAdam(hparams.learning_rate, epsilon=1e-8), jit_compile=False)
    model.learning_rate_schedule = functools.partial(schedules.learning_rate, model.schedules)
    model.optimizer.build(model.trainable_variables)  # before the step is traced, or it is traced twice
    latents, sources = cache_latents(base, collection, config.transpose)
    held_out = _held_out(sources, hparams.held_out, seed)
    stop = _Progress(progress, hparams.num_steps, hparams.patience if held_out.any() else None)
    model.fit(
        _batches(latents, ~held_out, hparams.batch_size, seed),
        steps_per_epoch=min(_CHECK_EVERY, hparams.num_steps),
        epochs=-(-hparams.num_steps // _CHECK_EVERY),
        validation_data=as_one_batch(latents, held_out) if held_out.any() else None,
        callbacks=[stop],
        shuffle=False,
        verbose=0,
    )
    mu, sigma = _small_posteriors(model, latents)
    residuals = latents.mu - model.decode(tf.constant(mu)).numpy()
    typical = residuals[np.argmin(np.sum(mu**2, 1))]
    mixture = fit_mixture(mu, sigma, seed)
    figures = ", ".join(f"{name} {value:.4g}" for name, value in stop.last.items())
    stopped = f" ({int(held_out.sum())} of them held out to decide when to stop)" if held_out.any() else ""
    components = f"{len(mixture.weights)} mixture component{'s' if len(mixture.weights) > 1 else ''}"
    card = (
        f"{collection.report}\n\nLearned from {len(latents.mu)} examples{stopped} "
        f"in {int(model.global_step.numpy())} steps: {figures}; {components}."
    )
    controls = user_controls(base, collection)
    personal = PersonalModel(
        base, model, config, mixture, _spread(residuals), typical, card, controls, tuple(songs)
    )
    return with_named_knobs(personal, mu)


def cache_latents(
    base: TrainedModel, collection: Collection, transpose: tuple[int, int] | None
) -> tuple[Latents, np.ndarray]:
    """Base posteriors of every example and its transpositions, and the piece that each comes from.

    The base runs here, once, and not while the small VAE trains.
    """
    low, high = transpose or (0, 0)
    arrays, sources = [], []
    for semitones in range(low, high + 1):
        moved, fits = base.config.converter.transposed(collection.examples, semitones)
        arrays.append(moved)
        sources.append(collection.sources[fits])
    return base.encode_arrays(np.concatenate(arrays)), np.concatenate(sources)


def _held_out(sources: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """A mask [examples] of whole pieces: neighbouring examples share a bar, so single ones would leak."""
    pieces = np.random.default_rng(seed).permutation(np.unique(sources))
    mask = np.zeros(len(sources), bool)
    if fraction <= 0 or len(pieces) < _LEAST_PIECES or len(sources) < _LEAST_EXAMPLES:
        return mask
    for piece in pieces:
        larger = mask | (sources == piece)
        if larger.mean() <= 2 * fraction:  # a long piece would leave too little to learn from
            mask = larger
        if mask.mean() >= fraction:
            break
    return mask


def _batches(latents: Latents, chosen: np.ndarray, batch_size: int, seed: int) -> tf.data.Dataset:
    rows = tf.data.Dataset.from_tensor_slices(tuple(part[chosen] for part in latents))
    return rows.shuffle(int(chosen.sum()), seed=seed).repeat().batch(batch_size)


def as_one_batch(latents: Latents, chosen: np.ndarray) -> tf.data.Dataset:
    """Returns the posteriors that the mask `chosen` [examples] takes, as data for `SmallVAE.evaluate`."""
    return tf.data.Dataset.from_tensors(tuple(part[chosen] for part in latents))


def _small_posteriors(model: SmallVAE, latents: Latents) -> tuple[np.ndarray, np.ndarray]:
    mu, sigma = model.encode(tf.constant(latents.mu))
    return mu.numpy(), sigma.numpy()


def _spread(residuals: np.ndarray) -> np.ndarray:
    """A square root, [z_size, z_size], of the covariance of residuals [n, z_size] around 0.

    Few examples make a covariance of low rank, so it comes from eigenvectors rather than from Cholesky.
    """
    values, vectors = np.linalg.eigh(residuals.T.astype(np.float64) @ residuals / len(residuals))
    root: np.ndarray = np.sqrt(np.maximum(values, 0.0))[:, np.newaxis] * vectors.T
    return root.astype(np.float32)


class _Progress(keras.callbacks.Callback):
    """Reports every check, keeps the best weights and stops when there is no more progress."""

    def __init__(
        self, report: Callable[[int, dict[str, float]], None] | None, num_steps: int, patience: int | None
    ):
        super().__init__()
        self.report, self.num_steps, self.patience = report, num_steps, patience
        self.best, self.since, self.steps = float("inf"), 0, 0
        self.weights: list[np.ndarray] | None = None
        self.last: dict[str, float] = {}

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.steps += 1
        self.model.stop_training = self.steps >= self.num_steps

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        if self.report:
            self.report(int(self.model.global_step.numpy()), values)
        if self.patience is None:
            self.last = values
            return
        if values["val_loss"] < self.best:
            self.best, self.since, self.last = values["val_loss"], 0, values
            self.weights = self.model.get_weights()
        else:
            self.since += 1
            self.model.stop_training |= self.since >= self.patience

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self.weights is not None:
            self.model.set_weights(self.weights)
