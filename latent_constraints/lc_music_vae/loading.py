"""Loads an LCMusicVAE from its folder."""

import os

from base_vae.checkpoints import finding, model_folder
from base_vae.errors import UserError
from base_vae.files import as_path, reading
from base_vae.loading import find_base
from base_vae.trained_model import TrainedModel
from latent_constraints.lc_music_vae.config import LCConfig
from latent_constraints.lc_music_vae.model import LCMusicVAE
from latent_constraints.lc_music_vae.saving import KIND, weights_of
from latent_constraints.lc_music_vae.trained_model import LCModel
from small_vae.saving import read_latents


def is_lc(path: str | os.PathLike[str]) -> bool:
    """Whether a folder holds an LCMusicVAE."""
    config = as_path(path) / finding.CONFIG
    return config.is_file() and finding.read_json(config).get("kind") == KIND


def load(path: str | os.PathLike[str], *, base: TrainedModel | None = None) -> LCModel:
    """The model that `save` wrote: the same seeds give the same music, bit for bit.

    Args:
      path: its folder.
      base: the base model, where it has moved since; None loads the one it was made with.

    Raises:
      UserError: if this is no such model, a part of it is missing, or the base is another one.
    """
    path = as_path(path)
    settings = finding.read_json(path / finding.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} holds no lc- model: make one with midime_train --config=lc-mel_2bar")
    with reading(path / finding.CONFIG):
        config, described = LCConfig.from_dict(settings["config"]), settings["base"]
    base = find_base(path, described, base)
    decoder = sum(4 * units * units for units in config.hparams.dec_rnn_size)
    weights = decoder + config.hparams.z_size * base.z_size
    model_folder.require_bytes(path / model_folder.WEIGHTS, weights)
    model = LCMusicVAE(config.hparams, base.z_size, base.config.converter.spaces)
    model_folder.read_weights(weights_of(model), path / model_folder.WEIGHTS)
    mixture, controls, _ = read_latents(path, config.hparams.z_size, base)
    return LCModel(base, model, config, mixture, model_folder.read_card(path), controls)
