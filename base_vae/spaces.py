"""What one step of music is to a model: an id, several ids, or numbers.

Arrays are compact and one-hot vectors are made on the device, if they are made at all: an LSTM takes ids
as they are (see `lstm.Part`).
"""

import dataclasses
from typing import TYPE_CHECKING, Any

from base_vae.config import HParams, raise_all

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

    def nothing(self, shape: "tf.Tensor") -> "tf.Tensor":
        """`shape` steps of nothing at all, which are zeros to an LSTM."""
        import tensorflow as tf

        return tf.fill(shape, NOTHING)


@dataclasses.dataclass(frozen=True)
class Choices:
    """One event out of each of several vocabularies a step: integers of shape [..., time, len(depths)].

    `names` say what each vocabulary is (melody, bass, ...), or nothing.
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
class Values:
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
class Bits(Values):
    """Numbers that are all 0 or 1: a probability each is all there is to say about them."""


Space = Ids | Choices | Values
_KINDS = {cls.__name__: cls for cls in (Ids, Choices, Values, Bits)}


@dataclasses.dataclass(frozen=True)
class Spaces:
    """What a model hears, says and is told.

    Attributes:
      inputs: a step of what the encoder hears.
      outputs: a step of what the decoder says, and hears again.
      controls: a step of what both are told (chords, say), or None.
      end_token: id of the event that ends a segment or a piece early, or None where all have full length.
      segment: steps in a segment, where each segment of a piece has an end token of its own; else None.
    """

    inputs: Space
    outputs: Space
    controls: Space | None = None
    end_token: int | None = None
    segment: int | None = None


_SAID_BY = {
    "categorical": Ids,
    "multi_categorical": Choices,
    "boolean": Bits,
    "nade": Bits,
    "groove": Values,
}


def check_fit(hparams: HParams, spaces: Spaces) -> None:
    """Raises UserError unless a model of `hparams` can hear and say what the representation consists of."""
    errors = []
    if type(spaces.outputs) is not _SAID_BY[hparams.head]:
        fitting = [name for name, space in _SAID_BY.items() if type(spaces.outputs) is space]
        errors.append(
            f"`head` must be {' or '.join(fitting)} for this representation, which consists of "
            f"{type(spaces.outputs).__name__} (received head={hparams.head})"
        )
    if hparams.reencode and (spaces.controls or spaces.inputs != spaces.outputs):
        errors.append(
            "`reencode` needs a representation without controls that is heard as it is said: the encoder has "
            "to hear the decoder's own music"
        )
    for name, level, needed in (
        ("encoder_levels", hparams.encoder_levels[:1], hparams.conditional),
        ("decoder_levels", hparams.decoder_levels[-1:], True),
    ):
        if spaces.segment and needed and level != (spaces.segment,):
            errors.append(
                f"`{name}` must have segments of {spaces.segment} steps for this representation, whose "
                f"segments end early (received {getattr(hparams, name)})"
            )
    raise_all(errors)


def spaces_to_dict(spaces: Spaces) -> dict[str, Any]:
    """Plain data for JSON."""
    values: dict[str, Any] = {"end_token": spaces.end_token, "segment": spaces.segment}
    for name in ("inputs", "outputs", "controls"):
        space = getattr(spaces, name)
        values[name] = space and {"kind": type(space).__name__, **dataclasses.asdict(space)}
    return values


def spaces_from_dict(values: dict[str, Any]) -> Spaces:
    """The spaces that `spaces_to_dict` described."""

    def space(value: dict[str, Any] | None) -> Space | None:
        if value is None:
            return None
        value = {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}
        return _KINDS[value.pop("kind")](**value)

    return Spaces(
        *(space(values[name]) for name in ("inputs", "outputs", "controls")),
        values["end_token"],
        values.get("segment"),
    )
