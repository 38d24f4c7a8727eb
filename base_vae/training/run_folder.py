"""The folder of a training run: what it began as, its checkpoints and its model."""

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from base_vae.checkpoints import finding, model_folder
from base_vae.checkpoints.names import named_weights
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.files import atomic_file, refuse_existing, remove_unfinished
from base_vae.model.hparams import HParams
from base_vae.model.music_vae import MusicVAE

_RUN = "run.json"
# What may be different when a run goes on; everything else is what its weights mean.
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
        self._train = path / "train"
        self._checkpoint = tf.train.Checkpoint(
            weights={name: weight.value for name, weight in named_weights(model).items()},
            optimizer=[variable.value for variable in model.optimizer.variables],
        )
        _ = self._checkpoint.save_counter  # a variable, which all processes must make together
        if writes:
            _clean(path)
            self._manager = tf.train.CheckpointManager(self._checkpoint, str(self._train), keep)
            self._log = tf.summary.create_file_writer(str(self._train))

    def resume(self) -> bool:
        """Sets the weights and the optimizer to the last checkpoint's; returns whether there is one.

        Raises:
          UserError: if it is of another model, or the folder holds a model that no such run made.
        """
        latest = tf.train.latest_checkpoint(self._train)
        if latest is None:
            if not (self.path / _RUN).exists():  # a model that is there was not made by a run like this
                refuse_existing(self.path / "model")
            return False
        self._check_same_model()
        try:
            self._checkpoint.restore(latest).assert_consumed()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise UserError(
                f"the checkpoints in {self._train} do not fit: the run was begun with another optimizer or "
                "--mixed_precision; take that again, or another run_dir"
            ) from error
        return True

    def begin(self) -> None:
        """Writes what the run is, at its start."""
        if not self.writes:
            return
        self.path.mkdir(parents=True, exist_ok=True)
        with atomic_file(self.path / _RUN) as new:
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
        self._manager.save(checkpoint_number=step)

    def _check_same_model(self) -> None:
        begun = Config.from_dict(finding.read_json(self.path / _RUN))
        for field in dataclasses.fields(HParams):
            now, then = (getattr(config.hparams, field.name) for config in (self.config, begun))
            if field.name not in _MAY_CHANGE and now != then:
                raise UserError(
                    f"the run in {self.path} was begun with `{field.name}` {then}, not {now}: "
                    "take that again, or another run_dir"
                )
        if begun.converter.spaces != self.config.converter.spaces:
            raise UserError(
                f"the run in {self.path} was begun with music in another representation "
                f"(config {begun.name}): take that again, or another run_dir"
            )


def _clean(path: Path) -> None:
    """Removes what a killed run left half-written."""
    remove_unfinished(path)
    state = tf.train.get_checkpoint_state(path / "train")
    known = {Path(name).name for name in state.all_model_checkpoint_paths} if state else set()
    checkpoints = [p for p in path.glob("train/ckpt-*") if p.name.split(".")[0] not in known]
    for left in [*checkpoints, *path.glob("train/checkpoint.tmp*")]:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
