"""Piano rolls of some music, one beside the other."""

import os
from collections.abc import Sequence

from matplotlib.figure import Figure

from base_vae.music.note_sequence import NoteSequence
from base_vae.plots.frame import LEAST_BARS, Frame, columns_of
from base_vae.plots.piano_roll import draw_roll, label_roll, legend_of
from base_vae.plots.styles import NORMAL, counted, new_figure, rows_that_fit, save_figure

_MOST_ROLLS = 40
_LEGEND = 1.3  # inches


def piano_rolls(
    sequences: Sequence[NoteSequence], path: str | os.PathLike[str], titles: Sequence[str] | None = None
) -> None:
    """Writes `piano_roll_figure` as a PNG or SVG, whichever `path` ends in."""
    save_figure(piano_roll_figure(sequences, titles), path)


def piano_roll_figure(
    sequences: Sequence[NoteSequence],
    titles: Sequence[str] | None = None,
    title: str = "",
    bars: int = LEAST_BARS,
) -> Figure:
    """One piano roll for each sequence, bars and black keys marked.

    Of very many the first 40 are drawn, or fewer where they would make too tall a picture, with the number in
    the title.

    Each voice has a colour (and a pattern). Drums have lanes of their own below, soft hits being paler; where
    they are played off the grid, a hit stands at its own time, as high as it is loud.

    Args:
      sequences: constant tempo, each in one metre from time 0.
      titles: one for each sequence.
      title: of the whole.
      bars: to show at least: music can end in silence.
    """
    frames = [Frame.around([sequence], bars) for sequence in sequences[:_MOST_ROLLS]]
    columns = columns_of(frames)
    heights = [max(frame.height for frame in frames[i : i + columns]) for i in range(0, len(frames), columns)]
    rows = rows_that_fit(heights)
    frames, heights = frames[: rows * columns], heights[:rows]
    width = max(frame.width + (_LEGEND if legend_of(frame) else 0.0) for frame in frames)
    title = counted(title, len(frames), len(sequences))
    figure = new_figure(width * columns, sum(heights) + 0.4, title)
    axes = figure.subplots(rows, columns, squeeze=False, height_ratios=heights).flat
    for i, axis in enumerate(axes):
        if i >= len(frames):
            axis.set_axis_off()
            continue
        draw_roll(axis, sequences[i], frames[i])
        label_roll(axis, frames[i])
        axis.set_title(titles[i] if titles else f"{i + 1}", fontsize=NORMAL, loc="left")
    return figure
