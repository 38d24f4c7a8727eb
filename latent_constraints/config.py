"""Sizes and training of critics and actors."""

import dataclasses
import typing
from typing import Literal

from base_vae.errors import raise_all

Method = Literal["actor", "gradient", "mcmc"]
METHODS: tuple[str, ...] = typing.get_args(Method)


@dataclasses.dataclass(frozen=True)
class ConstraintHParams:
    """Hyperparameters of latent constraints. The defaults fit a base with a few hundred latent dimensions.

    Engel et al. 2018 (arXiv:1711.05772) train `critic_layers` and `actor_layers` of four times 2048 ReLU
    units in batches of 128 with a learning rate of 3e-4.

    Attributes:
      critic_layers, actor_layers: units of the hidden layers.
      attribute_layers: those of an attribute's critic, which bend what is nearly straight.
      personal_layers: those of a personal critic, which has little to learn from.
      activation: of all hidden layers, "silu" or "relu".
      classes: quantile classes that an attribute is cut into; an even number has a cut at the median.
      num_labelled: prior samples that are decoded, and measured for the labels.
      num_shown: samples of the actor, and as many of gradient ascent, that the critics see in a round.
      temperature: that both are decoded at.
      transpose: semitones up and down that a user's music is also moved by, for the personal critic.
      rounds: of critics and actor; from the second on, critics also learn from what actor and gradient ascent
        made, which is where they had been sure and wrong.
      critic_steps, actor_steps: training steps of the first round; the later ones have half as many.
      batch_size: latents in a step.
      learning_rate: of Adam; it falls to zero along a cosine in every round.
      dropout, weight_decay: of the critics.
      blur: noise that is mixed into latents for the critics of attributes, see `AttributeCritic`.
      distance_weight: weight of the distance moved, for the actor, gradient ascent, and chains that begin at
        music (the paper's).
      gradient_steps, gradient_rate: steps and learning rate of Adam on the latents themselves.
      mcmc_steps, mcmc_burn_in: steps of a Markov chain, after those in which its step size is found.
      leapfrog_steps: of Hamiltonian dynamics in a step.
    """

    critic_layers: tuple[int, ...] = (256, 256)
    actor_layers: tuple[int, ...] = (256, 256)
    attribute_layers: tuple[int, ...] = (32,)
    personal_layers: tuple[int, ...] = (64,)
    activation: Literal["silu", "relu"] = "silu"
    classes: int = 8
    num_labelled: int = 16384
    num_shown: int = 2048
    transpose: int = 0
    temperature: float = 0.5
    rounds: int = 3
    critic_steps: int = 600
    actor_steps: int = 500
    batch_size: int = 256
    learning_rate: float = 1e-3
    dropout: float = 0.3
    blur: float = 0.5
    weight_decay: float = 0.1
    distance_weight: float = 0.1
    gradient_steps: int = 100
    gradient_rate: float = 0.05
    mcmc_steps: int = 100
    mcmc_burn_in: int = 100
    leapfrog_steps: int = 5

    def __post_init__(self) -> None:
        errors = []
        for names, allowed, holds in (
            (_AT_LEAST_ONE, "at least 1", lambda v: v >= 1),
            (_NOT_NEGATIVE, "0 or more", lambda v: v >= 0),
            (("learning_rate", "gradient_rate"), "above 0", lambda v: v > 0),
            (("dropout", "blur"), "at least 0 and below 1", lambda v: 0 <= v < 1),
            (("classes",), "at least 2", lambda v: v >= 2),
            (_LAYERS, "layer sizes, each at least 1", lambda v: bool(v) and min(v) >= 1),
            (("activation",), "silu or relu", lambda v: v in ("silu", "relu")),
        ):
            errors += [
                f"`{name}` must be {allowed} (received {getattr(self, name)})"
                for name in names
                if not holds(getattr(self, name))
            ]
        raise_all(errors)


_AT_LEAST_ONE = (
    "num_labelled",
    "num_shown",
    "rounds",
    "critic_steps",
    "actor_steps",
    "batch_size",
    "gradient_steps",
    "mcmc_steps",
    "leapfrog_steps",
)
_NOT_NEGATIVE = (
    "temperature",
    "weight_decay",
    "distance_weight",
    "mcmc_burn_in",
    "transpose",
)
_LAYERS = ("critic_layers", "attribute_layers", "actor_layers", "personal_layers")
