"""Attribute vectors learned by listening to what the decoder makes of them.

A difference of means (`compute_vectors`) leads from music with little of an attribute to music with much of
it. Where the attribute goes with another one in the music (in piano music, wide leaps with low notes), the
vector leads to that one too, and not every piece changes as it should; and the way to more is seldom the way
to less turned round. Here each way gets a vector of its own, by policy gradient (Williams 1992, "Simple
statistical gradient-following algorithms for connectionist reinforcement learning", equation 11): the decoder
is the policy, and the reward is that pieces stand in the order of the amounts that they were moved by, and
that little else about them changes.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from base_vae.attributes.base import Attribute
from base_vae.attributes.rank_correlation import spearman
from base_vae.attributes.registry import attributes_for, get_attributes, measure_arrays
from base_vae.attributes.vectors import AttributeVectors
from base_vae.ranges import check_arguments

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel

Gradient = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
_AMOUNTS = np.linspace(-1.0, 1.0, 5)
_MOVED = _AMOUNTS != 0
# How much of each way, [amounts, 2], an amount is: of the one to more, and of the one to less.
_SHARES = np.maximum(np.stack([_AMOUNTS, -_AMOUNTS], axis=1), 0.0)
# The music is drawn, as a gradient needs it, but near the likeliest notes, which are what counts.
_TEMPERATURE = 0.5
_FIRST, _LONGEST = 1.0, 1.8  # lengths of the vectors, in mean lengths of a latent
_RATE = 0.03  # the first step, in longest lengths; they shrink to next to none
_MOMENTUM = 0.9
_PRICE = 0.6  # of side effects, in the first round
_GOOD = (0.95, 0.95, 0.95)  # shares of the pieces that change as they should, and rank correlation
_FACTORS = np.linspace(0.3, 0.9, 7)  # of vectors that are longer than they need be
_COST = 0.005  # of each figure, for which they can be shorter
_STEPS_AT_ONCE = 2**14  # of music, for a gradient


def tune(
    model: "TrainedModel",
    vectors: AttributeVectors,
    examples: np.ndarray,
    latents: np.ndarray,
    *,
    seed: int = 0,
    rounds: int = 100,
    pieces: int = 240,
    progress: Callable[[int, int], None] | None = None,
) -> AttributeVectors:
    """Vectors to more and to less of each attribute, learned from `vectors` where those are not good enough.

    Good enough is: 95 of 100 pieces, of the prior and of the examples, change as they should either way, and
    the mean rank correlation of amount and attribute is 0.95.

    In every round pieces, half of them drawn from the prior and half from the examples, are moved by five
    amounts from -1 to 1 and decoded, and both vectors take a step along the gradient of the mean reward,
    `order` less a share of `side_effects`: without, the surest way to higher music is one high note. The
    share is 0.6 at first, when the vectors find their kind of way, and shrinks to next to none, as the steps
    do. The vectors begin as long as a latent of the music is on average, and can become 1.8 times as long. At
    last they are made as short as they can be without losing more than 0.005 of the figures above: more of a
    piece stays.

    Args:
      model: decodes.
      vectors: to begin with, of `compute_vectors`.
      examples: music, [examples, ...], whose chords and hits are also the controls.
      latents: of the examples, [examples, z_size].
      seed: of everything drawn. The same seed gives the same vectors.
      rounds: steps of each attribute's vectors.
      pieces: decoded in a round, by each amount.
      progress: called after each attribute with how many are done, and how many there are.

    Returns:
      The new vectors; their standard errors, counts and thresholds are still those of `vectors`.
    """
    check_arguments(seed=seed)
    latents = np.asarray(latents, np.float64)
    length = np.linalg.norm(latents, axis=1).mean()
    gradient = likelihood_gradient(model)
    learned = []
    for row, attribute in enumerate(get_attributes(vectors)):
        # By its name: the other attributes change nothing.
        listening = _Listening(model, attribute, examples, latents, pieces, [seed, *attribute.name.encode()])
        ways = np.stack([vectors.more[row], vectors.less[row]]).astype(np.float64)
        if not listening.are_good(ways):
            ways *= _FIRST * length / np.linalg.norm(ways, axis=1, keepdims=True)
            climb = _Climb(ways, _LONGEST * length)
            for done in range(rounds):
                left = 1 - done / rounds
                climb.step(listening.slope(climb.ways, gradient, _PRICE * left), _RATE * left)
            ways = listening.shortened(climb.ways)
        learned.append(ways)
        if progress:
            progress(row + 1, len(vectors))
    more, less = np.moveaxis(np.array(learned, np.float32), 1, 0)
    return dataclasses.replace(vectors, more=more, less=less)


class _Listening:
    """Outcomes of moving pieces along the vectors to more and to less of an attribute."""

    def __init__(
        self,
        model: "TrainedModel",
        attribute: Attribute,
        examples: np.ndarray,
        latents: np.ndarray,
        pieces: int,
        seed: Sequence[int],
    ):
        self._model, self._attributes = model, attributes_for(model.config.converter)
        self._own = self._attributes.index(attribute)
        self._examples, self._latents, self._pieces = examples, latents, pieces
        self._rng = np.random.default_rng(seed)
        self._judges = [*seed, 1]

    def slope(self, ways: np.ndarray, gradient: Gradient, price: float) -> np.ndarray:
        """Gradient of the mean reward by the vectors `ways`, nearly and up to a factor, [2, z_size].

        The reward is `order` less so much, `price`, of `side_effects`. Nearly, as the likelihood is that of
        temperature 1, and the music is drawn at a lower one.
        """
        moved, music, values = self._hear(ways, _TEMPERATURE, self._rng)
        reward = order(values[..., self._own]) - price * side_effects(np.delete(values, self._own, axis=2))
        # What is usual at an amount is no property of the piece: less noise, the same mean.
        reward -= reward.mean(0)
        slopes = gradient(*(np.concatenate(each[:, _MOVED]) for each in (moved, music, reward)))
        return _SHARES[_MOVED].T @ slopes.reshape(len(moved), -1, moved.shape[-1]).sum(0)

    def are_good(self, ways: np.ndarray) -> bool:
        """Whether the vectors `ways` are good enough: see `tune`."""
        return bool(np.all(self._judged(ways) >= _GOOD))

    def shortened(self, ways: np.ndarray) -> np.ndarray:
        """The vectors `ways` times the least factor that costs them next to nothing: see `tune`."""
        least = self._judged(ways) - _COST
        factors = (factor for factor in _FACTORS if np.all(self._judged(factor * ways) >= least))
        return next(factors, 1.0) * ways

    def _judged(self, ways: np.ndarray) -> np.ndarray:
        """Judges the vectors `ways`, of the prior and of the examples, [2, 3]; always by the same pieces.

        Shares of the pieces that change as they should to more and to less, and the mean rank correlation of
        amount and attribute.
        """
        _, _, values = self._hear(ways, 0.0, np.random.default_rng(self._judges))
        own = values[..., self._own]
        less, before, more = own[:, [0, len(_AMOUNTS) // 2, -1]].T
        steady = [spearman(_AMOUNTS, piece) for piece in own]
        figures = np.stack([more > before, less < before, steady], axis=1)
        return np.array([half.mean(0) for half in np.split(figures, [self._pieces // 2])])

    def _hear(
        self, ways: np.ndarray, temperature: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Moved latents [pieces, amounts, z_size], their music, its attributes [pieces, amounts, attributes].

        The first half of the pieces is drawn from the prior.
        """
        chosen = rng.integers(len(self._examples), size=self._pieces)
        drawn = rng.standard_normal((self._pieces // 2, ways.shape[1]))
        z = np.concatenate([drawn, self._latents[chosen[len(drawn) :]]])
        moved = z[:, np.newaxis] + _SHARES @ ways
        controls = np.repeat(self._examples[chosen], len(_AMOUNTS), axis=0)
        seed = int(rng.integers(2**31))
        music = self._model.decode_arrays(
            np.concatenate(moved), temperature=temperature, seed=seed, controls=controls
        )
        values = measure_arrays(music, self._model.config.converter, self._attributes)
        shape = moved.shape[:2]
        return moved, music.reshape(*shape, *music.shape[1:]), values.reshape(*shape, -1)


class _Climb:
    """Ascent with momentum and steps of a given size, as the gradient's own length means little.

    Attributes:
      ways: the vectors to more and to less, [2, z_size].
    """

    def __init__(self, ways: np.ndarray, longest: float):
        self.ways, self._longest = ways, longest
        self._momentum = np.zeros_like(ways)

    def step(self, slope: np.ndarray, size: float) -> None:
        """Moves each of the vectors by `size` of the longest length."""
        self._momentum = _MOMENTUM * self._momentum + (1 - _MOMENTUM) * slope
        steep = np.linalg.norm(self._momentum, axis=1, keepdims=True)
        self.ways += size * self._longest * self._momentum / np.maximum(steep, np.finfo(np.float64).tiny)
        self.ways *= np.minimum(1.0, self._longest / np.linalg.norm(self.ways, axis=1, keepdims=True))


def order(values: np.ndarray) -> np.ndarray:
    """How well each of some values, along the amounts, stands in its order among the others.

    Every other value counts by how far its amount is away, and what was not moved (amount 0) once more: 1 if
    the two stand as their amounts do, 0 if they are the same, -1 otherwise, or if one is not defined.

    Args:
      values: of an attribute, [pieces, amounts].

    Returns:
      Within -1 and 1, [pieces, amounts].
    """
    apart = np.sign(values[:, :, np.newaxis] - values[:, np.newaxis])
    distance = _AMOUNTS[:, np.newaxis] - _AMOUNTS
    right = np.where(np.isnan(apart), -1.0, apart * np.sign(distance))
    weights = 2 * np.abs(distance) / np.sum(np.abs(distance))
    weights += (_MOVED ^ _MOVED[:, np.newaxis]) / (2 * np.sum(_MOVED))
    return np.sum(weights * right, axis=2) / weights.sum(1)


def side_effects(values: np.ndarray) -> np.ndarray:
    """How much some attributes change, of their spread in the pieces that were not moved.

    Args:
      values: of the attributes, [pieces, amounts, attributes].

    Returns:
      The mean over the attributes, of which each counts 1 at most, and 1 where it is no more defined:
      [pieces, amounts].
    """
    before = values[:, ~_MOVED]
    spread = np.ma.std(np.ma.masked_invalid(before), axis=0).filled(0.0)
    same = (values == before) | (np.isnan(values) & np.isnan(before))
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.nan_to_num(np.abs(values - before) / spread, nan=1.0)
    return np.where(same, 0.0, np.minimum(change, 1.0)).mean(axis=2)


def likelihood_gradient(model: "TrainedModel") -> Gradient:
    """Makes the gradient of the summed weight * log p(piece | z), in nats, by z.

    Returns:
      From latents [pieces, z_size], pieces [pieces, *converter.shape] and weights [pieces] to gradients,
      float32 [pieces, z_size].
    """

    @tf.function(autograph=False)
    def of_chunk(z, arrays, weights):
        with tf.GradientTape() as tape:
            tape.watch(z)
            losses = model.step_losses(z, model.tensors(arrays))
            likelihood = -tf.reduce_sum(weights * tf.reduce_sum(losses, -1))
        return tape.gradient(likelihood, z)

    at_once = max(1, _STEPS_AT_ONCE // model.config.hparams.max_seq_len)

    def of_all(z, arrays, weights):
        given = (np.asarray(z, np.float32), arrays, np.asarray(weights, np.float32))
        starts = range(0, len(z), at_once)
        chunks = ([tf.constant(each[start : start + at_once]) for each in given] for start in starts)
        return np.concatenate([of_chunk(*chunk) for chunk in chunks])

    return of_all
