"""The small latent space of a personal model: every knob against every other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from base_vae.plots.latent_map import Values, colour_bar, draw_pieces
from base_vae.plots.styles import INK, NORMAL, PALE, SMALL, new_figure, plain_axes

_MOST_KNOBS = 6
_BIN = 0.5
_PANEL = 2.4  # inches
_LEAST_REACH = 2.5
_BARS = "#b8c7d9"


def personal_map_figure(
    pieces: np.ndarray,
    by: Sequence[str] | Values,
    samples: np.ndarray,
    title: str,
    names: Sequence[str] | None = None,
) -> Figure:
    """Pieces in colour, samples as crosses on top; on the diagonal how both are spread over each knob.

    A single knob, which has no other to be drawn against, is drawn over the pieces in their order.

    Args:
      pieces: small posterior means, [pieces, knobs].
      by: the group of each piece (its file, say), or a number for each.
      samples: small latents that were drawn, [samples, knobs].
      title: of the picture.
      names: of the knobs; None for their numbers. Six at most are drawn.
    """
    knobs = min(pieces.shape[1], _MOST_KNOBS)
    names = list(names or [f"knob {i + 1}" for i in range(knobs)])
    both = np.concatenate([pieces, samples])[:, :knobs]
    farthest = max(_LEAST_REACH, float(np.abs(both).max(initial=0.0)) * 1.05)
    reach = _BIN * np.ceil(farthest / _BIN)
    beside = knobs < 3  # the legend; else there is room for it above the diagonal
    rows, columns = max(knobs, 2), knobs + beside
    figure = new_figure(_PANEL * columns + 0.6, _PANEL * rows + 0.4, title)
    grid = figure.add_gridspec(rows, columns)
    axes = {
        (row, column): figure.add_subplot(grid[row, column])
        for row in range(rows)
        for column in range(min(row + 1, knobs))
    }
    for (row, column), axis in axes.items():
        plain_axes(axis, names[column] if row == rows - 1 else "")
        axis.set_xlim(-reach, reach)
        if row == column:
            _draw_spread(axis, pieces[:, row], samples[:, row], reach)
        elif knobs == 1:
            draw_pieces(axis, np.column_stack([pieces[:, 0], np.arange(1, len(pieces) + 1)]), by)
            axis.set_ylabel("example of your music", fontsize=NORMAL)
        else:
            draw_pieces(axis, pieces[:, [column, row]], by)
            _draw_samples(axis, samples[:, [column, row]], reach)
            axis.set_ylabel(names[row] if column == 0 else "", fontsize=NORMAL)
    diagonal = [axes[i, i] for i in range(knobs)]
    diagonal[0].set_ylabel(f"share, in bars of {_BIN:g}", fontsize=NORMAL)
    highest = max(axis.get_ylim()[1] for axis in diagonal)
    for axis in diagonal:
        axis.set_ylim(0, highest)
    words = figure.add_subplot(grid[: rows if beside else rows - 1, -1])
    words.set_axis_off()
    handles, _ = axes[1, 0].get_legend_handles_labels()
    _add_legend(words, handles, len(samples) if knobs > 1 else 0)
    if isinstance(by, Values):
        place = words.inset_axes((0.05, 0.7, 0.8, 0.03))
        colour_bar(figure, by, cax=place, orientation="horizontal")
    return figure


def _draw_samples(axis: Axes, samples: np.ndarray, reach: float) -> None:
    axis.scatter(samples[:, 0], samples[:, 1], marker="x", s=10, color=INK, linewidths=0.6, zorder=3)
    axis.set_ylim(-reach, reach)
    axis.axhline(0, color=PALE, linewidth=0.6, zorder=0)
    axis.axvline(0, color=PALE, linewidth=0.6, zorder=0)


def _draw_spread(axis: Axes, pieces: np.ndarray, samples: np.ndarray, reach: float) -> None:
    bins = np.arange(-reach, reach + _BIN / 2, _BIN).tolist()
    axis.hist(pieces, bins, weights=np.full(len(pieces), 1 / len(pieces)), color=_BARS)
    weights = np.full(len(samples), 1 / len(samples))
    axis.hist(samples, bins, weights=weights, histtype="step", color=INK, linewidth=1.0)
    x = np.linspace(-reach, reach, 101)
    prior = _BIN * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    axis.plot(x, prior, color=PALE, linestyle="--", linewidth=1.2)
    axis.yaxis.set_major_formatter("{x:.0%}")


def _add_legend(axis: Axes, pieces: Sequence[Artist], crosses: int) -> None:
    """Draws a legend in empty axes: the pieces, the number of crosses, and the lines of the diagonal."""
    handles = [*pieces]
    if crosses:
        label = f"samples ({crosses})"
        handles.append(Line2D([], [], label=label, marker="x", linestyle="", color=INK, markersize=5))
    handles += [
        Patch(color=_BARS, label="share of the pieces"),
        Line2D([], [], color=INK, linewidth=1.0, label="share of the samples"),
        Line2D([], [], color=PALE, linestyle="--", linewidth=1.2, label="prior N(0, 1)"),
    ]
    axis.legend(handles=handles, loc="upper left", fontsize=SMALL, frameon=False, borderaxespad=0)
