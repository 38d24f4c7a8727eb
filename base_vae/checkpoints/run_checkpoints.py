"""The checkpoints of a training run, `train/ckpt-STEP` in its folder: finding, reading and restoring them.

A checkpoint is an index file and a data file; the list in the file `checkpoint` beside them is not needed.
"""

import os
import re
from pathlib import Path

import tensorflow as tf

from base_vae.checkpoints.finding import read_json
from base_vae.checkpoints.names import named_weights
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.files import as_path, reading
from base_vae.model.layers.lstm import to_be_loaded
from base_vae.model.music_vae import MusicVAE

RUN, TRAIN = "run.json", "train"
_FILE = re.compile(r"ckpt-(\d+)\.(index|data-\d{5}-of-\d{5})")


def found_steps(train: Path) -> list[int]:
    """Returns the steps of all checkpoints of which a folder holds any file, in order."""
    names = (_FILE.fullmatch(path.name) for path in train.glob("ckpt-*"))
    return sorted({int(name[1]) for name in names if name})


def prefix(train: Path, step: int) -> Path:
    """Returns the path that the files of a checkpoint share."""
    return train / f"ckpt-{step}"


def listed(steps: list[int]) -> str:
    """Returns the contents of the file `checkpoint`, TensorFlow's list of the checkpoints beside it.

    >>> print(listed([1, 2]), end="")
    model_checkpoint_path: "ckpt-2"
    all_model_checkpoint_paths: "ckpt-1"
    all_model_checkpoint_timestamps: 1
    all_model_checkpoint_paths: "ckpt-2"
    all_model_checkpoint_timestamps: 1
    """
    lines = [f'model_checkpoint_path: "ckpt-{steps[-1]}"']
    for step in steps:  # a path with no time above 0 is passed over
        lines += [f'all_model_checkpoint_paths: "ckpt-{step}"', "all_model_checkpoint_timestamps: 1"]
    return "\n".join(lines) + "\n"


def locate(path: str | os.PathLike) -> Path | None:
    """Returns the prefix of a run's checkpoint, given it or one of its files; None for another path."""
    path = as_path(path)
    name = path.name if _FILE.fullmatch(path.name) else f"{path.name}.index"
    match = _FILE.fullmatch(name)
    if not match or not (path.parent.parent / RUN).is_file():
        return None
    return prefix(path.parent, int(match[1]))


def weights_of(model: MusicVAE) -> dict[str, tf.Variable]:
    """Returns the weights of a model as a run's checkpoints name them."""
    return {name: weight.value for name, weight in named_weights(model).items()}


def damage(checkpoint: Path) -> str:
    """Returns why a checkpoint cannot be read whole, or nothing; reads all of it."""
    if not Path(f"{checkpoint}.index").is_file():
        return "its .index file is missing"
    try:
        reader = tf.train.load_checkpoint(str(checkpoint))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except (tf.errors.OpError, IndexError, ValueError, RuntimeError):
        return "its files are damaged or one is missing"
    return ""


def read_run_config(run: Path) -> Config:
    """Returns the configuration that a run began with. Raises UserError if the folder does not say it."""
    if not (run / RUN).is_file():
        raise UserError(
            f"{run} holds checkpoints but no {RUN}, which describes it: put it back, or use another run_dir"
        )
    with reading(run / RUN):
        return Config.from_dict(read_json(run / RUN))


def load(checkpoint: Path) -> tuple[MusicVAE, Config]:
    """Returns the model and configuration of a run's checkpoint, given by its prefix.

    Raises:
      UserError: if it is not there or damaged, naming the steps that are.
    """
    config = read_run_config(checkpoint.parent.parent)
    with to_be_loaded():
        model = MusicVAE(config.hparams, config.converter.spaces)
    restoring = tf.train.Checkpoint(weights=weights_of(model))
    try:
        restoring.restore(str(checkpoint)).assert_existing_objects_matched().expect_partial()
    except (AssertionError, IndexError, ValueError, RuntimeError, tf.errors.OpError) as error:
        why = damage(checkpoint) or f"it does not fit {config.name}"
        steps = ", ".join(map(str, found_steps(checkpoint.parent))) or "none"
        raise UserError(f"{checkpoint} cannot be loaded: {why}; the run has the steps {steps}") from error
    return model, config
