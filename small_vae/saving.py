"""A personal model as a folder: `config.json`, `model.weights.h5`, `latents.npz` and `README.md`."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from base_vae.array_file import read_arrays
from base_vae.checkpoints import model_folder
from base_vae.errors import UserError
from base_vae.files import atomic_folder
from base_vae.loading import describe_base
from base_vae.trained_model import TrainedModel
from base_vae.tunes.songs_file import write_songs
from small_vae.controls import UserControls
from small_vae.mixture import Mixture
from small_vae.model import SmallVAE

if TYPE_CHECKING:
    from small_vae.personal_model import PersonalModel

_LATENTS = "latents.npz"


def save(personal: "PersonalModel", path: str | os.PathLike[str]) -> None:
    """Writes a new folder, whole or not at all.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    with atomic_folder(path) as new:
        base, config = describe_base(personal.base), dataclasses.asdict(personal.config)
        settings = {"kind": "small_vae", "base": base, "config": config}
        if personal.weights is not None:
            settings["knobs"] = personal.weights.to_dict()
        card = f"# A personal model over {personal.base.source}\n\n{personal.card}"
        model_folder.write_parts(new, settings, card, weights_of(personal.model))
        write_latents(
            new, personal.mixture, personal.controls, spread=personal.spread, typical=personal.typical
        )
        if personal.songs:
            write_songs(new, personal.songs)


def write_latents(path: Path, mixture: Mixture, controls: UserControls | None, **more: np.ndarray) -> None:
    """Writes what a model knows of a user's latents to its folder, with `more` arrays."""
    arrays: dict[str, Any] = {**vars(mixture), **({} if controls is None else vars(controls)), **more}
    np.savez(path / _LATENTS, **arrays)


def read_latents(
    path: Path, size: int, base: TrainedModel, *more: str, optional: tuple[str, ...] = ()
) -> tuple[Mixture, UserControls | None, dict[str, np.ndarray]]:
    """Reads what `write_latents` wrote to a folder.

    Args:
      path: the folder.
      size: of the small latent space.
      base: the model below.
      more: names of further arrays.
      optional: names of arrays that folders of earlier versions do not have.

    Raises:
      UserError: if they cannot be read, are not finite, or do not fit the model.
    """
    file = path / _LATENTS
    names = ("weights", "means", "factors")
    try:
        arrays = read_arrays(file, (*names, *more), optional=("arrays", "stretches", *optional))
    except FileNotFoundError:
        raise UserError(f"{path} is not complete: it has no {_LATENTS}") from None
    mixture = Mixture(*(arrays[name] for name in names))
    controls = UserControls(arrays["arrays"], arrays["stretches"]) if "stretches" in arrays else None
    wrong = mixture.problem(size)
    if wrong is None and controls is not None:
        wrong = controls.problem(base.config.converter.shape)
    if wrong is not None:
        raise UserError(f"{file} does not fit its model: {wrong}")
    return mixture, controls, {name: arrays[name] for name in (*more, *optional) if name in arrays}


def weights_of(model: SmallVAE) -> dict[str, keras.Variable]:
    """Every weight by its path."""
    return {weight.path: weight for weight in model.weights}
