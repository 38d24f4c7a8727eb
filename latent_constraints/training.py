"""Training critics and their actor in turns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from base_vae.arguments import checked
from base_vae.array_model import Latents
from base_vae.data.collection import Collection
from base_vae.errors import UserError
from base_vae.ranges import check_arguments
from base_vae.trained_model import TrainedModel, require_model
from latent_constraints.actor import Actor
from latent_constraints.config import ConstraintHParams
from latent_constraints.constraint import PERSONAL, REALISM, Constraint, parse_all
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.critic import Critic
from latent_constraints.critics.personal import PersonalCritic
from latent_constraints.critics.realism import RealismCritic
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.objective import Objective
from latent_constraints.properties import find_property, middle_of
from latent_constraints.steering import constrain
from latent_constraints.training_data import Group, Material

Progress = Callable[[str], None]

_LEAST_REAL = 100
_SCALE_EXAMPLES = 512
_SEEDS = 2**31
_MOST_REAL = 20_000


@checked
def train(
    base: TrainedModel,
    constraints: Sequence[Constraint | str],
    *,
    seed: int = 0,
    real: Collection | np.ndarray | None = None,
    own: Collection | np.ndarray | None = None,
    hparams: ConstraintHParams | None = None,
    progress: Progress | None = None,
) -> LatentConstraints:
    """Critics for constraints over a base, and an actor that satisfies them together.

    In turns (Engel et al. 2018, arXiv:1711.05772, section 3): the critics learn from music and from the
    base's samples; the actor learns from the critics; the critics learn from the actor's samples as well, and
    so on.

    Args:
      base: is not changed.
      constraints: "density:high", "key:C major", "leap:7", "realism", "personal"; an attribute's critic
        learns of all its values, and the actor with it. The weights are those of the actor.
      seed: the same seed and music give the same constraints.
      real: real music, for realism (and as other people's music for the personal critic): a collection, or
        examples of the base's converter [n, ...].
      own: the user's music, for the personal critic, in either form.
      hparams: sizes and steps.
      progress: called with a line about each step.

    Raises:
      UserError: for unknown labels, or music that is missing or too little.
    """
    check_arguments(seed=seed)
    require_model(base)
    hparams, report = hparams or ConstraintHParams(), progress or (lambda line: None)
    parsed = parse_all(constraints)
    labels = [constraint.label for constraint in parsed]
    check_labels(base, labels)
    material = _collect_material(base, labels, real, own, hparams, seed)
    report(f"{len(material.decoded[0].z)} samples of the base decoded and measured")
    keras.utils.set_random_seed(seed)
    critics = [_make_critic(label, material, hparams) for label in labels]
    classes = sum(critic.classes for critic in critics)
    actor = Actor(base.z_size, classes, hparams.actor_layers, hparams.activation)
    scale = _scale(material)
    objective = Objective(
        critics, scale, hparams.distance_weight, [constraint.weight for constraint in parsed]
    )
    for turn in range(hparams.rounds):
        share = 1.0 if turn == 0 else 0.5
        turn_seed = (seed * hparams.rounds + turn) % _SEEDS
        if turn:
            _show(actor, objective, material, hparams, scale, turn_seed)
        lines = []
        for critic in critics:
            figures = critic.train(
                material,
                max(1, int(share * hparams.critic_steps)),
                hparams.batch_size,
                hparams.learning_rate,
                hparams.weight_decay,
                turn_seed,
            )
            lines.append(f"critic of {critic.label}: {_text(figures)}")
            report(f"round {turn + 1}, {lines[-1]}")
        figures = actor.train(
            objective,
            _starts(base, material),
            max(1, int(share * hparams.actor_steps)),
            hparams.batch_size,
            hparams.learning_rate,
            turn_seed,
        )
        lines.append(f"actor: {_text(figures)}")
        report(f"round {turn + 1}, {lines[-1]}")
    card = "\n".join(f"- {line}" for line in lines)
    steered = LatentConstraints(base, tuple(critics), actor, tuple(parsed), scale, hparams, card)
    return steered.with_constraints(parsed)


def check_labels(base: TrainedModel, labels: Sequence[str]) -> None:
    """Raises UserError for a label that no critic over this base can have, listing those that one can."""
    for label in labels:
        if label not in (REALISM, PERSONAL):
            find_property(label, base.config.converter)


def _collect_material(
    base: TrainedModel,
    labels: Sequence[str],
    real: Collection | np.ndarray | None,
    own: Collection | np.ndarray | None,
    hparams: ConstraintHParams,
    seed: int,
) -> Material:
    rng = np.random.default_rng(seed)
    material = Material(base, [])
    if PERSONAL in labels:
        if own is None:
            raise UserError(
                "personal is learned from your own music: give it with --constraint=personal:FOLDER"
            )
        material.own[PERSONAL] = _posteriors(base, _examples(own), hparams.transpose)
    if real is not None:
        examples = _examples(real)
        if REALISM in labels and len(examples) < _LEAST_REAL:
            raise UserError(
                f"realism: {len(examples)} examples of real music are too few to learn from; "
                f"{_LEAST_REAL} are needed"
            )
        some = rng.permutation(len(examples))[:_MOST_REAL]
        material.real = base.encode_arrays(examples[np.sort(some)])
    elif REALISM in labels:
        raise UserError("realism is learned from real music: give some with --examples_path")
    measured = any(label not in (REALISM, PERSONAL) for label in labels)
    n = hparams.num_labelled if measured else _SCALE_EXAMPLES
    prior = rng.standard_normal((n, base.z_size), np.float32)
    material.decoded.append(material.decode(prior, hparams.temperature, seed))
    return material


def _examples(music: Collection | np.ndarray) -> np.ndarray:
    return music.examples if isinstance(music, Collection) else np.asarray(music)


def _scale(material: Material) -> np.ndarray:
    """Mean standard deviation of the posteriors of real music, or else of the base's own, [z_size]."""
    if material.real is not None:
        return material.real.sigma.mean(0)
    return material.base.encode_arrays(material.decoded[0].arrays[:_SCALE_EXAMPLES]).sigma.mean(0)


def _starts(base: TrainedModel, material: Material) -> list[Group]:
    """The places that an actor begins at: the prior, and real music where there is any."""
    starts = [Group.prior(base.z_size)]
    starts += [Group.posteriors(latents, 0) for latents in (material.real, *material.own.values()) if latents]
    return starts


def _show(
    actor: Actor,
    objective: Objective,
    material: Material,
    hparams: ConstraintHParams,
    scale: np.ndarray,
    seed: int,
) -> None:
    """Adds what actor and gradient make of the prior, with allowed classes at random, to the material."""
    critics, rng = objective.critics, np.random.default_rng([seed, 1])
    drawn = {c.label: c.class_sets[rng.integers(len(c.class_sets), size=hparams.num_shown)] for c in critics}
    for method in ("actor", "gradient"):
        steering = constrain(
            None,
            critics,
            drawn,
            n=hparams.num_shown,
            seed=seed,
            method=method,
            actor=actor,
            weights=dict(zip((c.label for c in critics), objective.weights, strict=True)),
            scale=scale,
            hparams=hparams,
        )
        material.made.append(steering.z)
        if any(isinstance(critic, AttributeCritic) for critic in critics):
            material.decoded.append(material.decode(steering.z, hparams.temperature, seed))


def _text(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())


def _posteriors(base: TrainedModel, examples: np.ndarray, transpose: int) -> Latents:
    """Base posteriors of examples and of their transpositions by up to `semitones` up and down."""
    shifts = range(-transpose, transpose + 1)
    moved = [base.config.converter.transposed(examples, shift)[0] for shift in shifts]
    return base.encode_arrays(np.concatenate(moved))


def _make_critic(label: str, material: Material, hparams: ConstraintHParams) -> Critic:
    common: dict[str, Any] = {
        "label": label,
        "z_size": material.base.z_size,
        "activation": hparams.activation,
        "dropout": hparams.dropout,
    }
    if label == PERSONAL:
        return PersonalCritic(units=hparams.personal_layers, **common)
    if label == REALISM:
        return RealismCritic(units=hparams.critic_layers, **common)
    measured = find_property(label, material.base.config.converter)
    values = material.decoded[0].measure(measured)
    cuts = measured.cuts(values, hparams.classes)
    return AttributeCritic(
        cuts, middle_of(values, cuts), hparams.blur, units=hparams.attribute_layers, **common
    )
