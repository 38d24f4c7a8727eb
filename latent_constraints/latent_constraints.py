"""Trained constraints over a base: what is saved, loaded, sampled and transformed."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from base_vae.arguments import checked
from base_vae.errors import UserError, shortened
from base_vae.metrics import distinct_rate
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.ranges import as_rows, check_arguments
from base_vae.trained_model import TrainedModel
from latent_constraints.actor import Actor
from latent_constraints.config import ConstraintHParams, Method
from latent_constraints.constraint import Constraint, parse_all
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.critic import Critic
from latent_constraints.properties import find_property
from latent_constraints.steering import Steering, constrain


@dataclasses.dataclass(frozen=True)
class LatentConstraints:
    """Critics and an actor in the latent space of a frozen base.

    Attributes:
      base: the MusicVAE.
      critics: in the order in which the actor knows them.
      actor: trained against all of them, or None.
      constraints: in force; `with_constraints` sets others.
      scale: mean posterior standard deviation of music in each dimension, [z_size].
      hparams: of training and of the methods.
      card: Markdown: what was learned, from what, how well.
    """

    base: TrainedModel
    critics: tuple[Critic, ...]
    actor: Actor | None
    constraints: tuple[Constraint, ...]
    scale: np.ndarray
    hparams: ConstraintHParams
    card: str = ""

    def __repr__(self) -> str:
        labels = ", ".join(critic.label for critic in self.critics)
        return f"<LatentConstraints over {self.base.source}: {labels}>"

    @property
    def allowed_classes(self) -> dict[str, np.ndarray]:
        """The classes that each constraint allows, bool [classes], by label."""
        return {c.label: self.critic(c.label).allowed_classes(c.value) for c in self.constraints}

    def critic(self, label: str) -> Critic:
        """The critic that constraints call `label`. Raises UserError if there is none."""
        for critic in self.critics:
            if isinstance(label, str) and critic.label == label:
                return critic
        known = ", ".join(critic.label for critic in self.critics)
        raise UserError(f"no critic was trained for {shortened(repr(label))} here; there are {known}")

    def with_constraints(self, constraints: Sequence[Constraint | str]) -> "LatentConstraints":
        """The same with other constraints, among those that there are critics for.

        Raises:
          UserError: if there is no critic for one, or it does not take such a value.
        """
        other = dataclasses.replace(self, constraints=tuple(parse_all(constraints)))
        _ = other.allowed_classes  # raises for constraints that no critic knows
        return other

    @checked
    def constrain(
        self, z: np.ndarray | None = None, *, seed: int = 0, n: int = 5, method: Method = "gradient"
    ) -> Steering:
        """Latents that satisfy the constraints; see `steering.constrain`."""
        return constrain(
            z,
            self.critics,
            self.allowed_classes,
            method=method,
            actor=self.actor,
            weights={constraint.label: constraint.weight for constraint in self.constraints},
            scale=self.scale,
            hparams=self.hparams,
            n=n,
            seed=seed,
        )

    @checked
    def sample(
        self,
        n: int,
        *,
        temperature: float = 0.5,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        method: Method = "gradient",
    ) -> list[NoteSequence]:
        """`n` new pieces that satisfy the constraints, each the length of the base."""
        check_arguments(n=n, temperature=temperature, seed=seed, qpm=qpm)
        z = self.constrain(n=n, seed=seed, method=method).z
        return self.base.decode(z, temperature=temperature, seed=seed, qpm=qpm)

    @checked
    def transform(
        self,
        sequences: Sequence[NoteSequence],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        method: Method = "gradient",
    ) -> list[NoteSequence]:
        """Existing music, each piece of at most the base's length, moved to satisfy the constraints.

        Raises:
          UserError: if a sequence is too long: `base.config.converter.extract` gives the examples in it.
        """
        return self.base.remake(
            sequences,
            lambda z: self.constrain(z, seed=seed, method=method).z,
            temperature=temperature,
            seed=seed,
            qpm=qpm,
        )

    def judge(self, z: np.ndarray, *, temperature: float = 0.5, seed: int = 0) -> dict[str, float]:
        """Measures how much of the music at latents [n, z_size] satisfies the constraints.

        Returns:
          For an attribute the share of the pieces that measurably have it, for other critics the mean of D;
          `distinct`, the share of different pieces.
        """
        return self.judge_arrays(self.base.decode_arrays(z, temperature=temperature, seed=seed), z)

    def judge_arrays(self, arrays: np.ndarray, z: np.ndarray) -> dict[str, float]:
        """Judges music [n, *converter.shape] with its latents [n, z_size] as `judge` does.

        Raises:
          UserError: for other shapes or numbers, or nothing to judge.
        """
        arrays, z = self.base.as_examples(arrays), as_rows(self.base.z_size, z=z)
        if not len(z) or len(arrays) != len(z):
            raise UserError(f"give the music of each z (received {len(arrays)} examples for {len(z)} of z)")
        converter, figures = self.base.config.converter, {}
        for label, allowed in self.allowed_classes.items():
            critic = self.critic(label)
            if isinstance(critic, AttributeCritic):
                values = find_property(label, converter).measure(arrays, converter)
                figures[label] = float(np.mean(critic.satisfied(values, allowed)))
            else:
                figures[label] = float(np.mean(critic.probability(z, allowed)))
        figures["distinct"] = distinct_rate(arrays)
        return figures

    def save(self, path: str) -> None:
        """Writes a new folder, whole or not at all; see `latent_constraints.load`."""
        from latent_constraints.saving import save

        save(self, path)
