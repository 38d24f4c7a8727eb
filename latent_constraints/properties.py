"""Properties of music that a constraint can ask for, measured on what the base plays: no labels are needed.

Learning a constraint from what a model's own samples are like is the zero-shot setting of Engel et al. 2018
(arXiv:1711.05772), section 5.
"""

import dataclasses
import re
from collections.abc import Callable

import numpy as np

from base_vae.attributes import applies_to, attributes_for, measure_arrays
from base_vae.attributes.base import PITCHED, Attribute
from base_vae.converters import Converter
from base_vae.errors import UserError, closest_first, shortened
from base_vae.music.key import named_key
from base_vae.music.piece import Piece
from base_vae.plugins import register
from latent_constraints.constraint import NAMED_BY_ARGUMENT

_LEAST_SHARE = 0.5  # of what a class would have without ties, for its border to count


@dataclasses.dataclass(frozen=True)
class Property:
    """A number about music, and where it is cut into classes.

    Attributes:
      name: what constraints and folders call it.
      attribute: what is measured.
      cut: music above it has the property and other music has not; None: the cuts are quantiles.
    """

    name: str
    attribute: Attribute
    cut: float | None = None

    def measure(self, arrays: np.ndarray, converter: Converter) -> np.ndarray:
        """The number of each example [n, ...], float64 [n]; NaN where it is not defined."""
        return measure_arrays(arrays, converter, [self.attribute])[:, 0]

    def cuts(self, values: np.ndarray, classes: int) -> np.ndarray:
        """The cuts of measured values [n], ascending; a value on a cut belongs below it.

        Quantiles, of which ties leave fewer than `classes` - 1; the median stays where `classes` is even.

        Raises:
          UserError: if nearly all values are the same.
        """
        values = values[~np.isnan(values)]
        if not len(values):
            raise UserError(
                f"{self.name} is not defined for any of the base's samples: ask for something else"
            )
        if self.cut is not None:
            cuts = np.array([self.cut])
        else:
            cuts = _apart(
                np.quantile(values, np.arange(1, classes) / classes), values, _LEAST_SHARE / classes
            )
        if not len(cuts) or not 0 < np.mean(values > cuts[-1]) < 1:
            raise UserError(
                f"the base's samples are all alike in {self.name}: among {len(values)} there is nothing to "
                "learn from; decode more of them (--hparams=num_labelled=...) or ask for something else"
            )
        return cuts


def _apart(cuts: np.ndarray, values: np.ndarray, least: float) -> np.ndarray:
    """Returns those of ascending cuts that leave at least the share `least` of the values in every class."""
    kept: list[float] = []
    below = 0.0
    for cut in cuts:
        share = np.mean(values <= cut)
        if share - below >= least and 1.0 - share >= least:
            kept.append(float(cut))
            below = share
    return np.array(kept)


def middle_of(values: np.ndarray, cuts: np.ndarray) -> int:
    """The number of the cut that divides values [n] most evenly: the median's, if it is among them."""
    above = [np.mean(values[~np.isnan(values)] > cut) for cut in cuts]
    return int(np.argmin(np.abs(np.array(above) - 0.5)))


def classes_of(values: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """The class of each value [n]: the number of cuts below it."""
    return np.searchsorted(cuts, values, side="left")


class InScale(Attribute):
    """Share of the notes that are in a scale; minor is the natural one."""

    name, unit, more, less, kinds = "key", "share of the notes", "more in key", "further from key", PITCHED

    def __init__(self, pitch_classes: tuple[int, ...]):
        self._in_scale = np.isin(np.arange(12), pitch_classes)

    def measure(self, piece: Piece) -> float:
        """Within 0 and 1; NaN without notes."""
        pitches = piece.pitch[~piece.is_drum]
        return float(np.mean(self._in_scale[pitches % 12])) if len(pitches) else np.nan


class Smoothness(Attribute):
    """Minus the largest leap from a note to the next, in semitones."""

    name, unit, more, less, kinds = "leap", "-semitones", "smaller leaps", "larger leaps", PITCHED

    def measure(self, piece: Piece) -> float:
        """0 or below; NaN with less than two notes."""
        notes = piece.where(~piece.is_drum)
        pitches = notes.pitch[np.argsort(notes.start, kind="stable")]
        return float(-np.max(np.abs(np.diff(pitches)))) if len(pitches) > 1 else np.nan


def find_property(name: str, converter: Converter) -> Property:
    """The property that a constraint names: an attribute, `key:C major` or `leap:7`.

    Args:
      name: of the property.
      converter: of the base, on which it depends what has a meaning.

    Raises:
      UserError: if there is none of this name for such music, with the names there are.
    """
    kind, _, argument = name.partition(":")
    known = {attribute.name: attribute for attribute in attributes_for(converter)}
    if not argument and kind in known:
        return Property(kind, known[kind])
    if argument and kind in _BY_ARGUMENT:
        attribute, cut = _BY_ARGUMENT[kind].make(argument)
        if applies_to(attribute, converter):
            return Property(name, attribute, cut)
    names = [*closest_first(kind, known), *_examples(converter)]
    raise UserError(f"unknown constraint {name!r}; known are {', '.join(names)}, realism and personal:FOLDER")


@dataclasses.dataclass(frozen=True)
class ByArgument:
    """A kind of property that an argument describes, as `key:C major` does.

    Attributes:
      make: from the argument to what is measured and the cut, above which music has the property.
      example: of an argument.
    """

    make: Callable[[str], tuple[Attribute, float]]
    example: str


def register_constraint(name: str, make: Callable[[str], tuple[Attribute, float]], *, example: str) -> None:
    """Adds a constraint of one's own, which is written `NAME:ARGUMENT`.

    Args:
      name: of the constraint.
      make: from the argument to what is measured and the cut: music above it has the property. It raises
        UserError where it cannot read the argument.
      example: of an argument, for messages.

    Raises:
      UserError: if there is another constraint of this name.
    """
    register(_BY_ARGUMENT, name, ByArgument(make, example), "a constraint", fits=callable(make))
    NAMED_BY_ARGUMENT.add(name)


def _examples(converter: Converter) -> list[str]:
    """An example of each constraint with an argument that means something for a converter's music."""
    return [
        f"{name}:{each.example}"
        for name, each in _BY_ARGUMENT.items()
        if applies_to(each.make(each.example)[0], converter)
    ]


def _in_key(text: str) -> tuple[Attribute, float]:
    return InScale(named_key(text).scale), 1.0 - 1e-6


def _without_leaps(text: str) -> tuple[Attribute, float]:
    return Smoothness(), -_semitones(text) - 0.5


def _semitones(text: str) -> int:
    if not re.fullmatch(r"\s*0*[1-9][0-9]{0,5}\s*", text):
        raise UserError(
            f"leap is the largest leap that is allowed, in semitones, like leap:7 "
            f"(received {shortened(text)!r})"
        )
    return int(text)


_BY_ARGUMENT = {"key": ByArgument(_in_key, "C major"), "leap": ByArgument(_without_leaps, "7")}
