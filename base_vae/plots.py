"""Pictures of music."""

import os
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from note_seq.protobuf import music_pb2

_COLUMNS = 2
_MOST_ROLLS = 40  # more make a picture too tall to be opened
_NOTE = "#2b6cb0"
_LEAST_RANGE = 24  # semitones: a melody of three notes should not look like a mountain
_BLACK_KEYS = (1, 3, 6, 8, 10)
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def piano_rolls(
    sequences: Sequence[music_pb2.NoteSequence], path: str | os.PathLike, titles: Sequence[str] | None = None
) -> None:
    """Writes a PNG with one piano roll for each sequence, bars and black keys marked; of the first 40.

    Args:
      sequences: constant tempo, bars of 4/4 from time 0.
      path: of the PNG.
      titles: one for each sequence.
    """
    sequences = sequences[:_MOST_ROLLS]
    columns = min(_COLUMNS, len(sequences))
    rows = -(-len(sequences) // columns)
    figure = Figure(figsize=(7 * columns, 2.2 * rows + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).flat
    for i, axis in enumerate(axes):
        if i >= len(sequences):
            axis.set_axis_off()
            continue
        _draw(axis, sequences[i])
        axis.set_title(titles[i] if titles else f"{i + 1}", fontsize=9, loc="left")
    figure.savefig(path, dpi=110)


def _draw(axis: Axes, sequence: music_pb2.NoteSequence) -> None:
    low, high = _pitch_range([note.pitch for note in sequence.notes])
    qpm = sequence.tempos[0].qpm if sequence.tempos else 120.0
    beats = qpm / 60.0
    bars = max(1, int(np.ceil(round(sequence.total_time * beats / 4, 4))), 2)
    for pitch in range(low, high + 1):
        if pitch % 12 in _BLACK_KEYS:
            axis.axhspan(pitch - 0.5, pitch + 0.5, color="#f0f0f0", linewidth=0)
    boxes = [
        Rectangle((note.start_time * beats, note.pitch - 0.4), (note.end_time - note.start_time) * beats, 0.8)
        for note in sequence.notes
    ]
    axis.add_collection(PatchCollection(boxes, facecolor=_NOTE, edgecolor="white", linewidth=1.0))
    for bar in range(bars + 1):
        axis.axvline(4 * bar, color="#888888", linewidth=0.8, zorder=0)
    axis.set_xlim(0, 4 * bars)
    axis.set_ylim(low - 0.5, high + 0.5)
    octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    axis.set_yticks(octaves, [f"{_NAMES[p % 12]}{p // 12 - 1}" for p in octaves], fontsize=8)
    axis.set_xticks([4 * bar for bar in range(bars)], [f"bar {bar + 1}" for bar in range(bars)], fontsize=8)


def _pitch_range(pitches: list[int]) -> tuple[int, int]:
    """Lowest and highest pitch to show."""
    low, high = min(pitches, default=60) - 1, max(pitches, default=72) + 1
    missing = max(0, _LEAST_RANGE - (high - low))
    return low - missing // 2, high + missing - missing // 2
