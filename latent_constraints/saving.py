"""Trained constraints as a folder: `config.json`, `model.weights.h5` and `README.md`."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from base_vae.checkpoints import folder
from base_vae.config import from_dict
from base_vae.errors import UserError
from base_vae.inference import TrainedModel
from latent_constraints.actor import Actor
from latent_constraints.attribute_critic import AttributeCritic
from latent_constraints.config import ConstraintHParams
from latent_constraints.constraint import Constraint
from latent_constraints.critic import Critic
from latent_constraints.model import LatentConstraints
from latent_constraints.personal_critic import PersonalCritic
from latent_constraints.realism_critic import RealismCritic
from small_vae.its_base import describe_base, find_base

KIND = "latent_constraints"
CRITICS: dict[str, type[Critic]] = {
    critic.kind: critic for critic in (AttributeCritic, RealismCritic, PersonalCritic)
}


def save(constraints: LatentConstraints, path: str | os.PathLike) -> None:
    """Writes a new folder, whole or not at all.

    Raises:
      UserError: if the folder exists already or cannot be written.
    """
    settings = {
        "kind": KIND,
        "base": describe_base(constraints.base),
        "asked": [dataclasses.asdict(constraint) for constraint in constraints.asked],
        "hparams": dataclasses.asdict(constraints.hparams),
        "critics": [{"kind": critic.kind, **critic.settings()} for critic in constraints.critics],
        "actor": constraints.actor.settings() if constraints.actor else None,
        "scale": constraints.scale.tolist(),
    }
    labels = ", ".join(critic.label for critic in constraints.critics)
    card = f"# Latent constraints over {constraints.base.source}: {labels}\n\n{constraints.card}\n"
    with folder.new_folder(path) as new:
        (new / folder.CONFIG).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        (new / folder.CARD).write_text(card, encoding="utf-8")
        folder.write_weights(_weights(constraints.critics, constraints.actor), new / folder.WEIGHTS)


def load(path: str | os.PathLike, base: TrainedModel | None = None) -> LatentConstraints:
    """The constraints that `save` wrote: the same seeds give the same latents, bit for bit.

    Args:
      path: their folder.
      base: the base model, where it has moved since; None loads the one they were made with.

    Raises:
      UserError: if there are none, a part is missing, or the base is another one.
    """
    path = Path(path).expanduser()
    settings = folder.read_json(path / folder.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} holds no latent constraints: make some with latent_constraints --mode=train")
    base = find_base(path, settings["base"], base)
    critics = tuple(_critic(dict(values)) for values in settings["critics"])
    actor = Actor(**settings["actor"]) if settings["actor"] else None
    folder.read_weights(_weights(critics, actor), path / folder.WEIGHTS)
    card = folder.read_card(path)
    hparams = from_dict(ConstraintHParams, settings["hparams"])
    asked = tuple(from_dict(Constraint, values) for values in settings["asked"])
    return LatentConstraints(
        base, critics, actor, asked, np.array(settings["scale"], np.float32), hparams, card
    )


def _critic(values: dict[str, Any]) -> Critic:
    return CRITICS[values.pop("kind")](**values)


def _weights(critics: tuple[Critic, ...], actor: Actor | None) -> dict[str, keras.Variable]:
    """Every weight by name: the critic's number, its layer, and what it is there."""
    models = {f"critic_{i}": critic for i, critic in enumerate(critics)}
    if actor:
        models["actor"] = actor
    return {
        f"{name}/{weight.path}": weight
        for name, model in models.items()
        for weight in model.trainable_weights
    }
