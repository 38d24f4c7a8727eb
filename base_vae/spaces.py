"""What one step of music is to a model: an id, several ids, or numbers.

Arrays are compact and one-hot vectors are made on the device, if they are made at all: an LSTM takes ids
as they are (see `lstm.Part`).
"""

import dataclasses
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:  # converters import this file, and converting music needs no TensorFlow
    import tensorflow as tf

NOTHING = -1  # an id that stands for a vector of zeros: before the first event, and past the last


@dataclasses.dataclass(frozen=True)
class Ids:
    """One event out of `depth` a step: integers of shape [..., time], `NOTHING` for a vector of zeros."""

    depth: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a step."""
        return ()

    @property
    def depths(self) -> tuple[int, ...]:
        """Number of different ids of each choice a step consists of."""
        return (self.depth,)

    @property
    def width(self) -> int:
        """Width of a step as a vector of zeros and ones."""
        return self.depth

    def vectors(self, value: "tf.Tensor") -> "tf.Tensor":
        """One-hot vectors float32 [..., time, width]."""
        import tensorflow as tf

        return tf.one_hot(value, self.depth)


@dataclasses.dataclass(frozen=True)
class Choices:
    """One event out of each of several vocabularies a step: integers of shape [..., time, len(depths)]."""

    depths: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a step."""
        return (len(self.depths),)

    @property
    def width(self) -> int:
        """Width of a step as one-hot vectors side by side."""
        return sum(self.depths)

    def vectors(self, value: "tf.Tensor") -> "tf.Tensor":
        """One-hot vectors side by side, float32 [..., time, width]."""
        import tensorflow as tf

        return tf.concat([tf.one_hot(value[..., i], depth) for i, depth in enumerate(self.depths)], -1)


@dataclasses.dataclass(frozen=True)
class Values:
    """`width` numbers a step, bits among them: floats of shape [..., time, width]."""

    width: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a step."""
        return (self.width,)

    def vectors(self, value: "tf.Tensor") -> "tf.Tensor":
        """The numbers themselves, float32 [..., time, width]."""
        import tensorflow as tf

        return tf.cast(value, tf.float32)


Space = Union[Ids, Choices, Values]


@dataclasses.dataclass(frozen=True)
class Spaces:
    """What a model hears, says and is told.

    Attributes:
      inputs: a step of what the encoder hears.
      outputs: a step of what the decoder says, and hears again.
      controls: a step of what both are told (chords, say), or None.
      end_token: id of the event that ends a segment or a piece early, or None where all have full length.
    """

    inputs: Space
    outputs: Space
    controls: Space | None = None
    end_token: int | None = None
