"""A model as a folder: `config.json`, `model.weights.h5` and `README.md`, the model card."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import h5py
import keras
import numpy as np

from base_vae.checkpoints.finding import CONFIG, read_json
from base_vae.checkpoints.names import named_weights
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.files import atomic_folder
from base_vae.model.layers.lstm import to_be_loaded
from base_vae.model.music_vae import MusicVAE

WEIGHTS, CARD = "model.weights.h5", "README.md"


def save(
    model: MusicVAE,
    config: Config,
    path: str | os.PathLike,
    card: str,
    *,
    half: bool = False,
    replace: bool = False,
) -> None:
    """Writes a model folder, whole or not at all.

    Args:
      model: its weights are written.
      config: what `load` needs to build it again.
      path: the folder.
      card: Markdown for its README: data, licence, steps, measured figures, what it is bad at.
      half: store float16 instead of float32.
      replace: allow an existing model folder to be replaced.

    Raises:
      UserError: if something else has that name, or the folder cannot be written.
    """
    path = Path(path).expanduser()
    with atomic_folder(path, replace=replace and (path / CONFIG).exists()) as folder:
        (folder / CONFIG).write_text(json.dumps(config.to_dict(), indent=1) + "\n", encoding="utf-8")
        text = f"# {config.name}\n\n{config.description}\n\n{card.strip()}\n"
        (folder / CARD).write_text(text, encoding="utf-8")
        write_weights(named_weights(model), folder / WEIGHTS, half=half)


def load(path: str | os.PathLike) -> tuple[MusicVAE, Config]:
    """The model and configuration in a model folder.

    Raises:
      UserError: if the folder or a part of it is missing or does not fit.
    """
    folder = Path(path)
    config = read_config(folder)
    with to_be_loaded():
        model = MusicVAE(config.hparams, config.converter.spaces)
    read_weights(named_weights(model), folder / WEIGHTS)
    return model, config


def read_config(path: Path) -> Config:
    """The configuration in a model folder. Raises UserError if there is none, or one of another kind."""
    values = read_json(path / CONFIG)
    if "kind" in values:
        raise UserError(f"{path} is a personal model, not a base: use it with --model, or small_vae.load")
    try:
        return Config.from_dict(values)
    except (KeyError, TypeError) as error:
        raise UserError(f"{path / CONFIG} is not the configuration of a model: {error} is missing") from error


def write_weights(weights: Mapping[str, keras.Variable], path: Path, *, half: bool = False) -> None:
    """Weights into an HDF5 file, one dataset a weight, under their names."""
    with h5py.File(path, "w") as file:
        for name, weight in weights.items():
            array = weight.numpy()
            if half and array.dtype == np.float32:
                array = array.astype(np.float16)
            file.create_dataset(name, data=array)


def read_weights(
    weights: Mapping[str, keras.Variable], path: Path, of: str = "the model in its config.json"
) -> None:
    """Sets every weight from a file of `write_weights`; where one does not fit, none is set.

    Args:
      weights: by name.
      path: the file.
      of: what they are the weights of, for the message.

    Raises:
      UserError: listing what is missing or has another shape, or if the file cannot be read.
    """
    values, errors = {}, []
    try:
        with h5py.File(path, "r") as file:
            for name, weight in weights.items():
                array = file.get(name) or file.get(_first_name(name))
                if array is None:
                    errors.append(f"{name} is missing")
                elif tuple(array.shape) != tuple(weight.shape):
                    errors.append(f"{name} has shape {array.shape}, the model needs {tuple(weight.shape)}")
                else:
                    values[name] = array[()]
    except OSError as error:
        raise UserError(f"{path}: cannot be read as a weights file ({error})") from error
    if errors:
        raise UserError(f"{path} does not fit {of}: {'; '.join(errors)}")
    for name, weight in weights.items():
        weight.assign(values[name])


# The first models were saved under Keras' own paths, which only a flat model has without clashes.
_FIRST_NAMES = (
    (r"encoder/cell_(\d+)/bidirectional_rnn/fw/multi_rnn_cell/cell_0/", r"forward_\1/"),
    (r"encoder/cell_(\d+)/bidirectional_rnn/bw/multi_rnn_cell/cell_0/", r"backward_\1/"),
    (r"decoder/multi_rnn_cell/cell_(\d+)/", r"layer_\1/"),
    (r"decoder/output_projection/", "projection/"),
    (r"(encoder|decoder)/", ""),
    (r"global_step", "music_vae/global_step"),
)


def _first_name(name: str) -> str:
    """The name of a weight in the first model folders."""
    for pattern, replacement in _FIRST_NAMES:
        name, changed = re.subn(f"^{pattern}", replacement, name)
        if changed:
            break
    return name


def read_card(path: Path) -> str:
    """The model card in a folder, without its title."""
    return (path / CARD).read_text(encoding="utf-8").split("\n\n", 1)[-1].strip()
