"""A personal model as a folder: `config.json`, `model.weights.h5`, `latents.npz` and `README.md`."""

import dataclasses
import json
import os
from pathlib import Path

import keras
import numpy as np

from base_vae.checkpoints import folder
from base_vae.config import from_dict
from base_vae.errors import UserError
from base_vae.inference import TrainedModel
from small_vae.aggregate import Mixture
from small_vae.config import SmallConfig, SmallHParams
from small_vae.its_base import describe_base, find_base
from small_vae.model import SmallVAE
from small_vae.personal_model import PersonalModel
from small_vae.told import Told

_LATENTS = "latents.npz"


def save(personal: PersonalModel, path: str | os.PathLike) -> None:
    """Writes a new folder, whole or not at all.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    with folder.new_folder(path) as new:
        base, config = describe_base(personal.base), dataclasses.asdict(personal.config)
        settings = {"kind": "small_vae", "base": base, "config": config}
        (new / folder.CONFIG).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        card = f"# A personal model over {personal.base.source}\n\n{personal.card}\n"
        (new / folder.CARD).write_text(card, encoding="utf-8")
        folder.write_weights(_weights(personal.model), new / folder.WEIGHTS)
        write_latents(new, personal.mixture, personal.told, spread=personal.spread)


def load(path: str | os.PathLike, base: TrainedModel | None = None) -> PersonalModel:
    """The personal model that `save` wrote: the same seeds give the same music, bit for bit.

    Args:
      path: its folder.
      base: the base model, where it has moved since; None loads the one it was made with.

    Raises:
      UserError: if this is no personal model, a part of it is missing, or the base is another one.
    """
    path = Path(path).expanduser()
    settings = folder.read_json(path / folder.CONFIG)
    if settings.get("kind") != "small_vae":
        raise UserError(f"{path} is not a personal model: make one with --save_model (this is a base model)")
    values = dict(settings["config"])
    config = from_dict(SmallConfig, {**values, "hparams": from_dict(SmallHParams, values["hparams"])})
    base = find_base(path, settings["base"], base)
    model = SmallVAE(config.hparams, base.z_size)
    folder.read_weights(_weights(model), path / folder.WEIGHTS)
    mixture, told, more = read_latents(path, "spread")
    return PersonalModel(base, model, config, mixture, more["spread"], folder.read_card(path), told)


def write_latents(path: Path, mixture: Mixture, told: Told | None, **more: np.ndarray) -> None:
    """Writes what a model knows of a user's latents to its folder, with `more` arrays."""
    np.savez(path / _LATENTS, **vars(mixture), **({} if told is None else vars(told)), **more)


def read_latents(path: Path, *more: str) -> tuple[Mixture, Told | None, dict[str, np.ndarray]]:
    """What `write_latents` wrote to a folder, and the arrays named in `more`.

    Raises:
      UserError: if they cannot be read.
    """
    try:
        with np.load(path / _LATENTS, allow_pickle=False) as arrays:
            mixture = Mixture(arrays["weights"], arrays["means"], arrays["factors"])
            told = Told(arrays["arrays"], arrays["stretches"]) if "stretches" in arrays else None
            return mixture, told, {name: arrays[name] for name in more}
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path / _LATENTS} cannot be read: {error}") from error


def _weights(model: SmallVAE) -> dict[str, keras.Variable]:
    return {weight.path: weight for weight in model.weights}
