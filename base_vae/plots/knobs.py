"""The effects of a personal model's knobs, as piano rolls."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from base_vae.music.note_sequence import NoteSequence
from base_vae.plots.frame import LEAST_BARS, Frame
from base_vae.plots.piano_roll import draw_roll, label_roll, legend_of
from base_vae.plots.styles import NORMAL, SMALL, new_figure

_CELL = (2.3, 1.35)  # inches of two bars
_MOST_CELL_WIDTH = 4.6
_LEGEND = 1.4
_UNIT = "numbers beside words: standard deviations per step of 1"

Rows = Sequence[Sequence[NoteSequence]]


def knob_grid_figure(
    grid: Rows,
    knobs: tuple[str, str],
    values: tuple[np.ndarray, np.ndarray],
    title: str,
    bars: int = LEAST_BARS,
) -> Figure:
    """Piano rolls across two knobs: the first from left to right, the second from the bottom up.

    Args:
      grid: music, a list for each value of the second knob, with one piece for each value of the first.
      knobs: names of the two, with what they do (`small_vae.knobs`).
      values: of the first, [columns], and of the second, [rows].
      title: of the picture.
      bars: to show at least: music can end in silence.
    """
    figure, axes = _rolls([*grid][::-1], title, bars)
    for axis, value in zip(axes[-1], values[0], strict=True):
        axis.set_xlabel(_signed(value), fontsize=NORMAL)
    for row, value in zip(axes[:, 0], values[1][::-1], strict=True):
        row.set_ylabel(_signed(value), fontsize=NORMAL)
    figure.supxlabel(f"{knobs[0]} →\n({_UNIT})", fontsize=NORMAL)
    figure.supylabel(f"{knobs[1]} →", fontsize=NORMAL)
    return figure


def knob_sweep_figure(
    rows: Rows, knobs: Sequence[str], values: np.ndarray, title: str, bars: int = LEAST_BARS
) -> Figure:
    """Piano rolls along each knob, the others at rest.

    Args:
      rows: music, a list for each knob, with one piece for each value.
      knobs: names, as many as rows, with what they do (`small_vae.knobs`).
      values: [columns].
      title: of the picture.
      bars: to show at least: music can end in silence.
    """
    figure, axes = _rolls(rows, title, bars)
    for axis, value in zip(axes[0], values, strict=True):
        axis.set_title(_signed(value), fontsize=NORMAL)
    for axis, name in zip(axes[:, 0], knobs, strict=True):
        axis.set_ylabel(name, fontsize=NORMAL)
    above = "above each column: where the knob is (the prior is 0 ± 1)"
    figure.supxlabel(f"{above}; {_UNIT}", fontsize=NORMAL)
    return figure


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _rolls(rows: Rows, title: str, bars: int) -> tuple[Figure, np.ndarray]:
    """Rows of piano rolls in one frame: the figure and its axes [rows, columns]."""
    frame = Frame.around([piece for row in rows for piece in row], bars)
    columns = len(rows[0])
    width = min(_CELL[0] * frame.bars / 2, _MOST_CELL_WIDTH)
    height = max(_CELL[1], 0.8 * frame.height if frame.lanes else 0.0)
    beside = _LEGEND if legend_of(frame) else 0.0
    figure = new_figure(width * columns + 0.8 + beside, height * len(rows) + 0.8, title)
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for i, row in enumerate(rows):
        for j, piece in enumerate(row):
            axis, last = axes[i, j], i == len(rows) - 1
            draw_roll(axis, piece, frame, small=True)
            label_roll(axis, frame, pitches=j == 0, bars=last, legend=i == 0 and j == columns - 1)
            axis.tick_params(labelsize=SMALL - 1, length=2)
    return figure, axes
