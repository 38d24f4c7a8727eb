"""Loads latent constraints from their folder."""

import itertools
import os
from typing import Any

import numpy as np

from base_vae.arguments import checked
from base_vae.checkpoints import finding, model_folder
from base_vae.errors import UserError
from base_vae.files import as_path, reading
from base_vae.loading import find_base
from base_vae.ranges import check_finite
from base_vae.settings import from_dict
from base_vae.trained_model import TrainedModel
from latent_constraints.config import ConstraintHParams
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.critic import Critic
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.saving import CRITICS, KIND, actor_from, constraint_from, weights_of


@checked
def load(path: str | os.PathLike[str], *, base: TrainedModel | None = None) -> LatentConstraints:
    """The constraints that `save` wrote: the same seeds give the same latents, bit for bit.

    Args:
      path: their folder.
      base: the base model, where it has moved since; None loads the one they were made with.

    Raises:
      UserError: if there are none, a part is missing, or the base is another one.
    """
    path = as_path(path)
    settings = finding.read_json(path / finding.CONFIG)
    if settings.get("kind") != KIND:
        raise UserError(f"{path} holds no latent constraints: make some with latent_constraints --mode=train")
    with reading(path / finding.CONFIG):
        described = settings["base"]
    base = find_base(path, described, base)
    with reading(path / finding.CONFIG):
        weights = _least_weights(settings, base.z_size)
        if any(critic["z_size"] != base.z_size for critic in settings["critics"]):
            raise ValueError("its critics are of latents of another size than the base's")
        model_folder.require_bytes(path / model_folder.WEIGHTS, weights)
        critics = tuple(_critic(dict(values)) for values in settings["critics"])
        actor = actor_from(settings["actor"]) if settings["actor"] else None
        hparams = from_dict(ConstraintHParams, settings["hparams"])
        constraints = tuple(constraint_from(values) for values in settings["asked"])
        scale = np.array(settings["scale"], np.float32)
        check_finite(scale=scale)
        if scale.shape != (base.z_size,):
            raise ValueError("its scale is of latents of another size than the base's")
    model_folder.read_weights(weights_of(critics, actor), path / model_folder.WEIGHTS)
    card = model_folder.read_card(path)
    return LatentConstraints(base, critics, actor, constraints, scale, hparams, card)


def _least_weights(settings: dict[str, Any], z_size: int) -> int:
    """A number of weights that critics and actor have at least: those of their matrices."""
    layers = [(z_size, *critic["units"]) for critic in settings["critics"]]
    layers += [
        (critic["units"][-1], critic["classes"])
        for critic in settings["critics"]
        if critic["kind"] != AttributeCritic.kind  # whose classes are those of its cuts
    ]
    if actor := settings["actor"]:
        layers += [(actor["wishes"], actor["units"][0]), (actor["z_size"], *actor["units"])]
    return sum(a * b for sizes in layers for a, b in itertools.pairwise(sizes))


def _critic(values: dict[str, Any]) -> Critic:
    return CRITICS[values.pop("kind")](**values)
