"""The search for the example that has what is asked: candidates are decoded, measured and ranked.

A vector added to a latent changes a tune by whatever lies that way. Here the decoder is in the loop: from the
piece's posterior, candidates go along the attribute's direction and around it, each is decoded and measured,
and a few rounds of an evolution strategy look for the one that has what was asked with the most of the piece
kept and the least else changed: the best survive, and their mixtures mutate (Beyer and Schwefel 2002,
"Evolution strategies: a comprehensive introduction"). Then come crosses of the best, a few steps at a time:
with the piece itself, with each other, and with these transposed, moved in time or silenced. So only as much
becomes another as has to, and a note that went too far can be mended by itself.
"""

import dataclasses

import numpy as np

from base_vae.attributes import get_attributes, measure_arrays
from base_vae.converters import Converter
from base_vae.converters.pieces import notes_of, pieces_of
from base_vae.faders.directions import Directions
from base_vae.metrics.differences import hamming_distance
from base_vae.music.key import key_of_piece
from base_vae.trained_model import TrainedModel

_POPULATION, _PARENTS = 96, 16
_REACH = 6.0  # moves for each spread that is asked: the fit is too flat where music has little room
_MUTATIONS = (0.9, 0.6)  # of the posterior's standard deviation, round by round
_CROSSES, _CHILDREN = 12, 256  # rounds, and children of each
_INTERVALS = (-12, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7, 12)  # semitones that steps are transposed by
_DELAYS = (-4, -2, -1, 1, 2, 4)  # steps that they are moved by
_CLOSE = 0.1  # spreads that a value may be off nearly for free
_MOST_SIDE = 2.0  # spreads that an attribute counts as changed: beyond, it is another anyway
_UNDEFINED = 3.0  # spreads that an attribute counts as missed or changed where it is no longer defined


@dataclasses.dataclass(frozen=True)
class Price:
    """The weights of the terms by which a candidate is chosen.

    Attributes:
      missed: each spread that a value is further off than a tenth.
      off: each spread that it is off at all.
      side: each spread by which the other attribute that changes most changes.
      sides: each spread that the others change by, summed.
      changed: a tune of which nothing is left.
      foreign: a tune of which no note is in the piece, or in the scale of its key.
    """

    missed: float = 20.0
    off: float = 0.5
    side: float = 5.0
    sides: float = 0.5
    changed: float = 0.4
    foreign: float = 4.0


@dataclasses.dataclass(frozen=True, eq=False)
class Candidates:
    """Examples that may be the one.

    Attributes:
      z: where they come from, [n, z_size].
      arrays: [n, *converter.shape].
      values: of the attributes, [n, attributes].
      kept: share of steps that are the piece's, [n].
      cost: [n].
    """

    z: np.ndarray
    arrays: np.ndarray
    values: np.ndarray
    kept: np.ndarray
    cost: np.ndarray

    def rows(self, chosen: np.ndarray) -> "Candidates":
        """The candidates that a mask or an index chooses."""
        return Candidates(*(column[chosen] for column in self._columns()))

    def cheapest(self, others: "Candidates", n: int) -> "Candidates":
        """The `n` different ones of these and the others that cost least, cheapest first."""
        pairs = zip(self._columns(), others._columns(), strict=True)
        both = Candidates(*(np.concatenate(pair) for pair in pairs))
        _, different = np.unique(both.arrays.reshape(len(both.cost), -1), axis=0, return_index=True)
        different = np.sort(different)
        return both.rows(different[np.argsort(both.cost[different], kind="stable")[:n]])

    def _columns(self) -> tuple[np.ndarray, ...]:
        return self.z, self.arrays, self.values, self.kept, self.cost


@dataclasses.dataclass(frozen=True, eq=False)
class Origin:
    """The starting point of a search.

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
        converter: Converter,
        *,
        keep: float,
        rng: np.random.Generator,
        price: Price,
    ):
        self._origin, self._wanted, self._asked = origin, wanted, ~np.isnan(wanted)
        self._directions, self._spreads, self._converter = directions, directions.spreads, converter
        self._keep, self._rng, self._price = keep, rng, price
        asked = np.nan_to_num((wanted - origin.values) / self._spreads)
        self._move = asked @ directions.moves
        self._own = _pitch_classes(origin.array, converter)
        self._best = self._candidates(origin.mu[np.newaxis], origin.array[np.newaxis])

    @property
    def best(self) -> Candidates:
        """The candidates that cost least, cheapest first."""
        return self._best

    def propose(self, round_number: int) -> np.ndarray:
        """Latents to decode, float32 [population, z_size]."""
        mu, rng = self._origin.mu, self._rng
        noise = self._origin.sigma * rng.standard_normal((_POPULATION, len(mu)))
        if round_number == 0:
            along = np.linspace(0, _REACH, _POPULATION // 3)[:, np.newaxis] * self._move
            scale = np.repeat([0.0, 0.4, 0.7], _POPULATION // 3)[:, np.newaxis]
            return (mu + np.tile(along, (3, 1)) + scale * noise).astype(np.float32)
        z = self._best.z
        first, second = rng.integers(len(z), size=(2, _POPULATION))
        share = rng.uniform(0, 0.5, (_POPULATION, 1))
        along = rng.normal(0, 0.3, (_POPULATION, 1)) * self._move
        mixed = (1 - share) * z[first] + share * z[second]
        return (mixed + along + _MUTATIONS[round_number - 1] * noise).astype(np.float32)

    def cross(self) -> None:
        """Ranks children of the best: each has some steps of another."""
        rng, n = self._rng, _CHILDREN
        steps = np.arange(len(self._origin.array))
        grain = rng.choice([size for size in (1, 2, 4, 8) if size <= len(steps)], (n, 1))
        taken = rng.random((n, len(steps))) < rng.uniform(0.0, 1.0, (n, 1)) ** 2
        rows = np.take_along_axis(taken, steps // grain, axis=1)
        first = rng.integers(len(self._best.z), size=n)
        arrays = self._best.arrays[first]
        mask = rows.reshape(*rows.shape, *[1] * (arrays.ndim - 2))
        children = self._converter.all_canonical(np.where(mask, self._donors(n), arrays))
        self.take(self._best.z[first], children)

    def _donors(self, n: int) -> np.ndarray:
        """Examples [n, *converter.shape] to take steps from: the piece, the best, and these made another."""
        rng, pool = self._rng, np.concatenate([self._origin.array[np.newaxis], self._best.arrays])
        donors = pool[np.where(rng.random(n) < 0.5, 0, rng.integers(len(pool), size=n))]
        if self._converter.spaces.controls is not None:  # chords stay where they are
            return donors
        kind = rng.choice(4, n, p=(0.4, 0.35, 0.15, 0.1))
        for semitones in _INTERVALS:
            chosen = np.flatnonzero((kind == 1) & (rng.random(n) < 1 / len(_INTERVALS)))
            moved, fits = self._converter.transposed(donors[chosen], semitones)
            donors[chosen[fits]] = moved
        for delay in _DELAYS:
            chosen = np.flatnonzero((kind == 2) & (rng.random(n) < 1 / len(_DELAYS)))
            donors[chosen] = np.roll(donors[chosen], delay, axis=1)
        donors[kind == 3] = 0
        return donors

    def take(self, z: np.ndarray, arrays: np.ndarray) -> None:
        """Ranks new arrays [n, *converter.shape] among the candidates; `z` is where they come from."""
        self._best = self._best.cheapest(self._candidates(z, arrays), _PARENTS)

    def _candidates(self, z: np.ndarray, arrays: np.ndarray) -> Candidates:
        asked, price, before = self._asked, self._price, self._origin.values
        values = measure(arrays, self._converter, self._directions)
        kept = 1.0 - hamming_distance(arrays, self._origin.array, self._converter)
        off = np.abs(values - self._wanted)[:, asked] / self._spreads[asked]
        off = np.nan_to_num(off, nan=_UNDEFINED)
        side = np.minimum(np.abs(values - before) / self._spreads, _MOST_SIDE)
        side = np.where(np.isnan(values) & np.isnan(before), 0.0, np.nan_to_num(side, nan=_UNDEFINED))
        side = side[:, ~asked]
        cost = price.missed * np.maximum(off - _CLOSE, 0.0).sum(1) + price.off * off.sum(1)
        cost += price.side * side.max(1, initial=0.0) + price.sides * side.sum(1)
        cost += price.changed * (1.0 - kept) + 10.0 * np.maximum(self._keep - kept, 0.0)
        cost += price.foreign * self._foreign(arrays)
        return Candidates(z, arrays, values, kept, cost)

    def _foreign(self, arrays: np.ndarray) -> np.ndarray:
        """Share of notes that are neither in the piece nor in its key's scale, [n]."""
        notes = notes_of(arrays, self._converter)
        notes = notes.where(~notes.is_drum)
        return np.nan_to_num(notes.mean(~self._own[notes.pitch % 12]))


def search(
    model: TrainedModel,
    origins: list[Origin],
    wanted: np.ndarray,
    directions: Directions,
    *,
    seed: int,
    keep: float,
    price: Price,
) -> list[Candidates]:
    """The best candidates for each origin, cheapest first.

    Args:
      model: plays the candidates.
      origins: where the searches begin.
      wanted: values to reach, [origins, attributes]; NaN where nothing is asked.
      directions: of the attributes.
      seed: of the candidates.
      keep: share of the steps that has to stay.
      price: what counts for how much.
    """
    converter = model.config.converter
    searches = [
        Search(
            *each, directions, converter, keep=keep, rng=np.random.default_rng([seed, number]), price=price
        )
        for number, each in enumerate(zip(origins, wanted, strict=True))
    ]
    arrays = np.stack([origin.array for origin in origins])
    for round_number in range(1 + len(_MUTATIONS)):
        z = np.stack([each.propose(round_number) for each in searches])
        controls = np.repeat(arrays, z.shape[1], axis=0)
        found = model.decode_arrays(z.reshape(-1, z.shape[-1]), controls=controls)
        for each, own, music in zip(searches, z, found.reshape(*z.shape[:2], *found.shape[1:]), strict=True):
            each.take(own, music)
    if converter.rows_a_bar == converter.bar:  # rows are steps, so that beats can be taken out of them
        for each in searches:
            for _ in range(_CROSSES):
                each.cross()
    return [each.best for each in searches]


def _pitch_classes(array: np.ndarray, converter: Converter) -> np.ndarray:
    """The pitch classes of an example and of its key's scale, bool [12]; all of them if it has none."""
    (piece,) = pieces_of(array[np.newaxis], converter)
    pitches = piece.pitch[~piece.is_drum]
    own = np.isin(np.arange(12), [*key_of_piece(piece).scale, *(pitches % 12)])
    return own if len(pitches) else np.ones(12, bool)


def measure(arrays: np.ndarray, converter: Converter, directions: Directions) -> np.ndarray:
    """The attributes of examples, float64 [examples, attributes]."""
    return measure_arrays(arrays, converter, get_attributes(directions.names))
