"""Trained constraints as a folder: `config.json`, `model.weights.h5` and `README.md`."""

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import keras

from base_vae.checkpoints import model_folder
from base_vae.files import atomic_folder
from base_vae.loading import describe_base
from base_vae.settings import from_dict
from latent_constraints.actor import Actor
from latent_constraints.constraint import Constraint
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.critic import Critic
from latent_constraints.critics.personal import PersonalCritic
from latent_constraints.critics.realism import RealismCritic

if TYPE_CHECKING:
    from latent_constraints.latent_constraints import LatentConstraints

KIND = "latent_constraints"
CRITICS: dict[str, type[Critic]] = {
    critic.kind: critic for critic in (AttributeCritic, RealismCritic, PersonalCritic)
}


# Keys of config.json that are not called as the arguments are: saved folders have them.
_CONSTRAINT_KEYS, _ACTOR_KEYS = {"value": "wanted"}, {"classes": "wishes"}


def save(constraints: "LatentConstraints", path: str | os.PathLike[str]) -> None:
    """Writes a new folder, whole or not at all.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    settings = {
        "kind": KIND,
        "base": describe_base(constraints.base),
        "asked": [_renamed(dataclasses.asdict(c), _CONSTRAINT_KEYS) for c in constraints.constraints],
        "hparams": dataclasses.asdict(constraints.hparams),
        "critics": [{"kind": critic.kind, **critic.get_config()} for critic in constraints.critics],
        "actor": _renamed(constraints.actor.get_config(), _ACTOR_KEYS) if constraints.actor else None,
        "scale": constraints.scale.tolist(),
    }
    labels = ", ".join(critic.label for critic in constraints.critics)
    card = f"# Latent constraints over {constraints.base.source}: {labels}\n\n{constraints.card}"
    with atomic_folder(path) as new:
        weights = weights_of(constraints.critics, constraints.actor)
        model_folder.write_parts(new, settings, card, weights)


def weights_of(critics: tuple[Critic, ...], actor: Actor | None) -> dict[str, keras.Variable]:
    """Every weight by name: the critic's number, its layer, and what it is there."""
    models = {f"critic_{i}": critic for i, critic in enumerate(critics)}
    if actor:
        models["actor"] = actor
    return {
        f"{name}/{weight.path}": weight
        for name, model in models.items()
        for weight in model.trainable_weights
    }


def constraint_from(values: dict[str, Any]) -> Constraint:
    """The constraint that `save` wrote as `values`."""
    return from_dict(Constraint, _renamed(values, {old: new for new, old in _CONSTRAINT_KEYS.items()}))


def actor_from(values: dict[str, Any]) -> Actor:
    """The actor, untrained, whose settings `save` wrote as `values`."""
    return Actor(**_renamed(values, {old: new for new, old in _ACTOR_KEYS.items()}))


def _renamed(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}
