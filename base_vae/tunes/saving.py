"""A model of tunes as a folder: `config.json`, `model.weights.h5`, `space.npz` and `README.md`."""

import dataclasses
import json
import os
from typing import Any

import keras
import numpy as np

from base_vae.checkpoints import finding, model_folder
from base_vae.checkpoints.names import fingerprint
from base_vae.files import atomic_folder
from base_vae.trained_model import TrainedModel
from base_vae.tunes.denoiser import Denoiser
from base_vae.tunes.denoising import Denoising

KIND = "tunes"
SPACE = "space.npz"


def save(denoising: Denoising, base: TrainedModel, path: str | os.PathLike, *, replace: bool = False) -> None:
    """Writes a folder, whole or not at all; weights in 16 bits.

    Args:
      denoising: to keep.
      base: whose latents they are.
      path: the folder.
      replace: allow an existing one to be replaced.
    """
    forms = [(form.labels, form.varied) for form in denoising.forms]
    settings = {
        "kind": KIND,
        "base": {"load": base.source, "fingerprint": fingerprint(base.model)},
        "hparams": dataclasses.asdict(denoising.denoiser.hparams),
        "attributes": denoising.scale.names,
        "forms": [[list(labels), [int(v) for v in varied]] for labels, varied in forms],
    }
    with atomic_folder(path, replace=replace) as new:
        (new / finding.CONFIG).write_text(json.dumps(settings) + "\n", encoding="utf-8")
        card = f"# Tunes over {base.source}\n\n{denoising.card}\n"
        (new / model_folder.CARD).write_text(card, encoding="utf-8")
        model_folder.write_weights(weights_of(denoising.denoiser), new / model_folder.WEIGHTS, bits=16)
        arrays: dict[str, Any] = {
            **vars(denoising.space),
            "attribute_mean": denoising.scale.mean,
            "attribute_deviation": denoising.scale.deviation,
        }
        np.savez(new / SPACE, **arrays)


def weights_of(denoiser: Denoiser) -> dict[str, keras.Variable]:
    """Every weight by a name of its own."""
    in_blocks = {
        f"{block.name}/{weight.path}": weight for block in denoiser.blocks for weight in block.weights
    }
    inside = {id(weight) for weight in in_blocks.values()}
    return in_blocks | {weight.path: weight for weight in denoiser.weights if id(weight) not in inside}
