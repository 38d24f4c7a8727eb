"""Directions in which attributes grow in a latent space, and their spreads, from a model's own samples."""

import dataclasses
import weakref

import numpy as np

from base_vae.attributes import attributes_for, measure_arrays
from base_vae.trained_model import TrainedModel

_SAMPLES = 2048
_RIDGE = 300.0  # against the noise of as many samples as this, in squared latents
_KNOWN: "weakref.WeakKeyDictionary[TrainedModel, Directions]" = weakref.WeakKeyDictionary()


@dataclasses.dataclass(frozen=True, eq=False)
class Directions:
    """Moves in a latent space that change one attribute and leave the others alone.

    Attributes:
      names: of the attributes.
      moves: the shortest move that, by a linear fit, makes one attribute grow by its spread and changes no
        other, float32 [attributes, z_size].
      spreads: standard deviation of each attribute among samples of the prior, float64 [attributes].
      extents: least and most of each attribute among them, float64 [attributes, 2].
      quartiles: lower and upper quartile of each attribute among them, float64 [attributes, 2].
    """

    names: tuple[str, ...]
    moves: np.ndarray
    spreads: np.ndarray
    extents: np.ndarray
    quartiles: np.ndarray

    def spread_of(self) -> dict[str, float]:
        """The spreads by name."""
        return dict(zip(self.names, self.spreads.tolist(), strict=True))


def find_directions(model: TrainedModel) -> Directions:
    """The directions of a model, from samples of its prior decoded at temperature 0.

    Ridge regression of the standardized attributes on the latents gives weights W [z_size, attributes]; the
    rows of its pseudo-inverse are the shortest moves that change one fitted attribute by 1 and the others by
    0. Attributes that never change are left out. The result is kept for as long as the model is.

    Args:
      model: whose decoder plays the samples, always the same ones.
    """
    if model in _KNOWN:
        return _KNOWN[model]
    converter = model.config.converter
    z = np.random.default_rng(0).standard_normal((_SAMPLES, model.z_size), np.float32)
    attributes = attributes_for(converter)
    values = measure_arrays(model.decode_arrays(z), converter, attributes)
    centred = values - np.nanmean(values, 0)
    spreads = np.sqrt(np.nanmean(centred**2, 0))
    varied = np.flatnonzero(spreads > 1e-6)
    targets = np.nan_to_num(centred[:, varied] / spreads[varied])
    weights = np.linalg.solve(z.T @ z + _RIDGE * np.eye(z.shape[1]), z.T @ targets)
    names = tuple(attributes[number].name for number in varied)
    extents = np.stack([np.nanmin(values[:, varied], 0), np.nanmax(values[:, varied], 0)], axis=1)
    quartiles = np.nanquantile(values[:, varied], (0.25, 0.75), axis=0).T
    moves = np.linalg.pinv(weights).astype(np.float32)
    found = Directions(names, moves, spreads[varied], extents, quartiles)
    _KNOWN[model] = found
    return found
