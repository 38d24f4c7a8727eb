"""Examples beside what a model makes of them, and how likely it finds each of their steps."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from midime_scripts.common.outputs import numbered

from base_vae.model.music_vae import step_mask

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel


def reconstruct(
    model: "TrainedModel", examples: np.ndarray, temperature: float, seed: int, qpm: float, stem: str
) -> tuple[dict, list[list]]:
    """Originals and reconstructions, by the names of their files, and the table of `write_table`."""
    latents = model.encode_arrays(examples)
    again = model.decode_arrays(latents.mu, temperature=temperature, seed=seed, controls=examples)
    music = {}
    names = (numbered(f"{stem}_{kind}", len(examples)) for kind in ("original", "reconstruction"))
    for *pair, original, reconstruction in zip(*names, examples, again, strict=True):
        for name, array in zip(pair, (original, reconstruction), strict=True):
            music[name] = model.config.converter.decode(array, qpm=qpm)
    return music, _table(model, examples, again)


def write_table(rows: list[list], path: Path) -> None:
    """Writes example, step (both from 1) and the probability of original and reconstruction as CSV.

    Both are teacher-forced from the original's posterior mean; a field is empty where the music is over.
    """
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["example", "step", "original", "reconstruction"])
        writer.writerows(rows)


def _table(model: "TrainedModel", examples: np.ndarray, again: np.ndarray) -> list[list]:
    columns = []
    for arrays in (examples, again):
        counts = step_mask(model.tensors(tf.constant(arrays))).numpy() > 0
        columns.append(np.where(counts, model.step_probabilities(arrays, inputs=examples), np.nan))
    both = np.stack(columns, -1)
    return [
        [example + 1, step + 1, *("" if np.isnan(value) else f"{value:.6g}" for value in both[example, step])]
        for example, step in np.argwhere(~np.isnan(both).all(-1)).tolist()
    ]
