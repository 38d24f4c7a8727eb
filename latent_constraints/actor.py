"""Actor: from any place in latent space to the nearest one that satisfies the constraints, in one pass."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.model.layers.dense import dense
from base_vae.model.own_loss import OwnLossModel
from latent_constraints.fitting import Progress, fit
from latent_constraints.objective import Objective
from latent_constraints.training_data import Group, batches

_CLOSED = -2.0  # the gates' bias: an actor begins near to leaving z where it is
_REACH = 3.0  # no dimension is changed to a value that the prior all but rules out
_UNCONSTRAINED = 0.1  # how often a critic among several allows every class


@keras.saving.register_keras_serializable(package="latent_constraints")
class Actor(OwnLossModel):
    """G(z, y) = (1 - g) z + g dz, gates and changes from one network (arXiv:1711.05772, section 3).

    The allowed classes, y, go through a linear layer and in beside z. Each dimension of dz stays within 3,
    which the paper leaves open: the distance grows so slowly far out that an actor would otherwise run off to
    where no critic knows anything.

    Args:
      z_size: size of the latent space.
      classes: number of classes of all critics together.
      units: of the hidden layers.
      activation: of the hidden layers.
    """

    def __init__(self, z_size: int, classes: int, units: Sequence[int], activation: str = "silu"):
        super().__init__(name="actor", dtype="float32")
        self.z_size, self.classes, self.units, self.activation = z_size, classes, tuple(units), activation
        self.condition = dense(self.units[0], classes, None, "wish")  # so called in saved folders
        widths = (z_size + self.units[0], *self.units)
        self.hidden = [
            dense(n, width, activation, f"hidden_{i}")
            for i, (width, n) in enumerate(zip(widths, self.units, strict=False))
        ]
        self.change = dense(z_size, widths[-1], None, "change")
        closed = keras.initializers.Constant(_CLOSED)
        self.gate = dense(z_size, widths[-1], "sigmoid", "gate", bias_initializer=closed)
        self.means = [keras.metrics.Mean(name=name) for name in ("loss", "satisfaction", "distance")]
        self._objective: Objective | None = None  # set by `train`
        self.seed = 0
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.built = True

    def input_signature(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """Latents [batch, z_size] and allowed classes [batch, all classes]."""
        sizes = {"z": self.z_size, "allowed": self.classes}
        z, allowed = (tf.TensorSpec((None, size), tf.float32, name) for name, size in sizes.items())
        return z, allowed

    def call(self, z: tf.Tensor, allowed: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Moves latents [batch, z_size] to allowed classes [batch, all classes]; see `Objective`."""
        hidden = tf.concat([z, self.condition(allowed)], -1)
        for layer in self.hidden:
            hidden = layer(hidden)
        gate = self.gate(hidden)
        return (1.0 - gate) * z + gate * _REACH * tf.tanh(self.change(hidden))

    def train(
        self,
        objective: Objective,
        groups: Sequence[Group],
        steps: int,
        batch_size: int,
        learning_rate: float,
        seed: int,
        progress: Progress | None = None,
    ) -> dict[str, float]:
        """Learns for some steps to satisfy the critics, which do not change; returns the last losses.

        Args:
          objective: what it works towards.
          groups: where the latents that it is given come from.
          steps, batch_size, learning_rate, seed: of the training.
          progress: called with the step and the losses.
        """
        if objective is not self._objective:
            self._objective, self.seed = objective, seed
            adam = keras.optimizers.Adam(learning_rate, global_clipnorm=1.0)
            self.compile(optimizer=adam, jit_compile=False)
            adam.build(self.trainable_variables)  # before the step is traced, or it is traced twice
        return fit(self, batches(groups, batch_size, seed), steps, learning_rate, progress)

    @property
    def objective(self) -> Objective:
        """The objective of its training. Raises UserError before `train`."""
        if self._objective is None:
            raise UserError("an actor learns from critics: train it with `train`, which takes an Objective")
        return self._objective

    # No control flow of Python's depends on a tensor here, and AutoGraph takes its time to find that out.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step on latents [batch, z_size], each with allowed classes drawn at random."""
        z, _ = data
        allowed = self._drawn_classes(tf.shape(z)[0])
        variables = [variable.value for variable in self.trainable_variables]
        with tf.GradientTape() as tape:
            moved = self(z, allowed, training=True)
            loss = tf.reduce_mean(self.objective.loss(moved, z, allowed))
        self.optimizer.apply(tape.gradient(loss, variables), self.trainable_variables)
        self.step.assign_add(1)
        satisfaction = self.objective.satisfaction(moved, allowed)
        distance = self.objective.distance(moved, z)
        for mean, value in zip(self.means, (loss, satisfaction, distance), strict=True):
            mean.update_state(value)
        return {mean.name: mean.result() for mean in self.means}

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same actor, as plain data."""
        return {
            "z_size": self.z_size,
            "classes": self.classes,
            "units": self.units,
            "activation": self.activation,
        }

    def _drawn_classes(self, batch: tf.Tensor) -> tf.Tensor:
        """Draws one of each critic's sets for each latent; among several critics, at times all classes."""
        parts = []
        seed = tf.stack([tf.constant(self.seed, tf.int64), tf.cast(self.step.value, tf.int64)])
        for number, critic in enumerate(self.objective.critics):
            draws = tf.random.experimental.stateless_fold_in(seed, number)
            sets = tf.constant(critic.class_sets, tf.float32)
            rows = tf.random.stateless_uniform([batch], draws, 0, len(critic.class_sets), tf.int32)
            part = tf.gather(sets, rows)
            if len(self.objective.critics) > 1:
                free = tf.random.stateless_uniform([batch, 1], draws + 1) < _UNCONSTRAINED
                part = tf.where(free, 1.0, part)
            parts.append(part)
        return tf.concat(parts, -1)
