"""Effects of attribute vectors on music: the table of their effects, and curves along each."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from base_vae.attributes.registry import ATTRIBUTES
from base_vae.metrics.attribute_response import Response
from base_vae.plots.styles import INK, NORMAL, PALE, PALETTE, SMALL, new_figure, plain_axes

_CELL = 0.5  # inches
_FULL = 2.0  # standard deviations at which a colour is full
_DARK = 0.5  # below that, letters are white
_LEAST = 0.05  # what is less is written as nothing
_COLUMNS = 4
_PANEL = (3.3, 2.5)  # inches


def attribute_table_figure(response: Response, title: str) -> Figure:
    """How every attribute changes with the largest amount of each vector, to more and to less.

    Roberts et al. 2018 (arXiv:1803.05428), section 5.4, in standard deviations of the unchanged music. The
    own attribute of each vector is framed.

    Args:
      response: of `attributes.evaluation.evaluate`.
      title: of the picture.
    """
    rows, columns = len(response.vectors), len(response.attributes)
    figure = new_figure(2 * _CELL * columns + 3.2, 0.75 * _CELL * rows + 2.4, title)
    axes = figure.subplots(1, 2, sharey=True)
    standardized = response.standardized()
    for axis, step, amount in (
        (axes[0], -1, f"+{response.most:g}: more of the vector's attribute"),
        (axes[1], 0, f"\N{MINUS SIGN}{response.most:g}: less of it"),
    ):
        values = standardized[:, step]
        image = axis.imshow(values, cmap="PuOr_r", vmin=-_FULL, vmax=_FULL, aspect="auto")
        axis.set_title(f"amount {amount}", fontsize=NORMAL, loc="left")
        axis.set_xticks(range(columns), [_words(name) for name in response.attributes], fontsize=SMALL)
        axis.tick_params(axis="x", rotation=60)
        for label in axis.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
        axis.set_yticks(range(rows), [_words(name) for name in response.vectors], fontsize=SMALL)
        axis.set_xlabel("attribute that changes", fontsize=NORMAL)
        _write_numbers(axis, values, image)
        for row, name in enumerate(response.vectors):
            corner = response.attributes.index(name) - 0.5, row - 0.5
            axis.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=INK, linewidth=1.6))
    axes[0].set_ylabel("attribute vector", fontsize=NORMAL)
    bar = figure.colorbar(image, ax=axes, shrink=0.9, pad=0.01, extend="both")
    bar.set_label("mean change (standard deviations)", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    return figure


def attribute_curves_figure(response: Response, title: str) -> Figure:
    """Each vector's own attribute along the sweep, in its unit, and how much of the music stays the same.

    Args:
      response: of `attributes.evaluation.evaluate`.
      title: of the picture.
    """
    names = response.vectors
    columns = min(_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(_PANEL[0] * columns, _PANEL[1] * rows + 0.7, title)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    lines = []
    for number, (axis, name) in enumerate(zip(axes.flat, names, strict=False)):
        unit = ATTRIBUTES[name].unit if name in ATTRIBUTES else ""
        plain_axes(
            axis,
            "amount (below 0: to less)",
            unit,
            f"{_words(name)}  (Spearman {response.spearman[number]:.2f})",
        )
        lines = axis.plot(response.amounts, response.own(name), color=PALETTE[0], marker="o", markersize=4)
        axis.axvline(0, color=PALE, linewidth=0.6)
        twin = axis.twinx()
        lines += twin.plot(
            response.amounts,
            response.kept[number],
            color=PALETTE[4],
            linestyle="--",
            marker="s",
            markersize=3,
        )
        twin.set_ylim(0, 1.05)
        twin.tick_params(labelsize=SMALL)
        twin.yaxis.set_major_formatter("{x:.0%}")
        twin.spines["top"].set_visible(False)
        if number % columns < columns - 1 and number < len(names) - 1:
            twin.set_yticklabels([])
    labels = ["own attribute, mean over the pieces (left scale)", "steps that stay the same (right scale)"]
    figure.legend(lines, labels, loc="outside lower center", ncols=2, fontsize=SMALL, frameon=False)
    return figure


def _write_numbers(axis: Axes, values: np.ndarray, image: AxesImage) -> None:
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            axis.text(column, row, "-", ha="center", va="center", fontsize=SMALL - 1, color=PALE)
            continue
        shade = "white" if np.mean(image.to_rgba(value)[:3]) < _DARK else "black"
        text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}") if abs(value) >= _LEAST else "0"
        axis.text(column, row, text, ha="center", va="center", fontsize=SMALL - 1, color=shade)


def _words(name: str) -> str:
    return name.replace("_", " ")
