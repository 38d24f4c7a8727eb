"""Loads the model of tunes that belongs to a base."""

import os
from pathlib import Path

from base_vae.array_file import read_arrays
from base_vae.checkpoints import finding, model_folder
from base_vae.checkpoints.names import fingerprint
from base_vae.errors import UserError
from base_vae.files import as_path, reading
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
    path = as_path(path)
    settings = finding.read_json(path / finding.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} is not a model of tunes")
    with reading(path / finding.CONFIG):
        known = settings["base"]["fingerprint"]
        hparams = from_dict(DenoiserHParams, settings["hparams"])
        attributes = tuple(map(str, settings["attributes"]))
        forms = [
            Form(tuple(map(int, labels)), tuple(map(bool, varied))) for labels, varied in settings["forms"]
        ]
        if len(attributes) != hparams.attributes or not all(
            len(form.labels) == len(form.varied) > 0 for form in forms
        ):
            raise ValueError("its attributes or its forms do not fit its sizes")
    if known != fingerprint(base.model):
        raise UserError(
            f"{path} was trained over other weights than {base.source or 'this base'} has now: train it again"
        )
    model_folder.require_bytes(path / model_folder.WEIGHTS, hparams.least_weights)
    denoiser = Denoiser(hparams)
    model_folder.read_weights(weights_of(denoiser), path / model_folder.WEIGHTS)
    space, scale = _read_space(path, base.z_size, hparams.directions, attributes)
    return TuneModel(base, Denoising(space, scale, denoiser, forms, model_folder.read_card(path)))


def _read_space(
    path: Path, z_size: int, directions: int, attributes: tuple[str, ...]
) -> tuple[LatentSpace, AttributeScale]:
    """The directions that the denoiser works in, and the scale of its attributes, from its folder."""
    shapes = {
        "mean": (z_size,),
        "directions": (z_size, directions),
        "scale": (directions,),
        "attribute_mean": (len(attributes),),
        "attribute_deviation": (len(attributes),),
    }
    try:
        arrays = read_arrays(path / SPACE, shapes)
    except FileNotFoundError:
        raise UserError(f"{path} is not complete: it has no {SPACE}") from None
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise UserError(
                f"{path / SPACE} does not fit its model: {name} must have the shape {list(shape)}"
            )
    mean, columns, scale, *measured = (arrays[name] for name in shapes)
    return LatentSpace(mean, columns, scale), AttributeScale(attributes, *measured)
