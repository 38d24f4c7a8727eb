"""Training a MusicVAE: steps, checkpoints, exact resume."""

import contextlib
import dataclasses
import errno
import functools
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from base_vae.configs.config import Config
from base_vae.data.batches import training_batches
from base_vae.errors import UserError, raise_all
from base_vae.files import as_path
from base_vae.model import schedules
from base_vae.model.music_vae import MusicVAE, Rearrangement
from base_vae.ranges import ARGUMENTS, AT_LEAST_ONE, check_arguments, field_errors
from base_vae.training import devices
from base_vae.training.line_a_minute import LineAMinute
from base_vae.training.optimizers import make_optimizer
from base_vae.training.run_folder import RunFolder
from base_vae.training.run_lock import locked

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """How a run is carried out; what is learned is in the configuration.

    Attributes:
      num_steps: global step at which the run ends.
      seed: of the first weights and of every draw after.
      checkpoint_steps: steps between checkpoints.
      keep_checkpoints: how many checkpoints stay on disk.
      mixed_precision: "none", "bfloat16" or "float16" (matrix products only; weights stay float32).
      strategy: "none", "mirrored" or "multi_worker_mirrored"; see `devices.make_strategy`.
      jit: compile the training step with XLA.
    """

    num_steps: int = 200_000
    seed: int = 0
    checkpoint_steps: int = 500
    keep_checkpoints: int = 3
    mixed_precision: str = "none"
    strategy: str = "none"
    jit: bool = False

    def __post_init__(self) -> None:
        raise_all(list(field_errors(self, _RANGES).values()))


_RANGES = {
    "num_steps": AT_LEAST_ONE,
    "seed": ARGUMENTS["seed"][0],
    "checkpoint_steps": AT_LEAST_ONE,
    "keep_checkpoints": AT_LEAST_ONE,
}


def make_model(config: Config, *, seed: int = 0, jit: bool = False) -> MusicVAE:
    """A fresh, compiled model; the same seed gives the same weights.

    After training only on the same number of threads, unless `base_vae.make_deterministic` was called.
    """
    check_arguments(seed=seed)
    keras.utils.set_random_seed(seed)
    model = MusicVAE(config.hparams, config.converter.spaces, seed)
    model.compile(optimizer=make_optimizer(config.hparams), jit_compile=jit)
    return model


def train(
    config: Config,
    examples: np.ndarray,
    run_dir: str | os.PathLike,
    settings: RunSettings,
    *,
    first_weights: Callable[[MusicVAE], None] | None = None,
    rearranged: Rearrangement | None = None,
) -> MusicVAE:
    """Trains a model on arrays of examples, or goes on from the last checkpoint in `run_dir`.

    Batches and draws follow from the seed and the step, so that a run which was stopped and resumed ends with
    the same weights as one that was not. SIGTERM ends a run with a checkpoint.

    Args:
      config: the model and its training.
      examples: arrays of the converter, [examples, *shape].
      run_dir: folder of the run, see `RunFolder`; several machines must share it.
      settings: how long, how often, how precise, on what.
      first_weights: sets the weights of a fresh model, for a warm start; not called where a run goes on.
      rearranged: what is asked of the decoder in place of a batch; see `MusicVAE`.

    Returns:
      The model at its last step, which is before `num_steps` after a SIGTERM.

    Raises:
      UserError: if another process trains in `run_dir`, the run was begun with another model, a batch does
        not fit into memory, or the run not on the disk.
    """
    run_dir = as_path(run_dir)
    strategy = devices.make_strategy(settings.strategy, config.hparams.batch_size)
    if settings.jit and settings.strategy != "none":
        raise UserError("jit is for a single device: leave it out, or use the strategy none")
    writes = devices.is_chief(strategy)
    with (
        locked(run_dir) if writes else contextlib.nullcontext(),
        devices.precision(settings.mixed_precision),
        _plain_errors(config, settings),
    ):
        with strategy.scope():
            model = make_model(config, seed=settings.seed, jit=settings.jit)
            model.optimizer.build(model.trainable_variables)
            model.learning_rate_schedule = functools.partial(
                schedules.learning_rate, config.hparams, total_steps=settings.num_steps
            )
            model.rearranged = rearranged
            run = RunFolder(run_dir, config, model, settings.keep_checkpoints, writes)
            if run.resume():
                log.info("resuming at step %d", model.global_step.numpy())
            else:
                if first_weights:
                    first_weights(model)
                    model.global_step.assign(0)
                run.begin()
            _take_steps(model, run, examples, settings, strategy)
        if settings.strategy == "none":
            model.learning_rate_schedule = model.rearranged = None  # from here on training is the caller's
            return model
        plain = make_model(config, seed=settings.seed)  # for use on one device
        plain.set_weights(model.get_weights())
        return plain


def _take_steps(
    model: MusicVAE,
    run: RunFolder,
    examples: np.ndarray,
    settings: RunSettings,
    strategy: tf.distribute.Strategy,
) -> None:
    """Trains `model` from the step that it is at, saving as it goes."""
    config, step = run.config, int(model.global_step.numpy())
    if devices.total(strategy, step) != step * strategy.num_replicas_in_sync:
        raise UserError(
            f"the machines found different checkpoints: {run.path} must be a folder that they share"
        )
    batches = iter(
        training_batches(
            examples,
            config.converter,
            config.hparams.batch_size,
            seed=settings.seed,
            transpose=config.transpose,
            start_step=step,
        )
    )
    take_step = _compiled_step(model, strategy, settings)
    with _sigterm() as stopped:
        stop = False
        while step < settings.num_steps and not stop:
            start, every = step, settings.checkpoint_steps
            end = min((start // every + 1) * every, settings.num_steps)
            model.reset_metrics()
            progress = _progress(end - start, run.writes)
            while step < end and not stop:
                shown = take_step(next(batches))
                step += 1
                progress.update(step - start, list(shown.items()), finalize=False)
                # All processes must stop after the same step: the others would wait for ever.
                stop = devices.total(strategy, int(stopped.is_set())) > 0
            # Until now it was the first device's means that were shown; these are those of all devices.
            means = {mean.name: float(mean.result()) for mean in model.means if mean.name in shown}
            progress.update(step - start, list(means.items()), finalize=True)
            run.save(step, settings.num_steps, means)
    if step < settings.num_steps:
        log.warning("stopped by a signal: step %d is saved, and the same command goes on from there", step)


def _compiled_step(
    model: MusicVAE, strategy: tf.distribute.Strategy, settings: RunSettings
) -> Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]]:
    """The training step as a function of a batch; returns running means (the first device's) by name."""
    if settings.strategy == "none":
        return tf.function(model.train_step, autograph=False, jit_compile=settings.jit)

    @tf.function(autograph=False)
    def step(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        means = strategy.run(model.train_step, args=(batch,))
        return {name: strategy.experimental_local_results(value)[0] for name, value in means.items()}

    return lambda batch: step(devices.divided(strategy, batch))


def _progress(steps: int, shown: bool) -> keras.utils.Progbar:
    """A bar in a terminal, a line a minute elsewhere; the values it is given are means already."""
    if shown and not sys.stdout.isatty():
        return LineAMinute(steps, verbose=2, stateless_metrics=())
    return keras.utils.Progbar(steps, verbose=int(shown), stateless_metrics=())


@contextlib.contextmanager
def _plain_errors(config: Config, settings: RunSettings) -> Iterator[None]:
    """Turns TensorFlow's errors about machines into errors that name what to do."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        if os.strerror(errno.ENOSPC) in str(error):  # to TensorFlow a disk is a resource like memory
            raise UserError(
                "the disk is full: make room and start the same command again, to go on from the last "
                "checkpoint"
            ) from error
        size = config.hparams.batch_size
        raise UserError(
            f"a batch of {size} does not fit into memory: choose a smaller one with "
            f"--hparams=batch_size={max(size // 2, 1)}"
        ) from error
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
        if settings.strategy != "multi_worker_mirrored":
            raise
        raise UserError(
            "another machine of the run is gone: start the same command again on all of them, "
            "to go on from the last checkpoint"
        ) from error
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
        if not settings.jit:
            raise
        raise UserError(f"XLA cannot compile the training step of {config.name}: leave out jit") from error


@contextlib.contextmanager
def _sigterm() -> Iterator[threading.Event]:
    """An event that SIGTERM sets while this lasts, instead of ending the process."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only there can signals be received
        yield stopped
        return
    before = signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, before)
