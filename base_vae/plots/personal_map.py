"""The small latent space of a personal model: every knob against every other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from base_vae.plots.latent_map import draw_groups
from base_vae.plots.styles import INK, PALE, SMALL, new_figure, plain_axes

_MOST_KNOBS = 6
_BINS = 24
_PANEL = 2.4  # inches
_LEAST_REACH = 2.5
_BARS = "#b8c7d9"


def personal_map_figure(
    pieces: np.ndarray,
    groups: Sequence[str],
    samples: np.ndarray,
    title: str,
    names: Sequence[str] | None = None,
) -> Figure:
    """Pieces in colour, samples as crosses on top; on the diagonal how both are spread over each knob.

    Args:
      pieces: small posterior means, [pieces, knobs].
      groups: of each piece, its file, say.
      samples: small latents that were drawn, [samples, knobs].
      title: of the picture.
      names: of the knobs; None for their numbers. Six at most are drawn.
    """
    knobs = min(pieces.shape[1], _MOST_KNOBS)
    names = list(names or [f"knob {i + 1}" for i in range(knobs)])
    both = np.concatenate([pieces, samples])[:, :knobs]
    reach = max(_LEAST_REACH, float(np.abs(both).max(initial=0.0)) * 1.05)
    figure = new_figure(_PANEL * knobs + 1.6, _PANEL * knobs + 0.4, title)
    axes = figure.subplots(knobs, knobs, squeeze=False)
    for row in range(knobs):
        for column in range(knobs):
            axis = axes[row, column]
            if column > row:
                axis.set_axis_off()
                continue
            bottom, left = row == knobs - 1, column == 0
            plain_axes(axis, names[column] if bottom else "", names[row] if left and row else "")
            axis.set_xlim(-reach, reach)
            if row == column:
                _draw_spread(axis, pieces[:, row], samples[:, row], reach)
                continue
            draw_groups(axis, pieces[:, [column, row]], groups, legend=(row, column) == (1, 0))
            axis.scatter(*samples[:, [column, row]].T, marker="x", s=10, color=INK, linewidths=0.6, zorder=3)
            axis.set_ylim(-reach, reach)
            axis.axhline(0, color=PALE, linewidth=0.6, zorder=0)
            axis.axvline(0, color=PALE, linewidth=0.6, zorder=0)
    handles, labels = axes[1, 0].get_legend_handles_labels() if knobs > 1 else ([], [])
    crosses = Line2D([], [], marker="x", linestyle="", color=INK, markersize=5)
    spread = [
        Patch(color=_BARS, label="share of the pieces"),
        Line2D([], [], color=INK, linewidth=1.0, label="share of the samples"),
        Line2D([], [], color=PALE, linestyle="--", linewidth=1.2, label="prior N(0, 1)"),
    ]
    figure.legend(
        [*handles, crosses, *spread],
        [*labels, f"samples ({len(samples)})", *(handle.get_label() for handle in spread)],
        loc="upper right",
        bbox_to_anchor=(0.99, 0.94),
        fontsize=SMALL,
        frameon=False,
    )
    return figure


def _draw_spread(axis: Axes, pieces: np.ndarray, samples: np.ndarray, reach: float) -> None:
    bins = np.linspace(-reach, reach, _BINS + 1)
    axis.hist(pieces, bins, density=True, color=_BARS)
    axis.hist(samples, bins, density=True, histtype="step", color=INK, linewidth=1.0)
    x = np.linspace(-reach, reach, 101)
    axis.plot(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color=PALE, linestyle="--", linewidth=1.2)
    axis.set_yticks([])
