"""How the bars and instruments of a multitrack example are laid out in its array."""

import dataclasses

from base_vae.converters.multitrack.events import Vocabulary


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """The settings of a `MultitrackConverter` that fix the places in its arrays.

    Attributes:
      vocabulary: meaning of the ids.
      steps_per_quarter: resolution of the grid.
      bar: steps in a bar.
      bars: bars in an example.
      instruments: segments of a bar, the most it can have.
      events: length of a segment; the program and the end take two of it.
      has_chords: whether a second column has the chord at each event.
    """

    vocabulary: Vocabulary
    steps_per_quarter: int
    bar: int
    bars: int
    instruments: int
    events: int
    has_chords: bool

    @property
    def segments(self) -> int:
        """Segments in an example."""
        return self.bars * self.instruments

    @property
    def events_a_bar(self) -> int:
        """Events of all segments of a bar."""
        return self.instruments * self.events

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an example."""
        size = self.bars * self.events_a_bar
        return (size, 2) if self.has_chords else (size,)

    @property
    def metre(self) -> str:
        """The time signature, in words."""
        return f"{self.bar // self.steps_per_quarter}/4"
