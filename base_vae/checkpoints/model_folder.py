"""A model as a folder: `config.json`, `model.weights.h5` and `README.md`, the model card."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias

import h5py
import keras
import numpy as np

from base_vae.attributes import AttributeVectors
from base_vae.checkpoints.finding import CONFIG, read_json
from base_vae.checkpoints.names import named_weights
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.files import as_path, atomic_folder, reading
from base_vae.latent_prior import LatentPrior
from base_vae.model.hparams import HParams
from base_vae.model.layers.lstm import to_be_loaded
from base_vae.model.music_vae import MusicVAE

WEIGHTS, CARD = "model.weights.h5", "README.md"
_MOST_NAMED = 5  # weights that do not fit
_LEAST_BYTES = 1  # of a weight
_SCALE = "scale"  # attribute of a dataset of 8 bits: what each column is multiplied by

Bits: TypeAlias = Literal[8, 16, 32]
_LONGEST_CARD = 1_000_000  # characters that are read


def save(
    model: MusicVAE,
    config: Config,
    path: str | os.PathLike,
    card: str,
    *,
    vectors: AttributeVectors | None = None,
    prior: LatentPrior | None = None,
    bits: Bits = 32,
    replace: bool = False,
    title: str | None = None,
) -> None:
    """Writes a model folder, whole or not at all.

    Args:
      model: its weights are written.
      config: what `load` needs to build it again.
      path: the folder.
      title: heading of its README; None: the configuration's name.
      card: Markdown for its README: data, licence, steps, measured figures, what it is bad at.
      vectors: attribute vectors that go along.
      prior: the fitted prior that goes along.
      bits: of each weight; see `write_weights`.
      replace: allow an existing model folder to be replaced.

    Raises:
      UserError: if something else has that name, or the folder cannot be written.
    """
    path = as_path(path)
    with atomic_folder(path, replace=replace and (path / CONFIG).exists()) as folder:
        text = f"# {title or config.name}\n\n{config.description}\n\n{card.strip()}"
        write_parts(folder, config.to_dict(), text, named_weights(model), bits=bits)
        if vectors is not None:
            vectors.save(folder)
        if prior is not None:
            prior.save(folder)


def load(path: str | os.PathLike) -> tuple[MusicVAE, Config]:
    """The model and configuration in a model folder.

    Raises:
      UserError: if the folder or a part of it is missing or does not fit.
    """
    folder = Path(path)
    config = read_config(folder)
    require_bytes(folder / WEIGHTS, least_weights(config.hparams))
    with to_be_loaded():
        model = MusicVAE(config.hparams, config.converter.spaces)
    read_weights(named_weights(model), folder / WEIGHTS)
    return model, config


def read_config(path: Path) -> Config:
    """The configuration in a model folder. Raises UserError if there is none, or one of another kind."""
    values = read_json(path / CONFIG)
    if "kind" in values:
        raise UserError(f"{path} is a personal model, not a base: use it with --model, or small_vae.load")
    with reading(path / CONFIG):
        return Config.from_dict(values)


def write_parts(
    folder: Path,
    settings: Mapping[str, Any],
    card: str,
    weights: Mapping[str, keras.Variable],
    *,
    bits: Bits = 32,
) -> None:
    """Writes settings, model card and weights to an open folder, as every kind of model is kept.

    Args:
      folder: of `atomic_folder`.
      settings: plain data for its config.json.
      card: Markdown, with its title.
      weights: by name.
      bits: of each weight; see `write_weights`.
    """
    (folder / CONFIG).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    (folder / CARD).write_text(f"{card}\n", encoding="utf-8")
    write_weights(weights, folder / WEIGHTS, bits=bits)


def write_weights(weights: Mapping[str, keras.Variable], path: Path, *, bits: Bits = 32) -> None:
    """Weights into an HDF5 file, one dataset a weight, under their names.

    Args:
      weights: by name.
      path: the file.
      bits: 32 and 16 store float32 and float16; 8 stores each column of a matrix as whole numbers from -127
        to 127 times a number of its own, the dataset's attribute `scale`, and vectors as float16.
    """
    with h5py.File(path, "w") as file:
        for name, weight in weights.items():
            array, scale = weight.numpy(), None
            if array.dtype == np.float32 and bits == 8 and array.ndim == 2:
                scale = np.maximum(np.abs(array).max(axis=0), np.finfo(np.float32).tiny) / 127
                array = np.round(array / scale).astype(np.int8)
            elif array.dtype == np.float32 and bits < 32:
                array = array.astype(np.float16)
            file.create_dataset(name, data=array)
            if scale is not None:
                file[name].attrs[_SCALE] = scale


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
    if not path.is_file():
        raise UserError(f"{path.parent} is not a model folder: it has no {path.name}")
    with reading(path), h5py.File(path, "r") as file:
        for name, weight in weights.items():
            array = _dataset(file, name) or _dataset(file, _first_name(name))
            if array is None:
                errors.append(f"{name} is missing")
            elif tuple(array.shape) != tuple(weight.shape):
                errors.append(f"{name} has shape {array.shape}, the model needs {tuple(weight.shape)}")
            else:
                values[name] = array[()]
                if _SCALE in array.attrs:
                    values[name] = (values[name] * array.attrs[_SCALE]).astype(np.float32)
                if not np.all(np.isfinite(values[name])):
                    errors.append(f"{name} has values that are not finite")
    if errors:
        more = [f"and {len(errors) - _MOST_NAMED} more"] if len(errors) > _MOST_NAMED else []
        raise UserError(f"{path} does not fit {of}: {'; '.join(errors[:_MOST_NAMED] + more)}")
    for name, weight in weights.items():
        weight.assign(values[name])


def _dataset(file: h5py.File, name: str) -> h5py.Dataset | None:
    """Returns a dataset of numbers in a weights file, or None.

    Raises:
      UserError: if it is stored outside of the file, as HDF5 allows.
    """
    at = file
    for part in name.split("/"):
        link = at.get(part, getlink=True) if isinstance(at, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise UserError(f"{file.filename} is refused: {name} is a link; get the file from its source")
        at = at[part]
    if not isinstance(at, h5py.Dataset) or at.dtype.kind not in "fiu":
        raise UserError(f"{file.filename} is refused: {name} must be an array of numbers")
    if at.external or at.is_virtual:
        raise UserError(f"{file.filename} is refused: {name} lies in another file; get it from its source")
    return at


def least_weights(hparams: HParams) -> int:
    """Returns a number of weights that a model of `hparams` has at least: those of its recurrent kernels."""
    encoder = sum(8 * units * units for units in hparams.enc_rnn_size)
    levels = len(hparams.encoder_levels) if hparams.encoder == "hierarchical" else 1
    decoder = sum(4 * units * units for units in hparams.dec_rnn_size)
    encoders = encoder * levels // (2 if hparams.encoder == "lstm" else 1) if hparams.conditional else 0
    posterior = 2 * hparams.z_size * hparams.enc_rnn_size[-1] if hparams.conditional else 0
    return encoders + posterior + decoder * max(len(hparams.decoder_levels), 1)


def require_bytes(path: Path, weights: int) -> None:
    """Raises UserError if a weights file is missing or too small for a model, before that is made."""
    if not path.is_file():
        raise UserError(f"{path.parent} is not a model folder: it has no {path.name}")
    if path.stat().st_size < _LEAST_BYTES * weights:
        raise UserError(
            f"{path} does not fit its config.json, which describes a model of at least {weights:,} weights: "
            f"the file has {path.stat().st_size:,} bytes"
        )


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
    """Returns the model card in a folder without its title; nothing where there is none."""
    card, text = path / CARD, ""
    with suppress(OSError):
        if card.is_file():  # a pipe would be waited for
            with open(card, encoding="utf-8", errors="replace") as file:
                text = file.read(_LONGEST_CARD)
    return text.split("\n\n", 1)[-1].strip()
