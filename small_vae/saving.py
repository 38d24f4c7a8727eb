"""A personal model as a folder: `config.json`, `model.weights.h5`, `latents.npz` and `README.md`."""

import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from base_vae.checkpoints import folder
from base_vae.checkpoints.names import named_weights
from base_vae.config import from_dict
from base_vae.errors import UserError
from base_vae.inference import TrainedModel
from base_vae.loading import load as load_base
from base_vae.presets import Config
from small_vae.aggregate import Mixture
from small_vae.config import SmallConfig, SmallHParams
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
        base = {
            "load": personal.base.source,
            "config": personal.base.config.to_dict(),
            "fingerprint": fingerprint(personal.base),
        }
        settings = {"kind": "small_vae", "base": base, "config": dataclasses.asdict(personal.config)}
        (new / folder.CONFIG).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        card = f"# A personal model over {personal.base.source}\n\n{personal.card}\n"
        (new / folder.CARD).write_text(card, encoding="utf-8")
        folder.write_weights(_weights(personal.model), new / folder.WEIGHTS)
        told = {} if personal.told is None else vars(personal.told)
        np.savez(new / _LATENTS, spread=personal.spread, **vars(personal.mixture), **told)


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
    base = base or _find_base(path, settings["base"])
    if fingerprint(base) != settings["base"]["fingerprint"]:
        raise UserError(f"{path} was made with another base model than {settings['base']['load']} is now")
    model = SmallVAE(config.hparams, base.z_size)
    folder.read_weights(_weights(model), path / folder.WEIGHTS)
    try:
        with np.load(path / _LATENTS, allow_pickle=False) as arrays:
            mixture = Mixture(arrays["weights"], arrays["means"], arrays["factors"])
            spread = arrays["spread"]
            told = Told(arrays["arrays"], arrays["stretches"]) if "stretches" in arrays else None
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path / _LATENTS} cannot be read: {error}") from error
    card = (path / folder.CARD).read_text(encoding="utf-8").split("\n\n", 1)[-1].strip()
    return PersonalModel(base, model, config, mixture, spread, card, told)


def _find_base(path: Path, base: dict[str, Any]) -> TrainedModel:
    try:  # a checkpoint of the original does not say itself what it is
        return load_base(base["load"], Config.from_dict(base["config"]) if "config" in base else None)
    except UserError as error:
        raise UserError(f"the base model of {path} is not to be had: {error}; name it with --base") from error


def fingerprint(base: TrainedModel) -> str:
    """A short hash of a base model's weights."""
    digest = hashlib.sha256()
    for name, weight in sorted(named_weights(base.model).items()):
        digest.update(name.encode() + weight.numpy().tobytes())
    return digest.hexdigest()[:16]


def _weights(model: SmallVAE) -> dict[str, keras.Variable]:
    return {weight.path: weight for weight in model.weights}
