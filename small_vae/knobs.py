"""What each number of a personal model does to the music, in words: "knob 2: denser, +0.8"."""

import dataclasses

import numpy as np

from base_vae.attributes import ATTRIBUTES, attributes_for, measure_arrays
from small_vae.knob_grids import decode_places
from small_vae.personal_model import PersonalModel

_PLACES = 64  # so many that a weight's standard error is an eighth at most
_LEAST_WEIGHT = 0.3
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

    def describe(self) -> list[str]:
        """A line for each knob: what the music becomes as it is turned up, strongest first, with the weights.

        A negative weight stands by the word for less of an attribute. What is weaker than 0.3 is not said.
        """
        lines = []
        for number, weights in enumerate(self.weights, 1):
            order = np.argsort(-np.abs(weights), kind="stable")[:_MOST_WORDS]
            words = [
                f"{_word(self.attributes[i], weights[i])}, {weights[i]:+.1f}"
                for i in order
                if abs(weights[i]) >= _LEAST_WEIGHT
            ]
            lines.append(f"knob {number}: {'; '.join(words) or 'nothing that stands out'}")
        return lines


def weigh_knobs(personal: PersonalModel, *, seed: int = 0, batch: int = _PLACES) -> KnobWeights:
    """Regresses the attributes of decoded music on the knobs.

    64 places of the small latent space are drawn from N(0, I) and decoded at temperature 0, without what the
    small VAE leaves out, so that whatever changes, the knobs do. Least squares, of standardized attributes;
    where an attribute is not defined, that piece does not count for it.

    Args:
      personal: the model.
      batch: pieces that are decoded at once. The base is compiled for each `inference.padded_size`: one
        that it has worked with already costs less.
      seed: the same seed gives the same weights.
    """
    converter = personal.base.config.converter
    knobs = np.random.default_rng(seed).standard_normal((_PLACES, personal.size), np.float32)
    attributes = attributes_for(converter)
    values = measure_arrays(decode_places(personal, knobs, seed=seed, batch=batch), converter, attributes)
    columns = {
        attribute.name: _weights(knobs, value) for attribute, value in zip(attributes, values.T, strict=True)
    }
    found = {name: weights for name, weights in columns.items() if weights is not None}
    return KnobWeights(tuple(found), np.array(list(found.values())).reshape(-1, personal.size).T)


def _weights(knobs: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """Standardized weight of each knob, [knobs]; None where there is too little to tell."""
    defined = ~np.isnan(values)
    knobs, values = knobs[defined], values[defined]
    if len(values) < 2 * (knobs.shape[1] + 1) or not np.ptp(values) > 0:
        return None
    with_constant = np.column_stack([knobs, np.ones(len(knobs))])
    return np.linalg.lstsq(with_constant, (values - values.mean()) / values.std())[0][:-1]


def _word(name: str, weight: float) -> str:
    return ATTRIBUTES[name].more if weight > 0 else ATTRIBUTES[name].less
