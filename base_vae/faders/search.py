"""The search for the example that has what is asked: candidates are decoded, measured and ranked.

A vector added to a latent changes a tune by whatever lies that way. Here the decoder is in the loop: from the
piece's posterior, candidates go along the attribute's direction and around it, each is decoded and measured,
and a few rounds of an evolution strategy look for the one that has what was asked with the most of the piece
kept and the least else changed: the best survive, and their mixtures mutate (Beyer and Schwefel 2002,
"Evolution strategies: a comprehensive introduction"). Then come crosses of the best with the piece itself,
a few steps at a time, so that only as much is another as is needed.
"""

import dataclasses

import numpy as np

from base_vae.attributes import get_attributes, measure_arrays
from base_vae.converters import Converter
from base_vae.faders.directions import Directions
from base_vae.metrics.differences import hamming_distance
from base_vae.trained_model import TrainedModel

_POPULATION, _PARENTS = 96, 8
_REACH = 6.0  # moves for each spread that is asked: the fit is too flat where music has little room
_MUTATIONS = (0.9, 0.7, 0.5)  # of the posterior's standard deviation, round by round
_CROSSES = 4  # rounds
_CLOSE = 0.1  # spreads that a value may be off nearly for free
_MOST_SIDE = 2.0  # spreads that an attribute counts as changed: beyond, it is another anyway
_UNDEFINED = 3.0  # spreads that an attribute counts as missed or changed where it is no longer defined


@dataclasses.dataclass(frozen=True)
class Price:
    """What counts for how much in the choice of a candidate.

    Attributes:
      missed: each spread that a value is further off than a tenth.
      off: each spread that it is off at all.
      side: each spread by which the other attribute that changes most changes.
      sides: each spread that the others change by, summed.
      changed: a tune of which nothing is left.
    """

    missed: float = 20.0
    off: float = 0.5
    side: float = 1.5
    sides: float = 0.3
    changed: float = 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    """An example that may be the one; `z` is where it comes from, `kept` the share of equal steps."""

    cost: float
    z: np.ndarray
    array: np.ndarray
    values: np.ndarray
    kept: float


@dataclasses.dataclass(frozen=True, eq=False)
class Origin:
    """Where a search begins.

    Attributes:
      array: the example, [*converter.shape].
      mu, sigma: its posterior, [z_size].
      values: of the attributes, [attributes].
    """

    array: np.ndarray
    mu: np.ndarray
    sigma: np.ndarray
    values: np.ndarray


class Search:
    """The search for one example."""

    def __init__(
        self,
        origin: Origin,
        wanted: np.ndarray,
        directions: Directions,
        *,
        keep: float,
        rng: np.random.Generator,
        price: Price,
    ):
        self._origin, self._wanted, self._asked = origin, wanted, ~np.isnan(wanted)
        self._directions, self._spreads = directions, directions.spreads
        self._keep, self._rng, self._price = keep, rng, price
        asked = np.nan_to_num((wanted - origin.values) / self._spreads)
        self._move = asked @ directions.moves
        first = self._candidate(origin.mu, origin.array, origin.values, 1.0)
        self._candidates = {origin.array.tobytes(): first}

    @property
    def best(self) -> Candidate:
        """The candidate that costs least."""
        return min(self._candidates.values(), key=lambda candidate: candidate.cost)

    def propose(self, round_number: int) -> np.ndarray:
        """Latents to decode, float32 [population, z_size]."""
        mu, rng = self._origin.mu, self._rng
        noise = self._origin.sigma * rng.standard_normal((_POPULATION, len(mu)))
        if round_number == 0:
            along = np.linspace(0, _REACH, _POPULATION // 3)[:, np.newaxis] * self._move
            scale = np.repeat([0.0, 0.4, 0.7], _POPULATION // 3)[:, np.newaxis]
            return (mu + np.tile(along, (3, 1)) + scale * noise).astype(np.float32)
        z = np.stack([parent.z for parent in self._parents()])
        first, second = rng.integers(len(z), size=(2, _POPULATION))
        share = rng.uniform(0, 0.5, (_POPULATION, 1))
        along = rng.normal(0, 0.3, (_POPULATION, 1)) * self._move
        mixed = (1 - share) * z[first] + share * z[second]
        return (mixed + along + _MUTATIONS[round_number - 1] * noise).astype(np.float32)

    def cross(self, converter: Converter) -> tuple[np.ndarray, np.ndarray]:
        """Children of candidates and the piece: latents of their parents, and arrays [population, ...]."""
        parents, rng = self._parents(), self._rng
        steps = np.arange(len(self._origin.array))
        grain = rng.choice([size for size in (1, 2, 4, 8) if size <= len(steps)], (_POPULATION, 1))
        taken = rng.random((_POPULATION, len(steps))) < rng.uniform(0.05, 0.9, (_POPULATION, 1))
        rows = np.take_along_axis(taken, steps // grain, axis=1)
        first, second = rng.integers(len(parents), size=(2, _POPULATION))
        arrays = np.stack([parent.array for parent in parents])
        others = arrays[second]
        others[rng.random(_POPULATION) < 0.7] = self._origin.array
        mask = rows.reshape(*rows.shape, *[1] * (arrays.ndim - 2))
        children = converter.all_canonical(np.where(mask, arrays[first], others))
        return np.stack([parents[number].z for number in first]), children

    def take(self, z: np.ndarray, arrays: np.ndarray, converter: Converter) -> None:
        """Ranks new arrays [n, *converter.shape] among the candidates; `z` is where they come from."""
        new = {array.tobytes(): number for number, array in enumerate(arrays)}
        chosen = [number for key, number in new.items() if key not in self._candidates]
        if not chosen:
            return
        values = measure(arrays[chosen], converter, self._directions)
        kept = 1.0 - hamming_distance(arrays[chosen], self._origin.array, converter)
        for number, value, share in zip(chosen, values, kept, strict=True):
            candidate = self._candidate(z[number], arrays[number], value, float(share))
            self._candidates[arrays[number].tobytes()] = candidate

    def _parents(self) -> list[Candidate]:
        return sorted(self._candidates.values(), key=lambda candidate: candidate.cost)[:_PARENTS]

    def _candidate(self, z: np.ndarray, array: np.ndarray, values: np.ndarray, kept: float) -> Candidate:
        asked, price, before = self._asked, self._price, self._origin.values
        off = np.abs(values - self._wanted)[asked] / self._spreads[asked]
        side = np.abs(values - before)[~asked] / self._spreads[~asked]
        off = np.nan_to_num(off, nan=_UNDEFINED)
        same = np.isnan(values) & np.isnan(before)
        side = np.where(same[~asked], 0.0, np.nan_to_num(np.minimum(side, _MOST_SIDE), nan=_UNDEFINED))
        cost = price.missed * np.maximum(off - _CLOSE, 0.0).sum() + price.off * off.sum()
        cost += price.side * side.max(initial=0.0) + price.sides * side.sum()
        cost += price.changed * (1.0 - kept) + 10.0 * max(self._keep - kept, 0.0)
        return Candidate(float(cost), z, array, values, kept)


def search(
    model: TrainedModel,
    origins: list[Origin],
    wanted: np.ndarray,
    directions: Directions,
    *,
    keep: float,
    seed: int,
    price: Price,
) -> list[Candidate]:
    """The best candidate for each origin.

    Args:
      model: plays the candidates.
      origins: where the searches begin.
      wanted: values to reach, [origins, attributes]; NaN where nothing is asked.
      directions: of the attributes.
      keep: share of the steps that has to stay.
      seed: of the candidates.
      price: what counts for how much.
    """
    converter = model.config.converter
    searches = [
        Search(*each, directions, keep=keep, rng=np.random.default_rng([seed, number]), price=price)
        for number, each in enumerate(zip(origins, wanted, strict=True))
    ]
    arrays = np.stack([origin.array for origin in origins])
    for round_number in range(1 + len(_MUTATIONS)):
        z = np.stack([each.propose(round_number) for each in searches])
        controls = np.repeat(arrays, z.shape[1], axis=0)
        found = model.decode_arrays(z.reshape(-1, z.shape[-1]), controls=controls)
        for each, own, music in zip(searches, z, found.reshape(*z.shape[:2], *found.shape[1:]), strict=True):
            each.take(own, music, converter)
    if converter.rows_a_bar == converter.bar:  # rows are steps, so that beats can be taken out of them
        for _ in range(_CROSSES):
            for each in searches:
                each.take(*each.cross(converter), converter)
    return [each.best for each in searches]


def measure(arrays: np.ndarray, converter: Converter, directions: Directions) -> np.ndarray:
    """The attributes of examples, float64 [examples, attributes]."""
    return measure_arrays(arrays, converter, get_attributes(directions.names))
