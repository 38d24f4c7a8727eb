"""How all pictures look: colours that everybody can tell apart, sizes, and files that repeat."""

import io
import itertools
import os
import textwrap
from collections.abc import Iterable
from pathlib import Path

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

# Okabe & Ito 2008, "Color Universal Design"; the first two are far apart in grey too. Black and yellow are
# left out: the one is text, the other cannot be seen on white.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
ERROR = "#D55E00"
INK, PALE, FAINT = "#2d3748", "#8a8a8a", "#dddddd"
MARKERS = ("o", "s", "^", "D", "v", "<", ">")  # solid ones: crosses are samples
# Beside the colours, for paper without any; notes of the first two differ in their grey.
HATCHES = ("", "", "//////", "......", "xxxxxx", "------")
VALUES = "cividis"  # Nunez et al. 2018: the same to the colour-blind, and even in grey
SMALL, NORMAL, LARGE = 8, 9, 12  # points
DPI = 110
_MOST_HEIGHT = 290.0  # inches: at DPI, the 32,767 pixels that many programs open at most
_LETTERS_AN_INCH = 10.5  # of a title


def new_figure(width: float, height: float, title: str) -> Figure:
    """An empty figure, width and height in inches, laid out by itself, with its title wrapped."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    lines = textwrap.fill(title, max(int(width * _LETTERS_AN_INCH), 20))
    if lines:
        figure.suptitle(lines, fontsize=LARGE, x=0.01, ha="left")
    return figure


def rows_that_fit(heights: Iterable[float]) -> int:
    """The number of rows, of heights in inches, that make a picture that can be opened; at least one."""
    return max(sum(total <= _MOST_HEIGHT for total in itertools.accumulate(heights)), 1)


def counted(title: str, shown: int, given: int) -> str:
    """A title, with the number where only the first of them are shown."""
    return title if shown == given else f"{title} (the first {shown} of {given})".strip()


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes a figure as PNG or SVG, by its name's ending; the same figure gives the same bytes."""
    Path(path).write_bytes(as_bytes(figure, Path(path).suffix[1:]))


def as_bytes(figure: Figure, format: str) -> bytes:
    """A figure as a PNG or an SVG ("png", "svg")."""
    dated = {"svg": {"Date": None}, "png": {"Software": None}}[format]
    stream = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a $ in the name of a file is a $
    with matplotlib.rc_context({"svg.hashsalt": "midime"}):
        figure.savefig(stream, format=format, dpi=DPI, metadata=dated)
    return stream.getvalue()


def colour(number: int) -> str:
    """The colour of the thing of that number, from 0; they come again after the last."""
    return PALETTE[number % len(PALETTE)]


def marker(number: int) -> str:
    """The marker of the thing of that number; with `colour`, 42 pairs before one comes again."""
    return MARKERS[number % len(MARKERS)]


def hatch(number: int) -> str:
    """The pattern of the thing of that number."""
    return HATCHES[number % len(HATCHES)]


def rgb(name: str) -> tuple[float, ...]:
    """Red, green and blue of `#rrggbb`, each within 0 and 1."""
    return tuple(int(name[i : i + 2], 16) / 255 for i in (1, 3, 5))


def plain_axes(axis: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """Names of the axes, a faint grid behind, and no box on the right and above."""
    axis.set_xlabel(x, fontsize=NORMAL)
    axis.set_ylabel(y, fontsize=NORMAL)
    if title:
        axis.set_title(title, fontsize=NORMAL, loc="left")
    axis.tick_params(labelsize=SMALL)
    axis.grid(True, color=FAINT, linewidth=0.5)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def legend_beside(axis: Axes, handles: Iterable[Artist] | None = None, title: str = "") -> None:
    """A legend to the right of the axes, where it covers nothing."""
    given = {} if handles is None else {"handles": list(handles)}
    axis.legend(
        loc="upper left",
        bbox_to_anchor=(1.0, 1.02),
        frameon=False,
        fontsize=SMALL,
        title=title or None,
        title_fontsize=SMALL,
        alignment="left",
        **given,
    )
