"""The effects of a personal model's numbers on the music, in words: "knob 2: denser, +0.8"."""

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from base_vae.attributes import ATTRIBUTES, attributes_for, measure_arrays
from base_vae.ranges import check_arguments
from small_vae.knob_grids import decode_places

if TYPE_CHECKING:
    from small_vae.personal_model import PersonalModel

_PLACES = 128  # a weight's standard error is then 0.09 at most
LEAST_WEIGHT = 0.3
_MOST_WORDS = 3


@dataclasses.dataclass(frozen=True)
class KnobWeights:
    """How attributes of the music go with the knobs.

    Attributes:
      attributes: names of those that change at all, [attributes].
      weights: by how many of its standard deviations an attribute changes when a knob is turned up by 1 and
        the others stay where they are, float64 [knobs, attributes].
    """

    attributes: tuple[str, ...]
    weights: np.ndarray

    def __repr__(self) -> str:
        return f"<KnobWeights of {len(self.weights)} knobs: {', '.join(self.attributes)}>"

    def describe(self) -> list[str]:
        """A line for each knob: what the music becomes as it is turned up, strongest first, with the weights.

        A negative weight stands by the word for less of an attribute. Weights below 0.3 are left out.

        >>> KnobWeights(("density", "interval"), np.array([[0.8, 0.1], [0.4, -0.6]])).describe()
        ['knob 1: denser, +0.8', 'knob 2: smaller steps, -0.6; denser, +0.4']
        """
        return [
            f"knob {number}: {'; '.join(f'{word}, {weight:+.1f}' for word, weight in words) or _NOTHING}"
            for number, words in enumerate(map(self._words, self.weights), 1)
        ]

    def names(self) -> list[str]:
        """A word for each knob turned up: its strongest that names no other knob, which it fits better.

        >>> KnobWeights(("density", "interval"), np.array([[0.8, 0.1], [0.4, -0.6]])).names()
        ['denser', 'smaller steps']
        >>> KnobWeights(("density", "interval"), np.array([[0.6, -0.4], [0.8, 0.1]])).names()
        ['smaller steps', 'denser']
        """
        words = list(map(self._words, self.weights))
        names: dict[int, str] = {}
        for _, knob, word in sorted(
            (-abs(weight), knob, word) for knob, own in enumerate(words) for word, weight in own
        ):
            if knob not in names and word not in names.values():
                names[knob] = word
        strongest = [own[0][0] if own else _NOTHING for own in words]
        return [names.get(knob, word) for knob, word in enumerate(strongest)]

    def rotated(self, rotation: np.ndarray) -> "KnobWeights":
        """The weights of knobs that are the old ones times `rotation` [knobs, knobs], orthogonal."""
        return KnobWeights(self.attributes, rotation.T @ self.weights)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"attributes": list(self.attributes), "weights": self.weights.tolist()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "KnobWeights":
        """The weights that `to_dict` described. Raises KeyError, TypeError or ValueError for other data."""
        names, weights = tuple(values["attributes"]), np.array(values["weights"], np.float64)
        if weights.ndim != 2 or weights.shape[1] != len(names) or not np.isfinite(weights).all():
            raise ValueError("weights of knobs must be numbers, a row for each knob")
        if not set(names) <= set(ATTRIBUTES):
            raise ValueError(f"unknown attributes {', '.join(map(str, set(names) - set(ATTRIBUTES)))}")
        return cls(names, weights)

    def _words(self, weights: np.ndarray) -> list[tuple[str, float]]:
        """The strongest words for one knob's weights [attributes]."""
        order = np.argsort(-np.abs(weights), kind="stable")[:_MOST_WORDS]
        strong = [i for i in order if abs(weights[i]) >= LEAST_WEIGHT]
        return [(_word(self.attributes[i], weights[i]), float(weights[i])) for i in strong]


_NOTHING = "nothing that stands out"


def weigh_knobs(personal: "PersonalModel", *, seed: int = 0, batch: int = _PLACES) -> KnobWeights:
    """Regresses the attributes of decoded music on the knobs.

    128 places of the small latent space are drawn from N(0, I) and decoded at temperature 0, without what the
    small VAE leaves out, so that only the knobs make a difference. Least squares, of standardized attributes;
    a piece for which an attribute is not defined does not count for it.

    Args:
      personal: the model.
      seed: the same seed gives the same weights.
      batch: pieces that are decoded at once. The base is compiled for each `batching.padded_size`: one
        that it has worked with already costs less.
    """
    check_arguments(seed=seed)
    converter = personal.base.config.converter
    knobs = np.random.default_rng(seed).standard_normal((_PLACES, personal.size), np.float32)
    attributes = attributes_for(converter)
    arrays = decode_places(personal, knobs, seed=seed, batch=batch, residual=False)
    values = measure_arrays(arrays, converter, attributes)
    weights = {
        attribute.name: _weights(knobs, value) for attribute, value in zip(attributes, values.T, strict=True)
    }
    found = {name: row for name, row in weights.items() if row is not None}
    return KnobWeights(tuple(found), np.array(list(found.values())).reshape(-1, personal.size).T)


def _weights(knobs: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Standardized weight of each knob, [knobs]; None where there is too little to tell."""
    defined = ~np.isnan(values)
    knobs, values = knobs[defined], values[defined]
    if len(values) < 2 * (knobs.shape[1] + 1) or not np.ptp(values) > 0:
        return None
    with_constant = np.column_stack([knobs, np.ones(len(knobs))])
    solution: np.ndarray = np.linalg.lstsq(with_constant, (values - values.mean()) / values.std())[0]
    return solution[:-1]


def _word(name: str, weight: float) -> str:
    return ATTRIBUTES[name].more if weight > 0 else ATTRIBUTES[name].less
