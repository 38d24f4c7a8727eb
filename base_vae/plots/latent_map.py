"""Maps: where music lies in a latent space."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from base_vae.plots.styles import (
    INK,
    PALE,
    SMALL,
    VALUES,
    colour,
    legend_beside,
    marker,
    new_figure,
    plain_axes,
)

_MOST_GROUPS = 20  # in a legend
_SIZE = 26  # points squared
_VECTOR_LIMIT = 2000  # more points than that make a picture file too large with each as a shape of its own


@dataclasses.dataclass(frozen=True)
class Layer:
    """Points that belong together.

    Attributes:
      points: [points, 2].
      name: in the legend.
    """

    points: np.ndarray
    name: str


@dataclasses.dataclass(frozen=True)
class Values:
    """A number for each point, shown by its colour.

    Attributes:
      numbers: [points]; NaN where there is none.
      name: with its unit.
    """

    numbers: np.ndarray
    name: str


def latent_map_figure(
    pieces: np.ndarray,
    by: Sequence[str] | Values,
    axes: tuple[str, str],
    title: str,
    background: Layer | None = None,
) -> Figure:
    """Pieces in the plane, in front of other music.

    Args:
      pieces: [pieces, 2].
      by: the group of each piece (its file, say), distinguished by colour and marker, or a number for each.
      axes: what each axis is.
      title: of the picture.
      background: other music, small and grey.
    """
    figure = new_figure(8.6, 6.2, title)
    axis = figure.subplots()
    plain_axes(axis, *axes)
    axis.axhline(0, color=PALE, linewidth=0.6, zorder=0)
    axis.axvline(0, color=PALE, linewidth=0.6, zorder=0)
    if background is not None:
        label = f"{background.name} ({len(background.points)})"
        axis.scatter(
            background.points[:, 0],
            background.points[:, 1],
            s=7,
            color="#c4c4c4",
            linewidths=0,
            zorder=1,
            label=label,
            rasterized=len(background.points) > _VECTOR_LIMIT,
        )
    draw_pieces(axis, pieces, by)
    if isinstance(by, Values):
        colour_bar(figure, by, ax=axis, shrink=0.8)
        axis.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=SMALL, frameon=False)
    else:
        legend_beside(axis)
    return figure


def draw_pieces(axis: Axes, points: np.ndarray, by: Sequence[str] | Values) -> None:
    """Points [points, 2], distinguished as in `latent_map_figure`, with labels for a legend."""
    if isinstance(by, Values):
        _draw_values(axis, points, by)
    else:
        _draw_groups(axis, points, by)


def colour_bar(figure: Figure, values: Values, **place: Any) -> None:
    """Draws the colour bar of numbers; `place` as for matplotlib's `Figure.colorbar`."""
    bar = figure.colorbar(ScalarMappable(_norm(values), VALUES), **place)
    bar.set_label(values.name, fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)


def _norm(values: Values) -> Normalize:
    known = values.numbers[~np.isnan(values.numbers)]
    return Normalize(known.min(), known.max()) if len(known) else Normalize(0, 1)


def _draw_groups(axis: Axes, points: np.ndarray, groups: Sequence[str]) -> None:
    """Each group with a colour and a marker of its own, in the order they come."""
    names, group_of = list(dict.fromkeys(groups)), np.asarray(groups)
    for number, name in enumerate(names):
        mine = points[group_of == name]
        label = f"{name} ({len(mine)})" if number < _MOST_GROUPS else None
        if number == _MOST_GROUPS:
            label = f"and {len(names) - _MOST_GROUPS} more"
        axis.scatter(
            mine[:, 0],
            mine[:, 1],
            s=_SIZE,
            color=colour(number),
            marker=marker(number),
            edgecolors="white",
            linewidths=0.4,
            zorder=2,
            label=label,
            rasterized=len(points) > _VECTOR_LIMIT,
        )


def _draw_values(axis: Axes, points: np.ndarray, values: Values) -> None:
    """Colours by a number; points without one are hollow."""
    known = ~np.isnan(values.numbers)
    axis.scatter(
        points[known, 0],
        points[known, 1],
        s=_SIZE,
        c=values.numbers[known],
        cmap=VALUES,
        norm=_norm(values),
        edgecolors=INK,
        linewidths=0.3,
        zorder=2,
        label=f"your music ({int(known.sum())})",
        rasterized=len(points) > _VECTOR_LIMIT,
    )
    if not known.all():
        axis.scatter(
            points[~known, 0],
            points[~known, 1],
            s=_SIZE,
            facecolors="none",
            edgecolors=INK,
            linewidths=0.8,
            zorder=2,
            label=f"not defined ({int((~known).sum())})",
        )
