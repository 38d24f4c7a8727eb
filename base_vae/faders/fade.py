"""The nearest piece that has what is asked: candidates are decoded, measured and ranked.

A vector added to a latent changes a tune by whatever lies that way. Here the decoder is in the loop: from the
piece's posterior, candidates go along the attribute's direction and around it, each is decoded and measured,
and a few rounds of an evolution strategy look for the one that has what was asked with the most of the piece
kept and the least else changed: the best survive, and their mixtures mutate (Beyer and Schwefel 2002,
"Evolution strategies: a comprehensive introduction").
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from base_vae.attributes import get_attributes, measure_arrays
from base_vae.errors import UserError, closest_first
from base_vae.faders.directions import Directions, find_directions
from base_vae.metrics.differences import hamming_distance
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.settings import check_arguments, check_finite
from base_vae.trained_model import TrainedModel

_ROUNDS, _POPULATION, _PARENTS = 4, 96, 8
_REACH = 6.0  # moves for each spread that is asked: the fit is too flat where music has little room
_MUTATIONS = (0.9, 0.7, 0.5)  # of the posterior's standard deviation, round by round
# What a spread missed, a spread of side effect and a tune of which nothing is left cost: first what is asked.
_MISSED, _SIDE, _CHANGED = 10.0, 0.5, 1.0
_UNDEFINED = 3.0  # spreads that an attribute counts as missed or changed where it is no longer defined


@dataclasses.dataclass(frozen=True, eq=False)
class Faded:
    """Examples before and after.

    Attributes:
      arrays: the examples found, [n, *converter.shape].
      names: of all attributes that were measured.
      before, after: their values, float64 [n, attributes]; NaN where one is not defined.
      kept: share of each example's steps that stayed as they were, float64 [n].
    """

    arrays: np.ndarray
    names: tuple[str, ...]
    before: np.ndarray
    after: np.ndarray
    kept: np.ndarray


def fade(
    model: TrainedModel,
    sequences: Sequence[NoteSequence],
    changes: Mapping[str, float] | None = None,
    *,
    values: Mapping[str, float] | None = None,
    keep: float = 0.0,
    seed: int = 0,
    qpm: float = DEFAULT_QPM,
) -> list[NoteSequence]:
    """Each sequence, of at most the model's length, with more or less of the named attributes.

    Args:
      model: reads the music and plays it.
      sequences: the music.
      changes: by how many spreads (standard deviations among the model's own samples) each attribute is to
        change, such as `{"density": 0.5, "mean_pitch": -1}`.
      values: what attributes are to be instead, in their own units, such as `{"density": 8}`.
      keep: share of the steps that has to stay, from 0 to 1; what is asked is missed where both cannot be.
      seed: the same seed gives the same music.
      qpm: tempo of the result in quarters a minute.

    Raises:
      UserError: for unknown attributes, numbers that are not finite, or a sequence that is too long.
    """
    check_arguments(qpm=qpm)
    faded = fade_arrays(model, model.arrays(sequences), changes, values=values, keep=keep, seed=seed)
    return [model.config.converter.decode(array, qpm=qpm) for array in faded.arrays]


def fade_arrays(
    model: TrainedModel,
    arrays: np.ndarray,
    changes: Mapping[str, float] | None = None,
    *,
    values: Mapping[str, float] | None = None,
    keep: float = 0.0,
    seed: int = 0,
) -> Faded:
    """As `fade`, of examples [n, *converter.shape].

    An example stays exactly as it is where nothing found is better.
    """
    check_arguments(seed=seed)
    check_finite(changes=list((changes or {}).values()), values=list((values or {}).values()), keep=keep)
    directions = find_directions(model)
    _require({**(changes or {}), **(values or {})}, directions)
    arrays = np.asarray(arrays)
    before = _measure(model, arrays, directions)
    wanted = np.full(before.shape, np.nan)
    for name, change in (changes or {}).items():
        column = directions.names.index(name)
        wanted[:, column] = before[:, column] + change * directions.spreads[column]
    for name, value in (values or {}).items():
        wanted[:, directions.names.index(name)] = value
    posterior = model.encode_arrays(arrays)
    searches = [
        _Search(*rows, directions, keep, np.random.default_rng([seed, number]))
        for number, rows in enumerate(zip(arrays, posterior.mu, posterior.sigma, before, wanted, strict=True))
    ]
    for round_number in range(_ROUNDS):
        z = np.concatenate([search.propose(round_number) for search in searches])
        controls = np.repeat(arrays, len(z) // len(arrays), axis=0)
        found = model.decode_arrays(z, controls=controls)
        for search, mine, own in zip(
            searches, np.split(z, len(arrays)), np.split(found, len(arrays)), strict=True
        ):
            search.rank(mine, own, model)
    best = [search.best for search in searches]
    return Faded(
        np.stack([candidate.array for candidate in best]),
        directions.names,
        before,
        np.stack([candidate.values for candidate in best]),
        np.array([candidate.kept for candidate in best]),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Candidate:
    cost: float
    z: np.ndarray
    array: np.ndarray
    values: np.ndarray
    kept: float


class _Search:
    """The search for one example."""

    def __init__(
        self,
        array: np.ndarray,
        mu: np.ndarray,
        sigma: np.ndarray,
        before: np.ndarray,
        wanted: np.ndarray,
        directions: Directions,
        keep: float,
        rng: np.random.Generator,
    ):
        self.array, self.mu, self.sigma, self.before, self.wanted = array, mu, sigma, before, wanted
        self.directions, self.spreads, self.keep, self.rng = directions, directions.spreads, keep, rng
        asked = np.nan_to_num((wanted - before) / self.spreads)
        self.move = asked @ directions.moves
        self.candidates = {array.tobytes(): self._candidate(mu, array, before, 1.0)}

    @property
    def best(self) -> _Candidate:
        """The candidate that costs least."""
        return min(self.candidates.values(), key=lambda candidate: candidate.cost)

    def propose(self, round_number: int) -> np.ndarray:
        """Latents to decode, float32 [population, z_size]."""
        noise = self.sigma * self.rng.standard_normal((_POPULATION, len(self.mu)))
        if round_number == 0:
            along = np.linspace(0, _REACH, _POPULATION // 3)[:, np.newaxis] * self.move
            scale = np.repeat([0.0, 0.4, 0.7], _POPULATION // 3)[:, np.newaxis]
            return (self.mu + np.tile(along, (3, 1)) + scale * noise).astype(np.float32)
        parents = sorted(self.candidates.values(), key=lambda candidate: candidate.cost)[:_PARENTS]
        z = np.stack([parent.z for parent in parents])
        first, second = self.rng.integers(len(z), size=(2, _POPULATION))
        share = self.rng.uniform(0, 0.5, (_POPULATION, 1))
        along = self.rng.normal(0, 0.3, (_POPULATION, 1)) * self.move
        mixed = (1 - share) * z[first] + share * z[second]
        return (mixed + along + _MUTATIONS[round_number - 1] * noise).astype(np.float32)

    def rank(self, z: np.ndarray, arrays: np.ndarray, model: TrainedModel) -> None:
        """Takes in what latents [population, z_size] were decoded to, [population, *converter.shape]."""
        new = {array.tobytes(): number for number, array in enumerate(arrays)}
        chosen = [number for key, number in new.items() if key not in self.candidates]
        if not chosen:
            return
        values = _measure(model, arrays[chosen], self.directions)
        kept = 1.0 - hamming_distance(arrays[chosen], self.array, model.config.converter)
        for number, value, share in zip(chosen, values, kept, strict=True):
            candidate = self._candidate(z[number], arrays[number], value, float(share))
            self.candidates[arrays[number].tobytes()] = candidate

    def _candidate(self, z: np.ndarray, array: np.ndarray, values: np.ndarray, kept: float) -> _Candidate:
        asked = ~np.isnan(self.wanted)
        missed = np.abs(values - self.wanted)[asked] / self.spreads[asked]
        side = np.abs(values - self.before)[~asked] / self.spreads[~asked]
        missed, side = (np.nan_to_num(each, nan=_UNDEFINED) for each in (missed, side))
        cost = _MISSED * missed.sum() + _SIDE * (side.max(initial=0.0) + 0.3 * side.sum())
        cost += _CHANGED * (1.0 - kept) + 10.0 * max(self.keep - kept, 0.0)
        return _Candidate(float(cost), z, array, values, kept)


def _measure(model: TrainedModel, arrays: np.ndarray, directions: Directions) -> np.ndarray:
    return measure_arrays(arrays, model.config.converter, get_attributes(directions.names))


def _require(names: Mapping[str, float], directions: Directions) -> None:
    unknown = [name for name in names if name not in directions.names]
    if unknown:
        known = ", ".join(closest_first(unknown[0], directions.names))
        raise UserError(f"this model's music has no attribute {', '.join(unknown)}; it has {known}")
    if not names:
        raise UserError("nothing is asked: name an attribute, such as density, with an amount")
