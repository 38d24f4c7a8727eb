"""A trained latent transfer as a folder: `config.json`, `model.weights.h5` and `README.md`."""

import itertools
import os
from typing import Any

import keras

from base_vae.checkpoints import finding, model_folder
from base_vae.errors import UserError
from base_vae.files import as_path, atomic_folder, reading
from base_vae.settings import from_dict
from latent_constraints.transfer.model import LatentTransfer, TransferHParams

KIND = "latent_transfer"


def save(
    model: LatentTransfer, path: str | os.PathLike[str], *, card: str = "", base: dict[str, Any] | None = None
) -> None:
    """Writes a new folder, whole or not at all.

    Args:
      model: what is kept.
      path: the folder.
      card: what was learned, Markdown.
      base: whose latents they are, where both domains are of one base; see `base_vae.loading.describe_base`.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    settings = {"kind": KIND, "base": base, **model.get_config()}
    with atomic_folder(path) as new:
        title = "# A transfer between two latent spaces"
        model_folder.write_parts(new, settings, f"{title}\n\n{card}", _weights(model))


def load(path: str | os.PathLike[str]) -> LatentTransfer:
    """The model that `save` wrote, bit for bit. Raises UserError if there is none or a part is missing."""
    path = as_path(path)
    settings = finding.read_json(path / finding.CONFIG)
    if settings.pop("kind", None) != KIND:
        raise UserError(f"{path} holds no latent transfer: make one with latent_transfer --mode=train")
    settings.pop("base", None)
    with reading(path / finding.CONFIG):
        hparams = from_dict(TransferHParams, settings.pop("hparams"))
        layers = (max(settings["z_sizes"]), *hparams.layers, hparams.size)
        weights = sum(a * b for a, b in itertools.pairwise(layers)) + hparams.size * int(settings["labels"])
        model_folder.require_bytes(path / model_folder.WEIGHTS, weights)
        model = LatentTransfer(hparams, **settings)
    model_folder.read_weights(_weights(model), path / model_folder.WEIGHTS)
    return model


def _weights(model: LatentTransfer) -> dict[str, keras.Variable]:
    return {weight.path: weight for weight in model.weights}
