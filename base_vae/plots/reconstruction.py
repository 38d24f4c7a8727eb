"""A model's reconstructions of some music, errors marked."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from base_vae.metrics.differences import unmatched_notes
from base_vae.music.note_sequence import NoteSequence
from base_vae.plots.frame import LEAST_BARS, Frame, columns_of
from base_vae.plots.piano_roll import draw_roll, label_roll
from base_vae.plots.styles import ERROR, INK, NORMAL, SMALL, colour, counted, new_figure, rows_that_fit

_MOST_PAIRS = 40
_BETWEEN = 0.04  # of the height of a pair, between the two: matplotlib counts from that of the whole figure
_TALLEST = 0.85  # of the usual height of a roll: there are two of each


def reconstruction_figure(
    originals: Sequence[NoteSequence],
    reconstructions: Sequence[NoteSequence],
    wrong_steps: np.ndarray,
    names: Sequence[str],
    steps_per_quarter: int,
    title: str,
    bars: int = LEAST_BARS,
) -> Figure:
    """Each original above its reconstruction, in one pair of axes each.

    A note that the other one has not is hollow and hatched; a step that differs is shaded in both. Of
    very many the first 40 are drawn, or fewer where they would make too tall a picture, with the number in
    the title.

    Args:
      originals, reconstructions: music, pair by pair.
      wrong_steps: which steps differ, bool [pairs, steps]; without steps, [pairs, 0], none are shaded.
      names: of the originals.
      steps_per_quarter: of the representation.
      title: of the picture.
      bars: to show at least: music can end in silence.
    """
    pairs = list(zip(originals, reconstructions, strict=True))[:_MOST_PAIRS]
    frames = [Frame.around(pair, bars) for pair in pairs]
    columns = columns_of(frames)
    height = 2 * _TALLEST * max(frame.height for frame in frames) + 0.5
    rows = rows_that_fit([height] * -(-len(pairs) // columns))
    pairs, frames = pairs[: rows * columns], frames[: rows * columns]
    width = max(frame.width for frame in frames)
    title = counted(title, len(pairs), len(originals))
    figure = new_figure(width * columns, height * rows + 0.9, title)
    figure.set_layout_engine("constrained", hspace=_BETWEEN / rows)
    panels = figure.subfigures(rows, columns, squeeze=False).reshape(-1)
    for i, ((original, again), frame) in enumerate(zip(pairs, frames, strict=True)):
        above, below = panels[i].subplots(2, 1, sharex=True)
        lost, invented = unmatched_notes(original, again, steps_per_quarter)
        for axis, music, marked in ((above, original, lost), (below, again, invented)):
            draw_roll(axis, music, frame, marked)
            label_roll(axis, frame, bars=axis is below, legend=axis is above)
            _shade_steps(axis, wrong_steps[i], 1 / steps_per_quarter)
        right = f", {1 - wrong_steps[i].mean():.0%} of the steps right" if wrong_steps[i].size else ""
        above.set_title(f"{names[i]}: original; {_count(lost)} lost", fontsize=NORMAL, loc="left")
        below.set_title(f"reconstruction; {_count(invented)} invented{right}", fontsize=NORMAL, loc="left")
    in_both = colour(0) if any(frame.voices for frame in frames) else INK
    handles = [
        Patch(facecolor=in_both, label="note in both"),
        Patch(facecolor="white", edgecolor=ERROR, hatch="//////", label="note that the other has not"),
    ]
    if wrong_steps.size:
        handles.append(Patch(facecolor=ERROR, alpha=0.2, label="step that differs"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=SMALL, frameon=False)
    return figure


def _shade_steps(axis: Axes, wrong: np.ndarray, width: float) -> None:
    """Shades the steps [steps] that are wrong, each `width` quarters wide."""
    for step in np.flatnonzero(wrong):
        axis.axvspan(step * width, (step + 1) * width, color=ERROR, alpha=0.2, linewidth=0, zorder=0)


def _count(notes: Sequence[int]) -> str:
    return f"{len(notes)} note{'' if len(notes) == 1 else 's'}"
