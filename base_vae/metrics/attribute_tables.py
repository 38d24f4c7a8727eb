"""Attribute vectors, what they do, and music before and after it was moved along them, as Markdown tables."""

import itertools
from collections.abc import Mapping

import numpy as np

from base_vae.attributes import ATTRIBUTES, AttributeVectors, attributes_for, measure_arrays
from base_vae.attributes.base import mean
from base_vae.converters import Converter
from base_vae.metrics.attribute_response import Response
from base_vae.metrics.markdown import table


def vector_table(vectors: AttributeVectors) -> str:
    """Quartiles, lengths, straightness and standard errors, counts, and the cosines between the vectors."""
    header = ["attribute", "unit", "lower quartile", "upper quartile"]
    header += ["length to more", "to less", "straight", "error", "bottom", "top"]
    lengths = np.linalg.norm([vectors.more, vectors.less], axis=-1)
    figures = (vectors.thresholds, *lengths, vectors.straightness(), vectors.standard_errors)
    counts = vectors.counts[:, ::-1].tolist()
    rows = [
        [name, ATTRIBUTES[name].unit, *map(_number, (*quartiles, *numbers)), *map(str, count)]
        for name, quartiles, *numbers, count in zip(vectors, *figures, counts, strict=True)
    ]
    cosines = [
        [name, *(f"{cosine:.2f}" for cosine in row)]
        for name, row in zip(vectors, vectors.correlations().tolist(), strict=True)
    ]
    return f"{table(header, rows)}\n\n{table(['cosine', *vectors], cosines)}"


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"


def response_tables(response: Response) -> str:
    """The table of the paper, and how well each vector does its own work."""
    percent, change = response.percent(), response.change
    units = (ATTRIBUTES[name].unit for name in response.attributes)
    columns = [f"{name} ({unit})" for name, unit in zip(response.attributes, units, strict=True)]
    rows = [["before", *(f"{value:.2f}" for value in response.before)]]
    for (row, name), (sign, step) in itertools.product(enumerate(response.vectors), (("+", -1), ("-", 0))):
        cells = []
        for column, attribute in enumerate(response.attributes):
            relative = ATTRIBUTES[attribute].in_percent
            value = (percent if relative else change)[row, step, column]
            cell = "-" if np.isnan(value) else f"{value:+.0f}%" if relative else f"{value:+.2f}"
            cells.append(f"**{cell}**" if attribute == name and cell != "-" else cell)
        rows.append([f"{sign}{response.most:g} {name}", *cells])
    figures = (
        response.right_sign,
        response.right_sign_with_room,
        response.unchanged,
        response.kept[:, [-1, 0]],
    )
    own = [
        [name, *map(_share, np.ravel(shares)), f"{correlation:.2f}"]
        for name, *shares, correlation in zip(response.vectors, *figures, response.spearman, strict=True)
    ]
    header = ["own attribute", "grows, +", "shrinks, -", "with room, +", "with room, -", "same, +", "same, -"]
    header += ["steps kept, +", "steps kept, -", "Spearman"]
    title = f"{response.pieces} pieces: {response.music}; amounts {-response.most:g} to {response.most:g}"
    tables = (table(["change of", *columns], rows), table(header, own))
    return "\n\n".join([title, *tables])


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{100 * value:.0f}%"


def moved_latents(
    vectors: AttributeVectors, amounts: Mapping[str, float], z: np.ndarray, sweep_steps: int
) -> dict[str, np.ndarray]:
    """Latents [n, z_size] unchanged (`before`), with the amounts added (`after`), and along a sweep.

    The sweep goes from minus the amounts to the amounts in `sweep_steps` steps (0 for none); each step is
    named by the hundredths of the amounts that it adds, `sweep-100` to `sweep+100`.
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
