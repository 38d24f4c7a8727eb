"""Sizes and training of critics and actors."""

import dataclasses
import typing
from typing import Literal

from base_vae.errors import raise_all
from base_vae.ranges import ABOVE_ZERO, AT_LEAST_ONE, AT_LEAST_ZERO, BELOW_ONE, Range, field_errors

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
        raise_all(list(field_errors(self, _RANGES).values()))


_RANGES = {
    "critic_layers": AT_LEAST_ONE,
    "actor_layers": AT_LEAST_ONE,
    "attribute_layers": AT_LEAST_ONE,
    "personal_layers": AT_LEAST_ONE,
    "classes": Range(2),
    "num_labelled": AT_LEAST_ONE,
    "num_shown": AT_LEAST_ONE,
    "transpose": AT_LEAST_ZERO,
    "temperature": AT_LEAST_ZERO,
    "rounds": AT_LEAST_ONE,
    "critic_steps": AT_LEAST_ONE,
    "actor_steps": AT_LEAST_ONE,
    "batch_size": AT_LEAST_ONE,
    "learning_rate": ABOVE_ZERO,
    "dropout": BELOW_ONE,
    "blur": BELOW_ONE,
    "weight_decay": AT_LEAST_ZERO,
    "distance_weight": AT_LEAST_ZERO,
    "gradient_steps": AT_LEAST_ONE,
    "gradient_rate": ABOVE_ZERO,
    "mcmc_steps": AT_LEAST_ONE,
    "mcmc_burn_in": AT_LEAST_ZERO,
    "leapfrog_steps": AT_LEAST_ONE,
}
