"""Pieces before and after they were moved along attribute vectors."""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from base_vae.attributes import ATTRIBUTES, AttributeVectors, attributes_for, measure_arrays
from base_vae.attributes.base import mean
from base_vae.markdown import table

if TYPE_CHECKING:
    from base_vae.inference import TrainedModel


def move(
    model: "TrainedModel",
    vectors: AttributeVectors,
    amounts: Mapping[str, float],
    examples: np.ndarray,
    sweep_steps: int,
    temperature: float,
    seed: int,
) -> tuple[dict[str, np.ndarray], str]:
    """Versions of examples, and a table of what their attributes were and became.

    Args:
      model: encodes and decodes them.
      vectors: of the attributes in `amounts`, which says how much of each is added.
      examples: the originals, [examples, ...].
      sweep_steps: versions of the sweep from minus the amounts to the amounts; 0 for none.
      temperature, seed: as for `TrainedModel.decode`.

    Returns:
      The examples as they are (original), as the model plays them (before), changed (after), and along the
      sweep, by the percentage of the amounts that is added (sweep-100 to sweep+100), each [examples, ...];
      and the table, of means over the examples.
    """
    z = model.encode_arrays(examples).mu

    @functools.cache  # a sweep comes by both of the others
    def moved(factor: float) -> np.ndarray:
        latents = vectors.moved(z, {name: factor * amount for name, amount in amounts.items()})
        return model.decode_arrays(latents, temperature, seed, examples)

    versions = {"original": examples, "before": moved(0.0), "after": moved(1.0)}
    versions |= {f"sweep{100 * factor:+.0f}": moved(factor) for factor in np.linspace(-1, 1, sweep_steps)}
    converter = model.config.converter
    attributes = [ATTRIBUTES[name] for name in amounts]
    attributes += [other for other in attributes_for(converter) if other not in attributes]
    columns = [_means(measure_arrays(arrays, converter, attributes)) for arrays in versions.values()]
    rows = []
    for attribute, values in zip(attributes, np.transpose(columns), strict=True):
        added = f"{amounts[attribute.name]:+g}" if attribute.name in amounts else ""
        cells = ("-" if np.isnan(value) else f"{value:.2f}" for value in values)
        rows.append([attribute.name, attribute.unit, added, *cells])
    return versions, table([f"mean of {len(examples)} examples", "unit", "added", *versions], rows)


def _means(values: np.ndarray) -> np.ndarray:
    """Mean of each column of [examples, attributes] over the examples in which it is defined."""
    return np.array([mean(column[~np.isnan(column)]) for column in values.T])
