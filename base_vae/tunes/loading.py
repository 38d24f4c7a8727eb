"""Loads the model of tunes that belongs to a base."""

import os
from pathlib import Path

import numpy as np

from base_vae.checkpoints import finding, model_folder
from base_vae.checkpoints.names import fingerprint
from base_vae.errors import UserError
from base_vae.settings import from_dict
from base_vae.trained_model import TrainedModel
from base_vae.tunes.corpus import AttributeScale
from base_vae.tunes.denoiser import Denoiser, DenoiserHParams
from base_vae.tunes.denoising import Denoising
from base_vae.tunes.form import Form
from base_vae.tunes.latent_space import LatentSpace
from base_vae.tunes.saving import KIND, SPACE, weights_of
from base_vae.tunes.tune_model import TuneModel

FOLDER = "tunes"  # in that of the base


def load(base: TrainedModel, path: str | os.PathLike | None = None) -> TuneModel:
    """Whole tunes over a base.

    Args:
      base: the MusicVAE below.
      path: folder of a model of tunes; None: the one that came with the base, if there is one.

    Raises:
      UserError: if it cannot be read or belongs to another base.
    """
    if path is None:
        own = base.folder / FOLDER if base.folder else None
        if not own or not (own / finding.CONFIG).is_file():
            return TuneModel(base, None)
        path = own
    path = Path(path).expanduser()
    settings = finding.read_json(path / finding.CONFIG)
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
    scale = AttributeScale(tuple(settings["attributes"]), *measured)
    forms = [Form(tuple(labels), tuple(map(bool, varied))) for labels, varied in settings["forms"]]
    return TuneModel(base, Denoising(space, scale, denoiser, forms, model_folder.read_card(path)))
