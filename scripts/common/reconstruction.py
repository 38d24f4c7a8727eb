"""Examples beside what a model makes of them, and how likely it finds each of their steps."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from midime_scripts.common.outputs import Numbering

from base_vae.metrics.step_probabilities import step_probabilities

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel


def reconstruct(
    model: "TrainedModel",
    examples: np.ndarray,
    temperature: float,
    seed: int,
    qpm: float,
    numbering: Numbering,
) -> tuple[dict, np.ndarray]:
    """Originals and reconstructions, by the names of their files, and the probabilities of their steps."""
    latents = model.encode_arrays(examples)
    again = model.decode_arrays(latents.mu, temperature=temperature, seed=seed, controls=examples)
    music = {}
    for name, *pair in zip(numbering.take(len(examples)), examples, again, strict=True):
        for kind, array in zip(("original", "reconstruction"), pair, strict=True):
            music[f"{name}_{kind}.mid"] = model.config.converter.decode(array, qpm=qpm)
    return music, step_probabilities(model, examples, again)


def write_table(probabilities: np.ndarray, path: Path) -> None:
    """Writes example, step (both from 1) and the two probabilities of each as CSV.

    Args:
      probabilities: of `base_vae.metrics.step_probabilities`; NaN is an empty field, two NaN are no line.
      path: the file.
    """
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["example", "step", "original", "reconstruction"])
        for example, step in np.argwhere(~np.isnan(probabilities).all(-1)).tolist():
            pair = probabilities[example, step]
            writer.writerow([example + 1, step + 1, *("" if np.isnan(p) else f"{p:.6g}" for p in pair)])
