"""Latents that satisfy constraints, in three ways: an actor, gradient ascent, or Markov chains."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from base_vae.arguments import checked
from base_vae.errors import UserError, shortened
from base_vae.ranges import as_rows, check_arguments, check_number
from latent_constraints.actor import Actor
from latent_constraints.config import ConstraintHParams, Method
from latent_constraints.critics.critic import Critic
from latent_constraints.objective import Objective, side_by_side

_TARGET_ACCEPTANCE = 0.75
_KEPT = 8  # functions that stay traced, so that the same constraints are quick the next time


@dataclasses.dataclass(frozen=True)
class Steering:
    """The result of `constrain`.

    Attributes:
      z: where the latents are now, float32 [n, z_size].
      start: where they were.
      probabilities: D(z, y) of each critic with a constraint, by label, [n].
      acceptance: share of proposals that the Markov chains took, a chain each; None for other methods.
    """

    z: np.ndarray
    start: np.ndarray
    probabilities: dict[str, np.ndarray]
    acceptance: np.ndarray | None = None

    def __repr__(self) -> str:
        return f"<Steering of {len(self.z)} latents: {self}>"

    @property
    def moved(self) -> np.ndarray:
        """Euclidean distance from start to end, [n]."""
        return np.linalg.norm(self.z - self.start, axis=1)

    def __str__(self) -> str:
        critics = ", ".join(f"{label} {np.mean(p):.2f}" for label, p in self.probabilities.items())
        chains = ""
        if self.acceptance is not None:
            chains = f"; {len(self.acceptance)} chains accepted {np.mean(self.acceptance):.0%} of their steps"
        return f"moved by {np.mean(self.moved):.1f} on average; according to the critics: {critics}{chains}"


@checked
def constrain(
    z: np.ndarray | None,
    critics: Sequence[Critic],
    constraints: Mapping[str, np.ndarray | str],
    *,
    seed: int = 0,
    n: int = 5,
    method: Method = "gradient",
    actor: Actor | None = None,
    weights: Mapping[str, float] | None = None,
    scale: np.ndarray | None = None,
    hparams: ConstraintHParams | None = None,
) -> Steering:
    """Latents that satisfy constraints, as near as may be to where they start.

    Args:
      z: latents [n, z_size] to move, of existing music for instance; None: `n` draws from the prior N(0, I).
      critics: those the actor was trained with, in that order; other methods take any.
      constraints: by the critics' labels, a value ("high", "low", "0.5", "", see `Critic.allowed_classes`)
        or the allowed classes, bool [classes] or [n, classes].
      seed: the same seed gives the same latents.
      n: number of latents, where there is no `z`.
      method: "actor" in one pass; "gradient", Adam on the latents themselves; "mcmc", Hamiltonian Monte Carlo
        (Neal 2011, arXiv:1206.1901) over p(z) times the critics' D, a chain for each latent.
      actor: for that method.
      weights: of the critics, by label, 1 for those left out. An actor was trained with weights of its own.
      scale: mean posterior standard deviation [z_size], see `Objective`; None: 1.
      hparams: of the methods.

    Returns:
      The latents, and how far they moved.

    Raises:
      UserError: for a constraint without a critic or of no such classes, numbers that are not finite, or no
        actor where one is needed.
    """
    hparams = hparams or ConstraintHParams()
    if method == "actor" and actor is None:
        raise UserError("there is no actor: train one, or use the method gradient or mcmc")
    if not isinstance(critics, Sequence) or not all(isinstance(critic, Critic) for critic in critics):
        raise UserError(f"critics must be a list of critics (received {shortened(repr(critics))})")
    if not isinstance(constraints, Mapping):
        raise UserError(f"constraints must be values by label (received {shortened(repr(constraints))})")
    known = {critic.label: critic for critic in critics}
    unknown = [label for label in constraints if label not in known]
    if unknown or not constraints:
        raise UserError(
            f"constraints must be among those that were trained, {', '.join(known)} "
            f"(received {', '.join(unknown) or 'none'})"
        )
    if method != "actor":
        critics = [critic for critic in critics if critic.label in constraints]
    z_given = z is not None
    check_arguments(n=n, seed=seed)
    if z is None:
        z = np.random.default_rng(seed).standard_normal((n, critics[0].z_size), np.float32)
    start = as_rows(critics[0].z_size, z=z)
    allowed = {label: known[label].mask(value, len(start)) for label, value in constraints.items()}
    scale = np.ones(start.shape[1], np.float32) if scale is None else np.asarray(scale, np.float32)
    if scale.shape != start.shape[1:] or not (np.isfinite(scale) & (scale > 0)).all():
        raise UserError(
            f"scale must be {start.shape[1]} numbers above 0 (received {shortened(repr(scale), 60)})"
        )
    weighted = [(weights or {}).get(critic.label, 1.0) for critic in critics]
    check_number(**{f"weight of {critic.label}": w for critic, w in zip(critics, weighted, strict=True)})
    objective = Objective(critics, scale, hparams.distance_weight, weighted)
    acceptance, begin = None, tf.constant(start)
    classes = tf.constant(side_by_side(critics, allowed, len(start)))
    if actor is not None and method == "actor":
        moved = actor(begin, classes)
    elif method == "gradient":
        moved = _ascent(objective, hparams.gradient_steps, hparams.gradient_rate)(begin, classes)
    else:
        sizes = hparams.mcmc_steps, hparams.mcmc_burn_in, hparams.leapfrog_steps
        run = _chains(objective, *sizes, near=z_given, chains=len(start))
        moved, accepted = run(begin, classes, tf.constant([seed, 0]))
        acceptance = np.mean(accepted.numpy(), axis=0)
    moved = np.asarray(moved)
    probabilities = {label: known[label].probability(moved, mask) for label, mask in allowed.items()}
    return Steering(moved, start, probabilities, acceptance)


@functools.lru_cache(maxsize=_KEPT)
def _ascent(objective: Objective, steps: int, rate: float) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Adam (Kingma and Ba 2015, algorithm 1) on the latents, all at once and each for itself, as a function.

    The second moment is that of a latent's whole gradient: where each dimension has its own, as usual, they
    all move alike, those that hardly matter as far as those that do.
    """
    first, second, tiny = 0.9, 0.999, 1e-8

    @tf.function(autograph=False, input_signature=_signature(objective))
    def run(start: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
        def step(i: tf.Tensor, z: tf.Tensor, m: tf.Tensor, v: tf.Tensor) -> tuple[tf.Tensor, ...]:
            with tf.GradientTape() as tape:
                tape.watch(z)
                loss = objective.loss(z, start, allowed)
            gradient = tape.gradient(loss, z)
            square = tf.reduce_mean(tf.square(gradient), -1, keepdims=True)
            m, v = first * m + (1 - first) * gradient, second * v + (1 - second) * square
            t = tf.cast(i + 1, tf.float32)
            change = m / (1 - first**t) / (tf.sqrt(v / (1 - second**t)) + tiny)
            return i + 1, z - rate * change, m, v

        state = (tf.constant(0), start, tf.zeros_like(start), tf.zeros_like(start[:, :1]))
        return tf.while_loop(lambda i, *_: i < steps, step, state)[1]

    return run


@functools.lru_cache(maxsize=_KEPT)
def _chains(
    objective: Objective, steps: int, burn_in: int, leapfrog_steps: int, near: bool, chains: int
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """The function from starts, allowed classes and a seed to each chain's last state and the steps it took.

    The density is p(z) times the weighted product of the D; chains that start from given music (`near`) also
    feel the distance from it, so that they stay about it.
    """
    import tensorflow_probability as tfp  # seconds to import, and only here

    signature = [*_signature(objective, chains), tf.TensorSpec([2], tf.int32)]

    @tf.function(autograph=False, input_signature=signature)
    def run(start: tf.Tensor, allowed: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        dimensions = start.shape[1]

        def log_density(z: tf.Tensor) -> tf.Tensor:
            value = objective.satisfaction(z, allowed) - 0.5 * tf.reduce_sum(tf.square(z), -1)
            if near:
                value -= objective.distance_weight * dimensions * objective.distance(z, start)
            return value

        # A starting step for a Gaussian of that many dimensions (Neal 2011, section 5.4.4).
        size = tf.fill([chains, 1], 0.6 * dimensions**-0.25)
        kernel = tfp.mcmc.DualAveragingStepSizeAdaptation(
            tfp.mcmc.HamiltonianMonteCarlo(log_density, size, leapfrog_steps),
            num_adaptation_steps=int(0.8 * burn_in),
            target_accept_prob=_TARGET_ACCEPTANCE,
        )
        result = tfp.mcmc.sample_chain(
            num_results=steps,
            num_burnin_steps=burn_in,
            current_state=start,
            kernel=kernel,
            trace_fn=lambda _, results: results.inner_results.is_accepted,
            return_final_kernel_results=False,
            seed=seed,
        )
        return result.all_states[-1], result.trace

    return run


def _signature(objective: Objective, n: int | None = None) -> list[tf.TensorSpec]:
    """Latents and allowed classes that a traced function takes: `n` of each, or any number."""
    classes = sum(critic.classes for critic in objective.critics)
    return [tf.TensorSpec([n, objective.critics[0].z_size]), tf.TensorSpec([n, classes])]
