"""Loads a personal model from its folder."""

import itertools
import os

import numpy as np

from base_vae.arguments import checked
from base_vae.checkpoints import finding, model_folder
from base_vae.errors import UserError
from base_vae.files import as_path, reading
from base_vae.loading import find_base
from base_vae.settings import from_dict
from base_vae.trained_model import TrainedModel
from base_vae.tunes.songs_file import read_songs_file
from small_vae.config import SmallConfig, SmallHParams
from small_vae.knobs import KnobWeights
from small_vae.model import SmallVAE
from small_vae.personal_model import PersonalModel
from small_vae.saving import read_latents, weights_of


@checked
def load(path: str | os.PathLike[str], *, base: TrainedModel | None = None) -> PersonalModel:
    """The personal model that `save` wrote: the same seeds give the same music, bit for bit.

    Args:
      path: its folder.
      base: the base model, where it has moved since; None loads the one it was made with.

    Raises:
      UserError: if this is no personal model, a part of it is missing, or the base is another one.
    """
    path = as_path(path)
    settings = finding.read_json(path / finding.CONFIG)
    if settings.get("kind") != "small_vae":
        raise UserError(f"{path} is not a personal model: make one with --save_model (this is a base model)")
    with reading(path / finding.CONFIG):
        values, described = dict(settings["config"]), settings["base"]
        config = from_dict(SmallConfig, {**values, "hparams": from_dict(SmallHParams, values["hparams"])})
        weights = KnobWeights.from_dict(settings["knobs"]) if "knobs" in settings else None
    base = find_base(path, described, base)
    layers = (base.z_size, *config.hparams.latent_encoder_layers, config.hparams.encoded_z_size)
    least = sum(a * b for a, b in itertools.pairwise((*layers, *config.hparams.latent_decoder_layers)))
    model_folder.require_bytes(path / model_folder.WEIGHTS, least)
    model = SmallVAE(config.hparams, base.z_size)
    model_folder.read_weights(weights_of(model), path / model_folder.WEIGHTS)
    size = config.hparams.encoded_z_size
    mixture, controls, arrays = read_latents(path, size, base, "spread", optional=("typical",))
    nothing = np.zeros(base.z_size, np.float32)  # folders of 0.1 have no typical tune
    spread, typical = arrays["spread"], arrays.get("typical", nothing)
    if spread.shape != (base.z_size, base.z_size) or typical.shape != (base.z_size,):
        raise UserError(f"{path} does not fit its base, whose latents have {base.z_size} numbers")
    card, songs = model_folder.read_card(path), tuple(read_songs_file(path))
    return PersonalModel(
        base, model, config, mixture, spread, typical, card, controls, songs=songs, weights=weights
    )
