"""The room in a piano roll: bars, pitches, lanes of drums, voices."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM

LANE = 2.5  # semitones that the lane of a drum takes below a piano roll
_LEAST_RANGE = 24  # semitones: a melody of three notes should not look like a mountain
LEAST_BARS = 2  # where the length of the music, silence at its end included, is not known
_SEMITONE = 0.062  # inches, where there are drums below
_ROLL = 2.2  # inches, where there are none
_NARROWEST, _A_BAR, _WIDEST = 7.0, 0.75, 26.0  # inches of a roll, the names of its pitches included
_BESIDE = 9.0  # inches: of wider rolls there is one in a row, of others two
_SIXTEENTH = 0.25  # quarters
_ON_THE_GRID = 0.02  # quarters, 10 ms at 120: nearer than that nobody means anything by it
_LATE = 0.05  # bars that a last note may ring over the bar line


@dataclasses.dataclass(frozen=True)
class Frame:
    """The frame that the rolls of some music share, so that they can be compared.

    Attributes:
      bars: how many.
      bar: quarters in each.
      low, high: pitches to show; the same where there are drums alone.
      lanes: pitches of the drums, the lowest lane first.
      voices: instrument and program of each voice with pitches.
      off_grid: whether drums are played beside the grid of sixteenths.
    """

    bars: int
    bar: float
    low: int
    high: int
    lanes: tuple[int, ...]
    voices: tuple[tuple[int, int], ...]
    off_grid: bool

    @classmethod
    def around(cls, sequences: Sequence[NoteSequence], least_bars: int = LEAST_BARS) -> "Frame":
        """The smallest frame of at least the given bars that holds all of `sequences`.

        Their tempo is constant, and they are in one metre from time 0: the first one's, or 4/4.
        """
        notes = [note for sequence in sequences for note in sequence.notes]
        hits = [
            quarters(sequence, note.start_time)
            for sequence in sequences
            for note in sequence.notes
            if note.is_drum
        ]
        lanes = sorted({note.pitch for note in notes if note.is_drum})
        voices = sorted({(note.instrument, note.program) for note in notes if not note.is_drum})
        low, high = _pitch_range([note.pitch for note in notes if not note.is_drum])
        if lanes and not voices:
            high = low
        bar = _quarters_in_a_bar(sequences[0]) if sequences else 4.0
        ends = [quarters(sequence, sequence.total_time) / bar - _LATE for sequence in sequences]
        bars = max(int(np.ceil(round(max(ends, default=0.0), 4))), least_bars)
        off_grid = any(abs(hit - nearest_sixteenth(hit)) > _ON_THE_GRID for hit in hits)
        return cls(bars, bar, low, high, tuple(lanes), tuple(voices), off_grid)

    @property
    def has_pitches(self) -> bool:
        """Whether there is a piano roll at all, above the drums."""
        return self.high > self.low

    @property
    def height(self) -> float:
        """Inches."""
        if not self.lanes:
            return _ROLL
        lane = _SEMITONE * LANE * (2.2 if self.off_grid else 1.0)  # where heights carry meaning
        return max(_ROLL, 0.7 + _SEMITONE * (self.high - self.low) + lane * (len(self.lanes) + 1))

    @property
    def width(self) -> float:
        """Inches."""
        return min(max(_NARROWEST, _A_BAR * self.bars), _WIDEST)

    @property
    def bottom(self) -> float:
        """Lowest place shown, in semitones."""
        return self.lane(self.lanes[0]) - LANE / 2 if self.lanes else self.low - 0.5

    @property
    def top(self) -> float:
        """Highest place shown, in semitones."""
        return self.high + 0.5 if self.has_pitches else self.low - LANE  # drums alone need no gap

    def lane(self, pitch: int) -> float:
        """Height of the middle of a drum's lane, in semitones."""
        return self.low - LANE * (len(self.lanes) - self.lanes.index(pitch) + 0.5)


def columns_of(frames: Sequence[Frame]) -> int:
    """How many rolls stand side by side, in a picture that is one below the other else."""
    return 1 if len(frames) == 1 or max(frame.width for frame in frames) > _BESIDE else 2


def quarters(sequence: NoteSequence, seconds: float) -> float:
    """Time in quarter notes at the first tempo of a sequence."""
    return seconds * (sequence.tempos[0].qpm if sequence.tempos else DEFAULT_QPM) / 60.0


def _quarters_in_a_bar(sequence: NoteSequence) -> float:
    """Quarters in a bar of the first metre of a sequence; 4 where it has none."""
    if not sequence.time_signatures:
        return 4.0
    metre = sequence.time_signatures[0]
    return 4.0 * metre.numerator / metre.denominator


def nearest_sixteenth(time: float) -> float:
    """The sixteenth that is nearest to a time, both in quarters."""
    return round(time / _SIXTEENTH) * _SIXTEENTH


def _pitch_range(pitches: list[int]) -> tuple[int, int]:
    """Lowest and highest pitch to show."""
    low, high = min(pitches, default=60) - 1, max(pitches, default=72) + 1
    missing = max(0, _LEAST_RANGE - (high - low))
    return low - missing // 2, high + missing - missing // 2
