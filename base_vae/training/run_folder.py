"""The folder of a training run: its configuration, its checkpoints and its model."""

import dataclasses
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from base_vae.checkpoints import model_folder, run_checkpoints
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.files import atomic_file, refuse_existing, remove_unfinished
from base_vae.model.hparams import HParams
from base_vae.model.music_vae import MusicVAE

log = logging.getLogger(__name__)

# Fields that may change when a run goes on; the weights depend on all others.
_MAY_CHANGE = (
    "batch_size",
    "free_bits",
    "max_beta",
    "beta_rate",
    "sampling_schedule",
    "sampling_rate",
    "learning_rate",
    "decay_rate",
    "min_learning_rate",
    "cooldown_steps",
    "dropout_keep_prob",
    "grad_clip",
    "grad_norm_clip_to_zero",
)


class RunFolder:
    """`run.json` (the configuration as it began), `train/` (checkpoints, TensorBoard's files) and `model/`.

    A run can be killed at any moment: the model is written before the checkpoint, which is what counts, and
    each appears whole or not at all.

    Args:
      path: the folder; made if missing.
      config: what is trained.
      model: with its optimizer built.
      keep: how many checkpoints stay.
      writes: whether this process writes; where there are several, one of them does.
    """

    def __init__(self, path: Path, config: Config, model: MusicVAE, keep: int, writes: bool):
        self.path, self.config, self.model, self.writes = path, config, model, writes
        self._train, self._keep = path / run_checkpoints.TRAIN, keep
        self._checkpoint = tf.train.Checkpoint(
            weights=run_checkpoints.weights_of(model),
            optimizer=[variable.value for variable in model.optimizer.variables],
        )
        _ = self._checkpoint.save_counter  # a variable, which all processes must make together
        self._manager: tf.train.CheckpointManager | None = None
        self._known: list[int] = []  # steps of the checkpoints of this run's past
        if writes:
            if self._train.exists() and not self._train.is_dir():
                raise UserError(f"{self._train} is a file, where the run's checkpoints go: move it away")
            remove_unfinished(path)
            self._log = tf.summary.create_file_writer(str(self._train))

    def resume(self) -> bool:
        """Restores the newest whole checkpoint; returns whether there is one.

        Raises:
          UserError: if the checkpoints are of another model or none is whole, or the folder holds a model
            that no such run made.
        """
        steps = run_checkpoints.found_steps(self._train)
        if not steps:
            if not (self.path / run_checkpoints.RUN).exists():  # then no run like this made the model there
                refuse_existing(self.path / "model")
            return False
        self._check_same_model()
        for step in reversed(steps):
            if self._restore(run_checkpoints.prefix(self._train, step)):
                self._known = [known for known in steps if known <= step]
                return True
        raise UserError(
            f"no checkpoint in {self._train} is whole: put one back from a copy, or take another run_dir"
        )

    def begin(self) -> None:
        """Writes the configuration of the run, at its start."""
        if not self.writes:
            return
        self.path.mkdir(parents=True, exist_ok=True)
        with atomic_file(self.path / run_checkpoints.RUN) as new:
            new.write_text(json.dumps(self.config.to_dict(), indent=1) + "\n", encoding="utf-8")

    def save(self, step: int, num_steps: int, means: Mapping[str, float]) -> None:
        """Writes the model and then a checkpoint.

        Args:
          step: steps taken.
          num_steps: steps the run will have.
          means: figures since the checkpoint before, by name.
        """
        if not self.writes:
            return
        with self._log.as_default(step):
            for name, value in means.items():
                tf.summary.scalar(name, value)
        self._log.flush()
        figures = "\n".join(f"- {name}: {value:.4g}" for name, value in means.items())
        card = f"Step {step} of {num_steps}. Means since the last checkpoint:\n\n{figures}"
        model_folder.save(self.model, self.config, self.path / "model", card, replace=True)
        self._manager = self._manager or self._manage()
        self._manager.save(checkpoint_number=step)

    def _restore(self, checkpoint: Path) -> bool:
        """Restores a checkpoint; returns False, with a warning, if it is damaged."""
        try:
            self._checkpoint.restore(str(checkpoint)).assert_consumed()
            return True
        except (AssertionError, IndexError, ValueError, RuntimeError, tf.errors.OpError) as error:
            damage = run_checkpoints.damage(checkpoint)
            if not damage:
                raise UserError(
                    f"the checkpoints in {self._train} do not fit: the run was begun with another optimizer "
                    "or --mixed_precision; use that again, or another run_dir"
                ) from error
        log.warning("%s is not whole (%s): going on from the one before it", checkpoint, damage)
        return False

    def _manage(self) -> tf.train.CheckpointManager:
        """Takes over the checkpoints of this run's past, the only ones that it ever deletes."""
        for left in [*self._train.glob("*.tempstate*"), *self._train.glob("checkpoint.tmp*")]:
            left.unlink(missing_ok=True)
        for left in self._train.glob("ckpt-*_temp"):
            shutil.rmtree(left, ignore_errors=True)
        if self._known:
            with atomic_file(self._train / "checkpoint") as new:  # the manager's list
                new.write_text(run_checkpoints.listed(self._known), encoding="utf-8")
        return tf.train.CheckpointManager(self._checkpoint, str(self._train), self._keep)

    def _check_same_model(self) -> None:
        begun = run_checkpoints.read_run_config(self.path)
        for field in dataclasses.fields(HParams):
            now, then = (getattr(config.hparams, field.name) for config in (self.config, begun))
            if field.name not in _MAY_CHANGE and now != then:
                raise UserError(
                    f"the run in {self.path} was begun with `{field.name}` {then}, not {now}: "
                    "use that again, or another run_dir"
                )
        if begun.converter.spaces != self.config.converter.spaces:
            raise UserError(
                f"the run in {self.path} was begun with music in another representation "
                f"(config {begun.name}): use that again, or another run_dir"
            )
