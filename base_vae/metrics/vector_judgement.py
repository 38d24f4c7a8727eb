"""Which attribute vectors do what their names promise and leave the rest of the music alone."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from base_vae.attributes import ATTRIBUTES, AttributeVectors, attributes_for, measure_arrays
from base_vae.attributes.base import Attribute
from base_vae.metrics.differences import hamming_distance
from base_vae.metrics.markdown import table

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel

_PIECES = 128
_AMOUNTS = np.linspace(0.0, 2.0, 21)
_LEAST_KEPT, _MOST_SIDE = 0.5, 0.5


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The effect of a vector at the amount that moves its own attribute by one standard deviation.

    Attributes:
      name: of the attribute.
      way: +1 for the vector to more of it, -1 for that to less.
      amount: how much of the vector that is; NaN where no amount up to 2 moves the attribute so far, and
        then the other figures are NaN too.
      kept: mean share of the steps that stay as they were.
      side: largest mean change of another attribute, in standard deviations.
      other: the name of that attribute; "" where there is no other.
    """

    name: str
    way: int
    amount: float
    kept: float
    side: float
    other: str

    @property
    def is_good(self) -> bool:
        """Whether half of the steps stay, and no other attribute moves by more than half a deviation."""
        return self.kept >= _LEAST_KEPT and self.side <= _MOST_SIDE  # NaN compares as False

    @property
    def words(self) -> str:
        """The way in words, such as "more density"."""
        return f"{'more' if self.way > 0 else 'less'} {self.name}"


def judge_vectors(
    model: "TrainedModel",
    vectors: AttributeVectors,
    examples: np.ndarray,
    latents: np.ndarray,
    spreads: Mapping[str, float],
    *,
    seed: int = 0,
) -> list[Judgement]:
    """Judges the vector to more and that to less of each attribute.

    Pieces are played from their latents at temperature 0, and again with more and more of a vector. Those
    that have room count: the ones below the upper quartile of the attribute for more, the ones above the
    lower quartile for less.

    Args:
      model: plays the pieces.
      vectors: to judge.
      examples, latents: the music, [n, *converter.shape] and [n, z_size]; 128 pieces of it are taken.
      spreads: standard deviations of attributes, such as `faders.find_directions` gives; those of the pieces
        are taken for attributes that are not among them.
      seed: chooses the pieces.
    """
    attributes = [ATTRIBUTES[name] for name in vectors]
    attributes += [each for each in attributes_for(model.config.converter) if each not in attributes]
    chosen = np.random.default_rng(seed).permutation(len(latents))[:_PIECES]
    trial = _Trial(model, vectors, attributes, examples[chosen], latents[chosen], spreads)
    return [trial.judge(name, way) for name in vectors for way in (1, -1) if vectors.has(name, way)]


def keep_good(vectors: AttributeVectors, judgements: Sequence[Judgement]) -> AttributeVectors:
    """The vectors that are judged good, each scaled so that an amount of 1 moves its own by one deviation.

    A way that is not good is missing in the result, and so is an attribute with no way left; the result is
    empty where nothing is good.
    """
    amounts = {(each.name, each.way): each.amount for each in judgements if each.is_good}
    scales = np.array([[amounts.get((name, way), np.nan) for way in (1, -1)] for name in vectors], np.float32)
    more, less = (scales[:, [i]] * ways for i, ways in enumerate((vectors.more, vectors.less)))
    errors = vectors.standard_errors * np.where(np.isnan(scales[:, 0]), scales[:, 1], scales[:, 0])
    left = [name for name in vectors if (name, 1) in amounts or (name, -1) in amounts]
    return dataclasses.replace(vectors, more=more, less=less, standard_errors=errors).chosen(left)


def judgement_table(judgements: Sequence[Judgement]) -> str:
    """The judgements as a Markdown table, a row for each way."""
    rows = []
    for each in judgements:
        if np.isnan(each.amount):
            rows.append([each.words, "not reached", "-", "-", "dropped"])
            continue
        side = f"{each.side:.2f} {each.other}".strip()
        verdict = "good" if each.is_good else "dropped"
        rows.append([each.words, f"{each.amount:.2f}", f"{each.kept:.0%}", side, verdict])
    header = ["vector to", "amount for one deviation", "steps kept", "largest side effect", "verdict"]
    return table(header, rows)


class _Trial:
    """Pieces unchanged, and what vectors make of them."""

    def __init__(
        self,
        model: "TrainedModel",
        vectors: AttributeVectors,
        attributes: list[Attribute],
        examples: np.ndarray,
        latents: np.ndarray,
        spreads: Mapping[str, float],
    ):
        self._model, self._vectors, self._attributes = model, vectors, attributes
        self._examples, self._latents = examples, latents
        self._names = [attribute.name for attribute in attributes]
        self._unmoved = model.decode_arrays(latents, controls=examples)
        self._before = measure_arrays(self._unmoved, model.config.converter, attributes)
        own = np.ma.masked_invalid(self._before).std(0).filled(0.0)
        self._spreads = np.array([spreads.get(*each) for each in zip(self._names, own, strict=True)])

    def judge(self, name: str, way: int) -> Judgement:
        """Judges a vector at the amount that moves its own attribute by one standard deviation."""
        own = self._names.index(name)
        figures = [(1.0, np.zeros(len(self._names)))]
        with_room = self._with_room(own, way)
        if self._spreads[own] > 0 and with_room.any():
            for amount in _AMOUNTS[1:]:
                figures.append(self._move(name, way * amount, with_room))
                if way * figures[-1][1][own] >= 1:
                    return self._judgement(name, way, figures)
        return Judgement(name, way, np.nan, np.nan, np.nan, "")

    def _with_room(self, own: int, way: int) -> np.ndarray:
        values = way * self._before[:, own]
        with np.errstate(invalid="ignore"):
            return values < np.nanquantile(values, 0.75)

    def _move(self, name: str, amount: float, with_room: np.ndarray) -> tuple[float, np.ndarray]:
        """Steps kept, and mean change of each attribute in standard deviations, [attributes]."""
        examples, before = self._examples[with_room], self._before[with_room]
        z = self._vectors.moved(self._latents[with_room], {name: amount})
        music, converter = self._model.decode_arrays(z, controls=examples), self._model.config.converter
        change = np.ma.masked_invalid(measure_arrays(music, converter, self._attributes) - before).mean(0)
        spreads = np.where(self._spreads > 0, self._spreads, np.inf)
        kept = 1.0 - hamming_distance(music, self._unmoved[with_room], converter).mean()
        return float(kept), change.filled(0.0) / spreads

    def _judgement(self, name: str, way: int, figures: list[tuple[float, np.ndarray]]) -> Judgement:
        """The judgement where the attribute has moved by exactly one, between the last two amounts."""
        own = self._names.index(name)
        (kept, change), (last_kept, last_change) = figures[-2:]
        share = (1 - way * change[own]) / (way * (last_change[own] - change[own]))
        change, kept = change + share * (last_change - change), kept + share * (last_kept - kept)
        amount = _AMOUNTS[len(figures) - 2] + share * (_AMOUNTS[1] - _AMOUNTS[0])
        sides = np.abs(change)
        sides[own] = -1.0
        other = int(sides.argmax())
        side, other_name = (float(sides[other]), self._names[other]) if len(sides) > 1 else (0.0, "")
        return Judgement(name, way, float(amount), float(kept), side, other_name)
