"""One piano roll, drawn into axes."""

import math
from collections.abc import Collection
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from base_vae.music.general_midi import DRUM_NAMES, PROGRAM_NAMES
from base_vae.music.note_sequence import NoteSequence
from base_vae.plots.frame import LANE, Frame, nearest_sixteenth, quarters
from base_vae.plots.styles import ERROR, FAINT, INK, SMALL, colour, hatch, legend_beside, rgb

_MOST_BAR_NUMBERS = 16
_MOST_BARS_IN_WORDS = 8
_LEAST_HIT = 0.12  # quarters: drums have no length, and a shorter box cannot be seen
_BESIDE_SPINE = 0.004  # of the width: a hit at time 0 should not stand under the line on the left
_LANE_FILLED = 0.76  # of the height of a lane, by the loudest hit
_PALEST = 0.25  # of the softest hit, where the loudest is 1
_LOUDEST = 127
_BLACK_KEYS = (1, 3, 6, 8, 10)
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def draw_roll(
    axis: Axes,
    sequence: NoteSequence,
    frame: Frame,
    marked: Collection[int] = (),
    small: bool = False,
) -> None:
    """Notes as boxes, each voice in its colour, drums in lanes of their own below.

    Soft hits are paler. Where drums are off the grid, a hit stands at its own time, as high as it is loud,
    and a line leads to the sixteenth that it belongs to.

    Args:
      axis: empty.
      sequence: constant tempo, in the metre of the frame from time 0.
      frame: that holds it.
      marked: numbers of notes that are drawn hollow and hatched instead.
      small: whether this is one of many in a row, with no room to spare around the notes.
    """
    _draw_grid(axis, frame)
    edge = min(0.3 if small else 1.0, 4.0 / frame.bars)  # points of white, so that notes in a row are not one
    for number, voice in enumerate(frame.voices):
        boxes = [
            _box(sequence, note, note.pitch - 0.4, 0.8)
            for i, note in enumerate(sequence.notes)
            if not note.is_drum and (note.instrument, note.program) == voice and i not in marked
        ]
        _add(axis, boxes, facecolor=colour(number), edgecolor="white", linewidth=edge, hatch=hatch(number))
    _draw_drums(axis, sequence, frame, marked, edge)
    wrong = [_any_box(sequence, note, frame) for i, note in enumerate(sequence.notes) if i in marked]
    _add(axis, wrong, facecolor="white", edgecolor=ERROR, linewidth=0.8, hatch="//////", zorder=3)
    width = frame.bar * frame.bars
    axis.set_xlim(-_BESIDE_SPINE * width if frame.lanes else 0, width)
    axis.set_ylim(frame.bottom, frame.top)


def label_roll(
    axis: Axes, frame: Frame, pitches: bool = True, bars: bool = True, legend: bool = True
) -> None:
    """Names of octaves, drums, bars and voices; those that are left out leave empty ticks."""
    octaves = [p for p in range(frame.low, frame.high + 1) if p % 12 == 0 and frame.has_pitches]
    ticks = [frame.lane(pitch) for pitch in frame.lanes] + octaves
    names = [DRUM_NAMES.get(pitch, str(pitch)) for pitch in frame.lanes]
    names += [f"{_NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in octaves]
    axis.set_yticks(ticks, names if pitches else [""] * len(names), fontsize=SMALL - 1)
    apart = -(-frame.bars // _MOST_BAR_NUMBERS)
    word = "bar " if frame.bars <= _MOST_BARS_IN_WORDS else ""
    shown = range(0, frame.bars, apart)
    labels = [f"{word}{bar + 1}" for bar in shown] if bars else [""] * len(shown)
    axis.set_xticks(
        [frame.bar * bar for bar in shown], labels, fontsize=SMALL, ha="left" if word else "center"
    )
    handles = legend_of(frame)
    if legend and handles:
        legend_beside(axis, handles)


def legend_of(frame: Frame) -> list[Artist]:
    """Entries of the legend: voices, where there are several, and how drums off the grid are drawn."""
    handles: list[Artist] = []
    if len(frame.voices) > 1:
        handles += [
            Patch(
                facecolor=colour(i),
                edgecolor="white",
                hatch=hatch(i),
                label=PROGRAM_NAMES[program],
            )
            for i, (_, program) in enumerate(frame.voices)
        ]
    if frame.off_grid:
        handles += [
            Patch(color=_shade(_LOUDEST), label="loud: velocity 127"),
            Patch(color=_shade(32), label="soft: velocity 32"),
            Line2D([], [], color=ERROR, linewidth=2.2, label="from its sixteenth"),
        ]
    return handles


def _draw_grid(axis: Axes, frame: Frame) -> None:
    for pitch in range(frame.low, frame.high + 1):
        if pitch % 12 in _BLACK_KEYS and frame.has_pitches:
            axis.axhspan(pitch - 0.5, pitch + 0.5, color="#f0f0f0", linewidth=0, zorder=-1)
    for pitch in frame.lanes[1::2]:
        middle = frame.lane(pitch)
        axis.axhspan(middle - LANE / 2, middle + LANE / 2, color="#f7f3ea", linewidth=0, zorder=-1)
    if frame.off_grid:
        for sixteenth in range(round(4 * frame.bar * frame.bars)):
            axis.axvline(sixteenth / 4, color=FAINT, linewidth=0.3, zorder=0)
    for bar in range(frame.bars + 1):
        axis.axvline(frame.bar * bar, color="#888888", linewidth=0.8, zorder=0)
        for beat in range(1, math.ceil(frame.bar) if bar < frame.bars else 0):
            axis.axvline(
                frame.bar * bar + beat, color=FAINT, linewidth=0.6 if frame.off_grid else 0.4, zorder=0
            )


def _draw_drums(
    axis: Axes, sequence: NoteSequence, frame: Frame, marked: Collection[int], edge: float
) -> None:
    hits = [note for i, note in enumerate(sequence.notes) if note.is_drum and i not in marked]
    boxes = [_any_box(sequence, note, frame) for note in hits]
    shades = [_shade(note.velocity) for note in hits]
    # Hits are so narrow that boxes of one width would be of two if each were moved to whole pixels.
    _add(axis, boxes, facecolor=shades, edgecolor="white", linewidth=edge, snap=False)
    if not frame.off_grid:
        return
    ways = []
    for note in hits:
        time, foot = quarters(sequence, note.start_time), frame.lane(note.pitch) - 0.44 * LANE
        ways.append([(nearest_sixteenth(time), foot), (time, foot)])
    axis.add_collection(LineCollection(ways, colors=ERROR, linewidths=2.2, zorder=2))


def _any_box(sequence: NoteSequence, note: NoteSequence.Note, frame: Frame) -> Rectangle:
    """The box of a note of either kind."""
    if not note.is_drum:
        return _box(sequence, note, note.pitch - 0.4, 0.8)
    height = _LANE_FILLED * LANE * (max(note.velocity / _LOUDEST, 0.1) if frame.off_grid else 1.0)
    box = _box(sequence, note, frame.lane(note.pitch) - _LANE_FILLED / 2 * LANE, height)
    box.set_width(min(max(box.get_width(), _LEAST_HIT), (1 if frame.off_grid else 2) * _LEAST_HIT))
    return box


def _box(sequence: NoteSequence, note: NoteSequence.Note, bottom: float, height: float) -> Rectangle:
    start = quarters(sequence, note.start_time)
    return Rectangle((start, bottom), quarters(sequence, note.end_time) - start, height)


def _add(axis: Axes, boxes: list[Rectangle], **style: Any) -> None:
    if boxes:
        axis.add_collection(PatchCollection(boxes, **style))


def _shade(velocity: int) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity of a hit."""
    red, green, blue = rgb(INK)
    return red, green, blue, _PALEST + (1 - _PALEST) * velocity / _LOUDEST
