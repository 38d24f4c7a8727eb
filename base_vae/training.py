"""Training and evaluating a MusicVAE: fit, checkpoints, exact resume."""

import dataclasses
import logging
import math
import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from base_vae.checkpoints import folder
from base_vae.data.dataset import evaluation_batches, training_batches
from base_vae.errors import UserError
from base_vae.metrics import active_units
from base_vae.model import MusicVAE
from base_vae.optimizers import make_optimizer
from base_vae.presets import Config

log = logging.getLogger(__name__)
PRECISIONS = {"none": "float32", "bfloat16": "mixed_bfloat16"}


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """How a run is carried out; what is learned is in the configuration.

    Attributes:
      num_steps: global step at which the run ends.
      seed: of the first weights and of every draw after.
      checkpoint_steps: steps between checkpoints, which is also the progress bar's epoch.
      keep_checkpoints: how many checkpoints stay on disk.
      mixed_precision: "none" or "bfloat16" (matrix products only; weights stay float32).
    """

    num_steps: int = 200_000
    seed: int = 0
    checkpoint_steps: int = 500
    keep_checkpoints: int = 3
    mixed_precision: str = "none"


def make_model(config: Config, seed: int = 0) -> MusicVAE:
    """A fresh, compiled model; the same seed gives the same weights."""
    keras.utils.set_random_seed(seed)
    model = MusicVAE(config.hparams, config.converter.depth, seed)
    model.compile(optimizer=make_optimizer(config.hparams), jit_compile=False)
    return model


def train(
    config: Config, examples: np.ndarray, run_dir: str | os.PathLike, settings: RunSettings
) -> MusicVAE:
    """Trains a model on arrays of examples, or goes on from the last checkpoint in `run_dir`.

    Writes `run_dir/train/` (checkpoints and TensorBoard's files) and `run_dir/model/` (a model folder,
    renewed with each checkpoint). Batches and draws follow from the seed and the step, so that a run
    which was stopped and resumed ends with the same weights as one that was not.

    Args:
      config: the model and its training.
      examples: uint8 ids [examples, steps].
      run_dir: folder of the run; made if missing.
      settings: how long, how often, how precise.

    Returns:
      The trained model.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[settings.mixed_precision])
    try:
        model = make_model(config, settings.seed)
    finally:
        keras.config.set_dtype_policy(before)  # a layer keeps the policy that it was made under
    model.total_steps = settings.num_steps
    model.optimizer.build(model.trainable_variables)
    train_dir = Path(run_dir) / "train"
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    manager = tf.train.CheckpointManager(checkpoint, str(train_dir), settings.keep_checkpoints)
    if manager.latest_checkpoint:
        _check_same_model(config, Path(run_dir) / "model")
        checkpoint.restore(manager.latest_checkpoint).expect_partial()
        log.info("resuming from %s", manager.latest_checkpoint)
    start = int(model.global_step.numpy())
    batches = training_batches(
        examples, config.hparams.batch_size, settings.seed, config.converter.depth, config.transpose, start
    )
    callbacks = [
        keras.callbacks.TensorBoard(str(train_dir), write_graph=False),
        _StopAndSave(config, manager, Path(run_dir) / "model", settings.num_steps),
    ]
    if start < settings.num_steps:
        model.fit(
            batches,
            steps_per_epoch=settings.checkpoint_steps,
            initial_epoch=start // settings.checkpoint_steps,
            epochs=start // settings.checkpoint_steps
            + math.ceil((settings.num_steps - start) / settings.checkpoint_steps),
            callbacks=callbacks,
            shuffle=False,
        )
    return model


def _check_same_model(config: Config, model_dir: Path) -> None:
    """Raises UserError unless the run was begun with the same kind of model."""
    begun = folder.read_config(model_dir)
    for name in ("z_size", "enc_rnn_size", "dec_rnn_size", "optimizer"):
        now, then = getattr(config.hparams, name), getattr(begun.hparams, name)
        if now != then:
            raise UserError(
                f"the run in {model_dir.parent} was begun with `{name}` {then}, not {now}: "
                "take that again, or another run_dir"
            )


class _StopAndSave(keras.callbacks.Callback):
    """Saves after every epoch, and ends the run at its last step, in the middle of an epoch if need be."""

    def __init__(self, config: Config, manager: tf.train.CheckpointManager, model_dir: Path, num_steps: int):
        super().__init__()
        self.config, self.manager, self.model_dir, self.num_steps = config, manager, model_dir, num_steps

    def _step(self) -> int:
        return int(self.model.global_step.numpy())

    def on_train_batch_end(self, batch, logs=None):
        if self._step() >= self.num_steps:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        self.manager.save(checkpoint_number=self._step())
        card = f"Step {self._step()} of {self.num_steps}. Means since the last checkpoint:\n\n" + "\n".join(
            f"- {name}: {float(value):.4g}" for name, value in (logs or {}).items()
        )
        folder.save(self.model, self.config, self.model_dir, card, replace=True)


def evaluate(model: MusicVAE, examples: np.ndarray, batch_size: int = 512) -> dict[str, float]:
    """Means over all of `examples`, uint8 ids [examples, steps].

    Returns:
      accuracy (teacher-forced), free_running_accuracy (greedy, from the posterior mean), kl_bits,
      reconstruction and loss (nats an example), beta, and active_units.
    """
    batches = evaluation_batches(examples, batch_size)
    if not model.compiled:  # a loaded model
        model.compile(jit_compile=False)
    results = model.evaluate(batches, return_dict=True, verbose=0)
    encode = tf.function(lambda ids: model.encode(ids).mu)
    means = np.concatenate([encode(ids) for ids in batches])
    return {**{k: float(v) for k, v in results.items()}, "active_units": float(active_units(means))}
