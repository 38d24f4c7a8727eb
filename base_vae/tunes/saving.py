"""A model of tunes as a folder: `config.json`, `model.weights.h5`, `space.npz` and `README.md`."""

import dataclasses
import json
import os

import keras
import numpy as np

from base_vae.checkpoints import model_folder
from base_vae.files import atomic_folder
from base_vae.tunes.denoiser import Denoiser
from base_vae.tunes.tune_model import TuneModel

KIND = "tunes"
SPACE = "space.npz"


def save(model: TuneModel, fingerprint: str, path: str | os.PathLike, *, replace: bool = False) -> None:
    """Writes a folder, whole or not at all; weights in 16 bits.

    Args:
      model: to keep.
      fingerprint: of its base's weights.
      path: the folder.
      replace: allow an existing one to be replaced.
    """
    forms = [(form.labels, form.varied) for form in model.forms]
    settings = {
        "kind": KIND,
        "base": {"load": model.base.source, "fingerprint": fingerprint},
        "hparams": dataclasses.asdict(model.denoiser.hparams),
        "attributes": model.scale.names,
        "forms": [[list(labels), [int(v) for v in varied]] for labels, varied in forms],
    }
    with atomic_folder(path, replace=replace) as new:
        (new / model_folder.CONFIG).write_text(json.dumps(settings) + "\n", encoding="utf-8")
        card = f"# Tunes over {model.base.source}\n\n{model.card}\n"
        (new / model_folder.CARD).write_text(card, encoding="utf-8")
        model_folder.write_weights(weights_of(model.denoiser), new / model_folder.WEIGHTS, half=True)
        scale = {"attribute_mean": model.scale.mean, "attribute_deviation": model.scale.deviation}
        np.savez(new / SPACE, **vars(model.space), **scale)


def weights_of(denoiser: Denoiser) -> dict[str, keras.Variable]:
    """Every weight by a name of its own."""
    in_blocks = {
        f"{block.name}/{weight.path}": weight for block in denoiser.blocks for weight in block.weights
    }
    inside = {id(weight) for weight in in_blocks.values()}
    return in_blocks | {weight.path: weight for weight in denoiser.weights if id(weight) not in inside}
