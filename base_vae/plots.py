"""Pictures of music."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np
import pretty_midi
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from note_seq.protobuf import music_pb2

_COLUMNS = 2
_MOST_ROLLS = 40  # more make a picture too tall to be opened
_MOST_BAR_NUMBERS = 16
_MOST_BARS_IN_WORDS = 8
_LEAST_RANGE = 24  # semitones: a melody of three notes should not look like a mountain
_LANE = 2.5  # semitones that the lane of a drum takes below a piano roll
_SEMITONE = 0.062  # inches, where there are drums below
_ROLL = 2.2  # inches, where there are none
_LEAST_HIT = 0.12  # quarters: drums have no length, and a shorter box cannot be seen
_BLACK_KEYS = (1, 3, 6, 8, 10)
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
# Told apart by people who do not see all colours too, on white and beside each other.
_COLOURS = ("#2b6cb0", "#dd6b20", "#2f855a", "#9f3fb5", "#c53030", "#0aa2c0", "#8a5a2b", "#d69e00")
_DRUMS = "#2d3748"


def piano_rolls(
    sequences: Sequence[music_pb2.NoteSequence], path: str | os.PathLike, titles: Sequence[str] | None = None
) -> None:
    """Writes a PNG with one piano roll for each sequence, bars and black keys marked; of the first 40.

    Each voice has a colour. Drums have lanes of their own below, soft hits being paler.

    Args:
      sequences: constant tempo, bars of 4/4 from time 0.
      path: of the PNG.
      titles: one for each sequence.
    """
    rolls = [_Roll.of(sequence) for sequence in sequences[:_MOST_ROLLS]]
    columns = min(_COLUMNS, len(rolls))
    rows = -(-len(rolls) // columns)
    heights = [max(roll.height for roll in rolls[row * columns :][:columns]) for row in range(rows)]
    width = 7.0 + max(roll.legend_width for roll in rolls)
    figure = Figure(figsize=(width * columns, sum(heights) + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, height_ratios=heights).flat
    for i, axis in enumerate(axes):
        if i >= len(rolls):
            axis.set_axis_off()
            continue
        rolls[i].draw(axis)
        axis.set_title(titles[i] if titles else f"{i + 1}", fontsize=9, loc="left")
    figure.savefig(path, dpi=110)


@dataclasses.dataclass(frozen=True)
class _Roll:
    """What is drawn of a sequence.

    Attributes:
      notes: all of them.
      beats: quarters a second.
      bars: how many there are to see.
      voices: notes with a pitch, by voice, an instrument and its program.
      low, high: pitches to show; the same where there are drums alone.
      lanes: pitches of the drums, the lowest lane first.
    """

    notes: Sequence[music_pb2.NoteSequence.Note]
    beats: float
    bars: int
    voices: dict[tuple[int, int], list[music_pb2.NoteSequence.Note]]
    low: int
    high: int
    lanes: list[int]

    @classmethod
    def of(cls, sequence: music_pb2.NoteSequence) -> "_Roll":
        beats = (sequence.tempos[0].qpm if sequence.tempos else 120.0) / 60.0
        voices: dict = {}
        for note in sequence.notes:
            if not note.is_drum:
                voices.setdefault((note.instrument, note.program), []).append(note)
        lanes = sorted({note.pitch for note in sequence.notes if note.is_drum})
        low, high = _pitch_range([note.pitch for notes in voices.values() for note in notes])
        if lanes and not voices:
            high = low
        bars = max(1, int(np.ceil(round(sequence.total_time * beats / 4 - 0.05, 4))), 2)
        return cls(sequence.notes, beats, bars, dict(sorted(voices.items())), low, high, lanes)

    @property
    def height(self) -> float:
        """Inches."""
        if not self.lanes:
            return _ROLL
        return max(_ROLL, 0.7 + _SEMITONE * (self.high - self.low + _LANE * (len(self.lanes) + 1)))

    @property
    def edge(self) -> float:
        """Points of white around each note, so that notes in a row are not one; less where they are small."""
        return min(1.0, 4.0 / self.bars)

    @property
    def legend_width(self) -> float:
        """Inches that the names of the voices take beside the roll."""
        return 1.3 if len(self.voices) > 1 else 0.0

    def draw(self, axis: Axes) -> None:
        """Everything, into `axis`."""
        for pitch in range(self.low, self.high + 1):
            if pitch % 12 in _BLACK_KEYS and self.high > self.low:
                axis.axhspan(pitch - 0.5, pitch + 0.5, color="#f0f0f0", linewidth=0, zorder=-1)
        for number, notes in enumerate(self.voices.values()):
            boxes = [self._box(note, note.pitch - 0.4, 0.8) for note in notes]
            colour = _COLOURS[number % len(_COLOURS)]
            axis.add_collection(
                PatchCollection(boxes, facecolor=colour, edgecolor="white", linewidth=self.edge)
            )
        self._draw_drums(axis)
        for beat in range(4 * self.bars + 1):
            colour, width = ("#888888", 0.8) if beat % 4 == 0 else ("#dddddd", 0.4)
            axis.axvline(beat, color=colour, linewidth=width, zorder=0)
        self._label(axis)

    def _box(self, note: music_pb2.NoteSequence.Note, bottom: float, height: float) -> Rectangle:
        start, length = note.start_time * self.beats, (note.end_time - note.start_time) * self.beats
        return Rectangle((start, bottom), length, height)

    def _lane(self, pitch: int) -> float:
        """Height of the middle of a drum's lane."""
        return self.low - _LANE * (len(self.lanes) - self.lanes.index(pitch) + 0.5)

    def _draw_drums(self, axis: Axes) -> None:
        hits = [note for note in self.notes if note.is_drum]
        if not hits:
            return
        boxes = []
        for note in hits:
            box = self._box(note, self._lane(note.pitch) - 0.38 * _LANE, 0.76 * _LANE)
            box.set_width(min(max(box.get_width(), _LEAST_HIT), 2 * _LEAST_HIT))
            boxes.append(box)
        paleness = [0.25 + 0.75 * note.velocity / 127 for note in hits]
        faces = [(*_rgb(_DRUMS), alpha) for alpha in paleness]
        axis.add_collection(PatchCollection(boxes, facecolor=faces, edgecolor="white", linewidth=self.edge))
        for number, pitch in enumerate(self.lanes):
            if number % 2:
                middle = self._lane(pitch)
                axis.axhspan(middle - _LANE / 2, middle + _LANE / 2, color="#f7f3ea", linewidth=0, zorder=-1)

    def _label(self, axis: Axes) -> None:
        bottom = self._lane(self.lanes[0]) - _LANE / 2 if self.lanes else self.low - 0.5
        top = self.high + 0.5 if self.high > self.low else self.low
        axis.set_xlim(0, 4 * self.bars)
        axis.set_ylim(bottom, top)
        octaves = [p for p in range(self.low, self.high + 1) if p % 12 == 0 and self.high > self.low]
        ticks = [self._lane(pitch) for pitch in self.lanes] + octaves
        names = [pretty_midi.note_number_to_drum_name(pitch) or str(pitch) for pitch in self.lanes]
        names += [f"{_NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in octaves]
        axis.set_yticks(ticks, names, fontsize=7)
        apart = -(-self.bars // _MOST_BAR_NUMBERS)
        word = "bar " if self.bars <= _MOST_BARS_IN_WORDS else ""
        shown = range(0, self.bars, apart)
        axis.set_xticks([4 * bar for bar in shown], [f"{word}{bar + 1}" for bar in shown], fontsize=8)
        if len(self.voices) > 1:
            handles = [
                Patch(
                    color=_COLOURS[i % len(_COLOURS)], label=pretty_midi.program_to_instrument_name(program)
                )
                for i, (_, program) in enumerate(self.voices)
            ]
            axis.legend(
                handles=handles, fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.02), frameon=False
            )


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _pitch_range(pitches: list[int]) -> tuple[int, int]:
    """Lowest and highest pitch to show."""
    low, high = min(pitches, default=60) - 1, max(pitches, default=72) + 1
    missing = max(0, _LEAST_RANGE - (high - low))
    return low - missing // 2, high + missing - missing // 2
