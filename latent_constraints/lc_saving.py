"""A trained LCMusicVAE as a folder: `config.json`, `model.weights.h5`, `latents.npz` and `README.md`."""

import dataclasses
import json
import os
from pathlib import Path

import keras

from base_vae.checkpoints import folder
from base_vae.checkpoints.names import decoder_layers
from base_vae.errors import UserError
from base_vae.inference import TrainedModel
from latent_constraints.lc_config import LCConfig
from latent_constraints.lc_model import LCModel
from latent_constraints.lc_music_vae import LCMusicVAE
from small_vae.its_base import describe_base, find_base
from small_vae.saving import read_latents, write_latents

KIND = "lc_music_vae"


def save(trained: LCModel, path: str | os.PathLike) -> None:
    """Writes a new folder, whole or not at all.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    settings = {
        "kind": KIND,
        "base": describe_base(trained.base),
        "config": dataclasses.asdict(trained.config),
    }
    card = f"# {trained.config.name} over {trained.base.source}\n\n{trained.card}\n"
    with folder.new_folder(path) as new:
        (new / folder.CONFIG).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        (new / folder.CARD).write_text(card, encoding="utf-8")
        folder.write_weights(_weights(trained.model), new / folder.WEIGHTS)
        write_latents(new, trained.mixture, trained.told)


def is_lc(path: str | os.PathLike) -> bool:
    """Whether a folder holds an LCMusicVAE."""
    config = Path(path).expanduser() / folder.CONFIG
    return config.is_file() and folder.read_json(config).get("kind") == KIND


def load(path: str | os.PathLike, base: TrainedModel | None = None) -> LCModel:
    """The model that `save` wrote: the same seeds give the same music, bit for bit.

    Args:
      path: its folder.
      base: the base model, where it has moved since; None loads the one it was made with.

    Raises:
      UserError: if this is no such model, a part of it is missing, or the base is another one.
    """
    path = Path(path).expanduser()
    settings = folder.read_json(path / folder.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} holds no lc- model: make one with midime_train --config=lc-mel_2bar")
    config = LCConfig.from_dict(settings["config"])
    base = find_base(path, settings["base"], base)
    model = LCMusicVAE(config.hparams, base.z_size, base.config.converter.spaces)
    folder.read_weights(_weights(model), path / folder.WEIGHTS)
    mixture, told, _ = read_latents(path)
    return LCModel(base, model, config, mixture, folder.read_card(path), told)


def _weights(model: LCMusicVAE) -> dict[str, keras.Variable]:
    """Every weight by the original's name for it."""
    weights = {"global_step": model.global_step}
    for name in ("latent_encoder", "latent_decoder"):
        for layer, part in zip(getattr(model, name), ("mu", "sigma"), strict=True):
            weights.update({f"{name}/{part}/{weight.name}": weight for weight in layer.weights})
    for layer, name, _ in decoder_layers(model.decoder):
        weights.update({f"{name}/{weight.name}": weight for weight in layer.weights})
    return weights
