"""The layout of a groove model's numbers: steps, drums, and the contents of its inputs."""

import dataclasses

HIT, VELOCITY, OFFSET = range(3)  # columns of an example
# Values of a hit. The encoder's input leaves out the hidden ones, which the decoder has to find all the same.
VISIBLE, HIDDEN = 1.0, 2.0
MIDI_VELOCITIES = 127
TAP_DRUM = 3  # the open hi-hat of the maps with nine classes: where a tapped rhythm is written


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """The settings of a `GrooveConverter` that fix the contents of its tensors; the rest have its names.

    Attributes:
      steps: of the model in an example: as many as in the music, times the drums if they are split.
      classes: number of drums.
      bins: numbers of velocities and offsets to choose from; None where both are numbers themselves.
    """

    steps: int
    classes: int
    bins: tuple[int, int] | None
    humanize: bool
    tapify: bool
    fixed_velocities: bool
    add_instruments: tuple[int, ...]
    hits_as_controls: bool
    split_instruments: bool

    @property
    def drums_a_step(self) -> int:
        """Drums that are side by side in a step of the model."""
        return 1 if self.split_instruments else self.classes

    @property
    def widths(self) -> tuple[int, int, int]:
        """Numbers for the hit, the velocity and the offset of a drum."""
        return (1, *(self.bins or (1, 1)))
