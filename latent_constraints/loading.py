"""Loads latent constraints from their folder."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from base_vae.checkpoints import finding, model_folder
from base_vae.errors import UserError
from base_vae.settings import from_dict
from base_vae.trained_model import TrainedModel
from latent_constraints.config import ConstraintHParams
from latent_constraints.critics.critic import Critic
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.saving import CRITICS, KIND, actor_from, constraint_from, weights_of
from small_vae.its_base import find_base


def load(path: str | os.PathLike[str], *, base: TrainedModel | None = None) -> LatentConstraints:
    """The constraints that `save` wrote: the same seeds give the same latents, bit for bit.

    Args:
      path: their folder.
      base: the base model, where it has moved since; None loads the one they were made with.

    Raises:
      UserError: if there are none, a part is missing, or the base is another one.
    """
    path = Path(path).expanduser()
    settings = finding.read_json(path / finding.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} holds no latent constraints: make some with latent_constraints --mode=train")
    base = find_base(path, settings["base"], base)
    critics = tuple(_critic(dict(values)) for values in settings["critics"])
    actor = actor_from(settings["actor"]) if settings["actor"] else None
    model_folder.read_weights(weights_of(critics, actor), path / model_folder.WEIGHTS)
    card = model_folder.read_card(path)
    hparams = from_dict(ConstraintHParams, settings["hparams"])
    constraints = tuple(constraint_from(values) for values in settings["asked"])
    return LatentConstraints(
        base, critics, actor, constraints, np.array(settings["scale"], np.float32), hparams, card
    )


def _critic(values: dict[str, Any]) -> Critic:
    return CRITICS[values.pop("kind")](**values)
