"""Training a MusicVAE: fit, checkpoints, exact resume."""

import contextlib
import dataclasses
import json
import logging
import math
import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from base_vae import devices
from base_vae.checkpoints import folder
from base_vae.data.dataset import training_batches
from base_vae.errors import UserError
from base_vae.model import MusicVAE
from base_vae.optimizers import make_optimizer
from base_vae.presets import Config

log = logging.getLogger(__name__)
_RUN = "run.json"
# What a run must go on with as it began; other hyperparameters may change.
_FIXED = (
    "z_size",
    "enc_rnn_size",
    "dec_rnn_size",
    "encoder",
    "encoder_levels",
    "head",
    "decoder_levels",
    "optimizer",
)


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """How a run is carried out; what is learned is in the configuration.

    Attributes:
      num_steps: global step at which the run ends.
      seed: of the first weights and of every draw after.
      checkpoint_steps: steps between checkpoints, which is also the progress bar's epoch.
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


def make_model(config: Config, seed: int = 0, jit: bool = False) -> MusicVAE:
    """A fresh, compiled model; the same seed gives the same weights."""
    keras.utils.set_random_seed(seed)
    model = MusicVAE(config.hparams, config.converter.spaces, seed)
    model.compile(optimizer=make_optimizer(config.hparams), jit_compile=jit)
    return model


def train(
    config: Config,
    examples: np.ndarray,
    run_dir: str | os.PathLike,
    settings: RunSettings,
    first_weights: Callable[[MusicVAE], None] | None = None,
) -> MusicVAE:
    """Trains a model on arrays of examples, or goes on from the last checkpoint in `run_dir`.

    Writes `run_dir/run.json` (the configuration), `run_dir/train/` (checkpoints and TensorBoard's files) and `run_dir/model/`
    (a model folder, renewed with each checkpoint). Batches and draws follow from the seed and the step, so
    that a run which was stopped and resumed ends with the same weights as one that was not. SIGTERM ends a
    run with a checkpoint.

    Args:
      config: the model and its training.
      examples: arrays of the converter, [examples, *shape].
      run_dir: folder of the run; made if missing.
      settings: how long, how often, how precise, on what.
      first_weights: sets the weights of a fresh model, for a warm start; not called where a run goes on.

    Returns:
      The trained model.

    Raises:
      UserError: if the run was begun with another model, or a batch does not fit into memory.
    """
    run_dir = Path(run_dir)
    strategy = devices.make_strategy(settings.strategy, config.hparams.batch_size)
    chief = devices.is_chief(strategy)
    with strategy.scope(), devices.precision(settings.mixed_precision):
        model = make_model(config, settings.seed, settings.jit)
        model.optimizer.build(model.trainable_variables)
    model.total_steps = settings.num_steps
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    train_dir = run_dir / "train"
    latest = tf.train.latest_checkpoint(train_dir)
    if latest:
        _check_same_model(config, run_dir)
        checkpoint.restore(latest).expect_partial()
        log.info("resuming from %s", latest)
    else:
        if first_weights:
            first_weights(model)
            model.global_step.assign(0)
        if chief:
            _write_config(config, run_dir)
    start = int(model.global_step.numpy())
    if start >= settings.num_steps:
        return model
    batches = training_batches(
        examples, config.converter, config.hparams.batch_size, settings.seed, config.transpose, start
    )
    # Every process takes part in a checkpoint; those that are not the chief's go nowhere.
    saved_dir = train_dir if chief else run_dir / f".worker-{os.getpid()}"
    manager = tf.train.CheckpointManager(checkpoint, str(saved_dir), settings.keep_checkpoints)
    saving = _StopAndSave(config, manager, run_dir / "model" if chief else None, settings.num_steps)
    callbacks = [saving]
    if chief:
        callbacks.insert(0, keras.callbacks.TensorBoard(str(train_dir), write_graph=False))
    with _sigterm(saving), strategy.scope():
        try:
            model.fit(
                batches,
                steps_per_epoch=settings.checkpoint_steps,
                initial_epoch=start // settings.checkpoint_steps,
                epochs=start // settings.checkpoint_steps
                + math.ceil((settings.num_steps - start) / settings.checkpoint_steps),
                callbacks=callbacks,
                shuffle=False,
                verbose="auto" if chief else 0,
            )
        except tf.errors.ResourceExhaustedError as error:
            raise UserError(
                f"a batch of {config.hparams.batch_size} does not fit into memory: take a smaller one with "
                f"--hparams=batch_size={max(config.hparams.batch_size // 2, 1)}"
            ) from error
        finally:
            if not chief:
                shutil.rmtree(saved_dir, ignore_errors=True)
    return model


def _write_config(config: Config, run_dir: Path) -> None:
    run_dir.mkdir(parents=True, exist_ok=True)
    new = run_dir / f".{_RUN}"
    new.write_text(json.dumps(config.to_dict(), indent=1) + "\n", encoding="utf-8")
    new.rename(run_dir / _RUN)


def _check_same_model(config: Config, run_dir: Path) -> None:
    """Raises UserError unless the run was begun with the same kind of model."""
    begun = Config.from_dict(folder.read_json(run_dir / _RUN))
    for name in _FIXED:
        now, then = getattr(config.hparams, name), getattr(begun.hparams, name)
        if now != then:
            raise UserError(
                f"the run in {run_dir} was begun with `{name}` {then}, not {now}: "
                "take that again, or another run_dir"
            )


class _StopAndSave(keras.callbacks.Callback):
    """Saves after every epoch, and ends the run at its last step, in the middle of an epoch if need be."""

    def __init__(
        self, config: Config, manager: tf.train.CheckpointManager, model_dir: Path | None, num_steps: int
    ):
        super().__init__()
        self.config, self.manager, self.model_dir, self.num_steps = config, manager, model_dir, num_steps
        self.told_to_stop = False

    def _step(self) -> int:
        return int(self.model.global_step.numpy())

    def on_train_batch_end(self, batch, logs=None):
        if self.told_to_stop or self._step() >= self.num_steps:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        self.manager.save(checkpoint_number=self._step())
        if self.model_dir is None:
            return
        card = f"Step {self._step()} of {self.num_steps}. Means since the last checkpoint:\n\n" + "\n".join(
            f"- {name}: {float(value):.4g}" for name, value in (logs or {}).items()
        )
        folder.save(self.model, self.config, self.model_dir, card, replace=True)


@contextlib.contextmanager
def _sigterm(saving: _StopAndSave):
    """While it lasts, SIGTERM lets the run end with a checkpoint after the step that it is in."""
    if threading.current_thread() is not threading.main_thread():  # only there can signals be received
        yield
        return

    def stop(*_):
        saving.told_to_stop = True

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
