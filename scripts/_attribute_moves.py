"""Music before and after it was moved along attribute vectors."""

from collections.abc import Mapping

import numpy as np

from base_vae.attributes import ATTRIBUTES, AttributeVectors, attributes_for, measure_arrays
from base_vae.attributes.base import mean
from base_vae.converters import Converter
from base_vae.metrics.markdown import table


def moved_latents(
    vectors: AttributeVectors, amounts: Mapping[str, float], z: np.ndarray, sweep_steps: int
) -> dict[str, np.ndarray]:
    """Latents [n, z_size] as they are (before), with the amounts added (after), and along a sweep.

    The sweep goes from minus the amounts to the amounts in so many steps (0 for none), and is named by how
    many hundredths of them are added: sweep-100 to sweep+100.
    """
    factors = {"before": 0.0, "after": 1.0}
    factors |= {f"sweep{100 * factor:+.0f}": factor for factor in np.linspace(-1, 1, sweep_steps)}
    return {
        word: vectors.moved(z, {name: factor * amount for name, amount in amounts.items()})
        for word, factor in factors.items()
    }


def moved_table(
    converter: Converter, amounts: Mapping[str, float], versions: Mapping[str, np.ndarray]
) -> str:
    """A table of the attributes of music in several versions, each [stretches, *converter.shape]."""
    attributes = [ATTRIBUTES[name] for name in amounts]
    attributes += [other for other in attributes_for(converter) if other not in attributes]
    columns = [_means(measure_arrays(arrays, converter, attributes)) for arrays in versions.values()]
    rows = []
    for attribute, values in zip(attributes, np.transpose(columns), strict=True):
        added = f"{amounts[attribute.name]:+g}" if attribute.name in amounts else ""
        cells = ("-" if np.isnan(value) else f"{value:.2f}" for value in values)
        rows.append([attribute.name, attribute.unit, added, *cells])
    stretches = len(next(iter(versions.values())))
    bars = f"{converter.bars} bar{'s' if converter.bars > 1 else ''}"
    return table([f"mean of {stretches} stretches of {bars}", "unit", "added", *versions], rows)


def _means(values: np.ndarray) -> np.ndarray:
    """Mean of each column of [stretches, attributes] over the stretches in which it is defined."""
    return np.array([mean(column[~np.isnan(column)]) for column in values.T])
