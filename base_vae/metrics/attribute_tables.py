"""Attribute vectors and what they do, as Markdown tables."""

import itertools

import numpy as np

from base_vae.attributes.registry import ATTRIBUTES
from base_vae.attributes.vectors import AttributeVectors
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
