"""Loads the model of tunes that belongs to a base."""

import os
from pathlib import Path

import numpy as np

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.names import fingerprint
from base_vae.errors import UserError
from base_vae.settings import from_dict
from base_vae.trained_model import TrainedModel
from base_vae.tunes.corpus import AttributeScale
from base_vae.tunes.denoiser import Denoiser, DenoiserHParams
from base_vae.tunes.form import Form
from base_vae.tunes.latent_space import LatentSpace
from base_vae.tunes.saving import KIND, SPACE, weights_of
from base_vae.tunes.tune_model import TuneModel

FOLDER = "tunes"  # in that of the base


def load(base: TrainedModel, path: str | os.PathLike | None = None) -> TuneModel:
    """The model of tunes over a base.

    Args:
      base: the MusicVAE below.
      path: its folder; None: the one that came with the base.

    Raises:
      UserError: if there is none, it cannot be read, or it belongs to another base.
    """
    if path is None:
        if not base.folder or not (base.folder / FOLDER / model_folder.CONFIG).is_file():
            raise UserError(
                f"whole tunes need a model of tunes, and {base.source or 'this base'} has none yet: "
                "recipes.tunes trains one"
            )
        path = base.folder / FOLDER
    path = Path(path).expanduser()
    settings = model_folder.read_json(path / model_folder.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} is no model of tunes")
    if settings["base"]["fingerprint"] != fingerprint(base.model):
        raise UserError(
            f"{path} was trained over other weights than {base.source or 'this base'} has now: train it again"
        )
    denoiser = Denoiser(from_dict(DenoiserHParams, settings["hparams"]))
    model_folder.read_weights(weights_of(denoiser), path / model_folder.WEIGHTS)
    try:
        with np.load(path / SPACE, allow_pickle=False) as arrays:
            space = LatentSpace(arrays["mean"], arrays["directions"], arrays["scale"])
            measured = arrays["attribute_mean"], arrays["attribute_deviation"]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path / SPACE} cannot be read: {error}") from error
    forms = [Form(tuple(labels), tuple(map(bool, varied))) for labels, varied in settings["forms"]]
    scale = AttributeScale(tuple(settings["attributes"]), *measured)
    return TuneModel(base, space, scale, denoiser, forms, model_folder.read_card(path))
