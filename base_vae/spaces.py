"""The kinds of steps a model works on: an id, several ids, or numbers.

Arrays are compact and one-hot vectors are made on the device, if they are made at all: an LSTM takes the ids
themselves (see `model.layers.lstm_input.LstmInput`).
"""

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # converters import this file, and converting music needs no TensorFlow
    import tensorflow as tf

NOTHING = -1  # an id that stands for a vector of zeros: before the first event, and past the last


@dataclasses.dataclass(frozen=True)
class Categorical:
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

    def nothing(self, shape: "tf.Tensor") -> "tf.Tensor":
        """`shape` steps of nothing at all, which are zeros to an LSTM."""
        import tensorflow as tf

        return tf.fill(shape, NOTHING)


@dataclasses.dataclass(frozen=True)
class MultiCategorical:
    """One event out of each of several vocabularies a step: integers of shape [..., time, len(depths)].

    `names` are those of the vocabularies (melody, bass, ...); they may be left out.
    """

    depths: tuple[int, ...]
    names: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each vocabulary: its own, or its number."""
        return self.names or tuple(str(i) for i in range(len(self.depths)))

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

    def nothing(self, shape: "tf.Tensor") -> "tf.Tensor":
        """`shape` steps of nothing at all, which are zeros to an LSTM."""
        import tensorflow as tf

        return tf.fill(tf.concat([shape, self.shape], 0), NOTHING)


@dataclasses.dataclass(frozen=True)
class Real:
    """`width` numbers a step: floats of shape [..., time, width]."""

    width: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a step."""
        return (self.width,)

    def vectors(self, value: "tf.Tensor") -> "tf.Tensor":
        """The numbers themselves, float32 [..., time, width]."""
        import tensorflow as tf

        return tf.cast(value, tf.float32)

    def nothing(self, shape: "tf.Tensor") -> "tf.Tensor":
        """`shape` steps of nothing at all: zeros."""
        import tensorflow as tf

        return tf.zeros(tf.concat([shape, self.shape], 0))


@dataclasses.dataclass(frozen=True)
class Binary(Real):
    """Numbers that are all 0 or 1: each has a probability, and no more."""


Space = Categorical | MultiCategorical | Real
_KINDS = {cls.__name__: cls for cls in (Categorical, MultiCategorical, Real, Binary)}


@dataclasses.dataclass(frozen=True)
class Spaces:
    """A model's input, output and control spaces.

    Attributes:
      inputs: a step of the encoder's inputs.
      outputs: a step of the decoder's outputs, which are also its inputs at the next step.
      controls: a step of the controls of both (chords, for example), or None.
      end_token: id of the event that ends a segment or a piece early, or None where all have full length.
      segment: steps in a segment, where each segment of a piece has an end token of its own; else None.
    """

    inputs: Space
    outputs: Space
    controls: Space | None = None
    end_token: int | None = None
    segment: int | None = None


def spaces_to_dict(spaces: Spaces) -> dict[str, Any]:
    """Plain data for JSON."""
    values: dict[str, Any] = {"end_token": spaces.end_token, "segment": spaces.segment}
    for name in ("inputs", "outputs", "controls"):
        space = getattr(spaces, name)
        values[name] = space and {"kind": type(space).__name__, **dataclasses.asdict(space)}
    return values


def spaces_from_dict(values: dict[str, Any]) -> Spaces:
    """The spaces that `spaces_to_dict` described."""

    def space(value: dict[str, Any]) -> Space:
        value = {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}
        return _KINDS[value.pop("kind")](**value)

    return Spaces(
        space(values["inputs"]),
        space(values["outputs"]),
        space(values["controls"]) if values["controls"] else None,
        values["end_token"],
        values.get("segment"),
    )


class Tensors(NamedTuple):
    """A batch as a model takes it; the kinds of its steps are the converter's `Spaces`.

    Attributes:
      inputs: of the encoder, [batch, time, ...], int32 or float32.
      outputs: of the decoder, to be learned, [batch, time, ...].
      controls: of both, [batch, time, ...], or None.
      lengths: int32 [batch], or [batch, segments] where segments end early; None where all is full.
    """

    inputs: Any
    outputs: Any
    controls: Any = None
    lengths: Any = None
