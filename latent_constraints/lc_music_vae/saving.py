"""A trained LCMusicVAE as a folder: `config.json`, `model.weights.h5`, `latents.npz` and `README.md`."""

import dataclasses
import os
from typing import TYPE_CHECKING

import keras

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.names import decoder_layers
from base_vae.files import atomic_folder
from base_vae.loading import describe_base
from latent_constraints.lc_music_vae.model import LCMusicVAE
from small_vae.saving import write_latents

if TYPE_CHECKING:
    from latent_constraints.lc_music_vae.trained_model import LCModel

KIND = "lc_music_vae"


def save(trained: "LCModel", path: str | os.PathLike[str]) -> None:
    """Writes a new folder, whole or not at all.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    settings = {
        "kind": KIND,
        "base": describe_base(trained.base),
        "config": dataclasses.asdict(trained.config),
    }
    card = f"# {trained.config.name} over {trained.base.source}\n\n{trained.card}"
    with atomic_folder(path) as new:
        model_folder.write_parts(new, settings, card, weights_of(trained.model))
        write_latents(new, trained.mixture, trained.controls)


def weights_of(model: LCMusicVAE) -> dict[str, keras.Variable]:
    """Every weight by the original's name for it."""
    weights: dict[str, keras.Variable] = {"global_step": model.global_step}
    for name in ("latent_encoder", "latent_decoder"):
        for layer, part in zip(getattr(model, name), ("mu", "sigma"), strict=True):
            weights.update({f"{name}/{part}/{weight.name}": weight for weight in layer.weights})
    for layer, name, _ in decoder_layers(model.decoder):
        weights.update({f"{name}/{weight.name}": weight for weight in layer.weights})
    return weights
