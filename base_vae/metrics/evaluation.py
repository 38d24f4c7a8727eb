"""Generated music against reference music: every measure, as data and as a table."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from base_vae.metrics.comparison import compare
from base_vae.metrics.frechet import frechet
from base_vae.metrics.histograms import copy_rate, distinct_rate
from base_vae.metrics.music_set import MusicSet
from base_vae.metrics.muspy_metrics import standard_metrics
from base_vae.metrics.similarity import NEAR, nearest, self_similarity
from base_vae.trained_model import TrainedModel


def evaluate(
    model: TrainedModel,
    generated: MusicSet,
    references: Mapping[str, MusicSet],
    *,
    seed: int = 0,
    training: MusicSet | None = None,
    standard: bool = True,
) -> dict[str, Any]:
    """Every figure, as plain data.

    Args:
      model: whose latent space is used.
      generated: the music in question.
      references: sets that it is compared with, by name.
      seed: draws the parts of a reference, see `latent_distances`.
      training: what its model learned from, to look for copies; None: they are not counted.
      standard: whether to ask muspy for its metrics.

    Returns:
      `generated`: see `measure_set`; `references`: of each its own figures as `set`, the `features` of
      `compare_sets` and the `frechet` distance of `latent_distances`; `copies`: see there, or None.

    Raises:
      UserError: if `standard` and muspy is not installed.
    """
    ours = latents_of(model, generated)
    return {
        "generated": measure_set(generated, standard),
        "references": {
            name: {
                "set": measure_set(reference, standard),
                "features": compare_sets(generated, reference),
                "frechet": latent_distances(
                    ours, latents_of(model, reference), reference.piece_of, seed=seed
                ),
            }
            for name, reference in references.items()
        },
        "copies": copies(generated, training) if training else None,
    }


def measure_set(music: MusicSet, standard: bool) -> dict[str, Any]:
    """Figures of one set by itself.

    Args:
      music: the set.
      standard: whether to ask muspy for its metrics.

    Raises:
      UserError: if `standard` and muspy is not installed.
    """
    values = standard_metrics(music.pieces, music.converter.steps_per_quarter) if standard else {}
    return {
        "examples": len(music),
        "silent": int(sum(not len(piece) for piece in music.pieces)),
        "distinct": distinct_rate(music.arrays.reshape(len(music), -1)),
        "self_similarity": dataclasses.asdict(self_similarity(music.onsets, music.converter.bar)),
        "standard": {name: _moments(column) for name, column in values.items()},
        "read": music.report.to_json(),
    }


def compare_sets(generated: MusicSet, reference: MusicSet) -> dict[str, Any]:
    """Each feature of Yang and Lerch in both sets, compared; see `comparison.Comparison`."""
    ours, theirs = generated.features, reference.features
    return {name: dataclasses.asdict(compare(ours[name], theirs[name])) for name in ours}


def latents_of(model: TrainedModel, music: MusicSet) -> np.ndarray:
    """Posterior means of a set, [examples, z_size]; [0, z_size] for a model without latent space."""
    if not model.config.hparams.conditional:
        return np.zeros((0, model.z_size), np.float32)
    return model.encode_arrays(music.arrays).mu


def latent_distances(
    ours: np.ndarray, theirs: np.ndarray, piece_of: np.ndarray, *, seed: int = 0
) -> dict[str, Any] | None:
    """Frechet distance in the latent space, and two of parts to judge by how near the reference is to itself.

    A part of the reference is compared with other pieces of it, the rest, and as much of the generated music
    with that same rest: both distances are of as many examples, so music like the reference comes as close
    as the part does. The part is drawn from half of the pieces, the rest is the other half. Covariances are
    shrunk for all three distances, or for none.

    Args:
      ours: latents of the generated music, [examples, z_size].
      theirs: of the reference.
      piece_of: number of the piece of each example of the reference, [examples].
      seed: draws the parts.

    Returns:
      The fields of `frechet.Frechet` for all examples; part_of_reference and part_of_generated, the distances
      from the rest; part_examples, how many a part and the rest have. These three are None where a part or
      the rest would have fewer than two, and all of it where a set has.
    """
    if min(len(ours), len(theirs)) < 2:
        return None
    rng = np.random.default_rng(seed)
    pieces = rng.permutation(np.unique(piece_of))
    in_rest = np.isin(piece_of, pieces[len(pieces) // 2 :])
    drawn, half, rest = rng.permutation(ours), rng.permutation(theirs[~in_rest]), theirs[in_rest]
    size = min(len(drawn), len(half))
    if min(size, len(rest)) < 2:
        none = dict.fromkeys(("part_of_reference", "part_of_generated", "part_examples"))
        return {**dataclasses.asdict(frechet(ours, theirs)), **none}
    of_part = frechet(half[:size], rest)  # no set is smaller, so it decides whether covariances are shrunk
    return {
        **dataclasses.asdict(frechet(ours, theirs, of_part.shrunk)),
        "part_of_reference": of_part.distance,
        "part_of_generated": frechet(drawn[:size], rest, of_part.shrunk).distance,
        "part_examples": of_part.examples,
    }


def copies(generated: MusicSet, training: MusicSet) -> dict[str, Any]:
    """How much of the generated music is in the training music.

    Returns:
      exact: share of examples that are one of the training examples, note for note.
      near: share that has at least 9 in 10 notes in common with one, in any transposition up to an octave.
      most_similar: mean similarity to the nearest training example, of the same.
      nearest: of each near copy, its file, the file that it is near to, and how similar they are.
    """
    alike, number = nearest(generated.onsets, training.onsets)
    near = np.flatnonzero(alike >= NEAR - 1e-6)
    return {
        "examples": len(training),
        "exact": copy_rate(generated.arrays, training.arrays),
        "near": len(near) / len(generated),
        "most_similar": float(alike.mean()),
        "nearest": [
            {"file": generated.names[i], "training": training.names[number[i]], "similarity": float(alike[i])}
            for i in near
        ],
    }


def _moments(column: np.ndarray) -> dict[str, Any]:
    """Mean and standard deviation of what is defined, and how many are; None where none is."""
    defined = column[~np.isnan(column)]
    if not len(defined):
        return {"mean": None, "std": None, "examples": 0}
    return {"mean": float(defined.mean()), "std": float(defined.std()), "examples": len(defined)}
