"""From one piece to another: the music on the way, and how far it is from both."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from base_vae.metrics.interpolations import Paths
from base_vae.music.note_sequence import NoteSequence
from base_vae.plots.frame import LEAST_BARS, Frame
from base_vae.plots.piano_roll import draw_roll, label_roll, legend_of
from base_vae.plots.styles import NORMAL, PALETTE, SMALL, legend_beside, new_figure, plain_axes

_DISTANCE = "share of steps that differ\n(normalised Hamming distance)"
_ALPHA = "alpha: fraction of the way"
_CELL = 2.1  # inches of two bars
_MOST_WIDTH = 26.0
_LATENT, _MIXED = PALETTE[0], PALETTE[4]


def interpolation_figure(
    latent: Sequence[NoteSequence],
    mixed: Sequence[NoteSequence],
    paths: Paths,
    title: str,
    bars: int = LEAST_BARS,
) -> Figure:
    """Rolls of each point through the latent space, of the mix in data space below, and their distances.

    Args:
      latent, mixed: music of each point of the one pair in `paths`.
      paths: of one pair.
      title: of the picture.
      bars: to show at least: music can end in silence.
    """
    frame = Frame.around([*latent, *mixed], bars)
    points = len(paths.alphas)
    width = min(_CELL * frame.bars / 2 * points, _MOST_WIDTH) + 2.0
    height = max(1.6, 0.8 * frame.height if frame.lanes else 0.0)
    figure = new_figure(width, 2 * height + 3.0, title)
    grid = figure.add_gridspec(3, points, height_ratios=[height, height, 2.2])
    for row, (name, music) in enumerate((("latent space", latent), ("mix of steps", mixed))):
        for column, piece in enumerate(music):
            axis = figure.add_subplot(grid[row, column])
            draw_roll(axis, piece, frame, small=True)
            shown = row == 0 and column == points - 1
            label_roll(
                axis, frame, pitches=column == 0, bars=row == 1, legend=shown and bool(legend_of(frame))
            )
            axis.tick_params(labelsize=SMALL - 1, length=2)
            if row == 0:
                axis.set_title(f"alpha {paths.alphas[column]:.2f}", fontsize=NORMAL)
            if column == 0:
                axis.set_ylabel(name, fontsize=NORMAL)
    axis = figure.add_subplot(grid[2, :])
    plain_axes(axis, _ALPHA, _DISTANCE)
    for end, name, shape in ((0, "start", "o"), (1, "end", "s")):
        style: dict[str, Any] = {"marker": shape, "markersize": 5, "linewidth": 1.4}
        latent_line, mixed_line = (d[0, :, end] for d in (paths.latent_distances, paths.mixed_distances))
        axis.plot(paths.alphas, latent_line, color=_LATENT, label=f"latent space, to the {name}", **style)
        style |= {"markerfacecolor": "white", "linestyle": "--"}
        axis.plot(paths.alphas, mixed_line, color=_MIXED, label=f"mix of steps, to the {name}", **style)
    half = 0.5 / max(points - 1, 1)
    axis.set_xlim(-half, 1 + half)  # each point below its rolls
    _share(axis, float(max(paths.latent_distances.max(), paths.mixed_distances.max())))
    legend_beside(axis)
    return figure


def distances_figure(paths: Paths, title: str) -> Figure:
    """Distance to the start and to the end over alpha: mean of many pairs, with one standard deviation.

    The comparison of Roberts et al. 2018 (arXiv:1803.05428), section 5.3.
    """
    figure = new_figure(10.0, 4.4, title)
    axes = figure.subplots(1, 2, sharey=True)
    kinds = (
        ("latent space", paths.latent_distances, _LATENT, "o", "-", None),
        ("mix of steps (baseline)", paths.mixed_distances, _MIXED, "s", "--", "////"),
    )
    for end, (axis, name) in enumerate(zip(axes, ("start", "end"), strict=True)):
        plain_axes(axis, _ALPHA, "" if end else _DISTANCE, f"distance to the {name}")
        for label, distances, shade, shape, dashes, pattern in kinds:
            mean, spread = distances[..., end].mean(0), distances[..., end].std(0)
            axis.plot(
                paths.alphas, mean, color=shade, marker=shape, linestyle=dashes, markersize=5, label=label
            )
            axis.fill_between(
                paths.alphas,
                np.maximum(mean - spread, 0.0),
                mean + spread,
                facecolor=shade,
                edgecolor=shade,
                alpha=0.18,
                hatch=pattern,
                linewidth=0,
            )
    _share(axes[0], max(float((d.mean(0) + d.std(0)).max()) for _, d, *_ in kinds))
    axes[0].legend(
        loc="upper left", fontsize=SMALL, title="mean ± 1 standard deviation", title_fontsize=SMALL
    )
    return figure


def _share(axis: Axes, largest: float) -> None:
    """Percent from 0 to a little more than the largest share."""
    top = min(1.02, max(1.12 * largest, 0.1))
    axis.set_ylim(-0.03 * top, top)
    axis.yaxis.set_major_formatter("{x:.0%}")
