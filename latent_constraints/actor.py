"""Actor: from any place in latent space to the nearest one that satisfies the constraints, in one pass."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from base_vae.model.layers.dense import dense
from latent_constraints.fitting import Progress, fit
from latent_constraints.objective import Objective
from latent_constraints.training_data import Group, batches

_CLOSED = -2.0  # the gates' bias: an actor begins near to leaving z where it is
_REACH = 3.0  # no dimension is changed to a value that the prior all but rules out
_NOT_ASKED = 0.1  # how often a critic among several is asked for nothing


class Actor(keras.Model):
    """G(z, y) = (1 - g) z + g dz, gates and changes from one network (arXiv:1711.05772, section 3).

    What is asked, y, goes through a linear layer and in beside z. Each dimension of dz stays within 3, which
    the paper leaves open: the distance grows so slowly far out that an actor else runs off to where no critic
    knows anything.

    Args:
      z_size: size of the latent space.
      wishes: classes of all critics together.
      units: of the hidden layers.
      activation: of the hidden layers.
    """

    def __init__(self, z_size: int, wishes: int, units: Sequence[int], activation: str = "silu"):
        super().__init__(name="actor", dtype="float32")
        self.z_size, self.wishes, self.units, self.activation = z_size, wishes, tuple(units), activation
        self.wish = dense(self.units[0], wishes, None, "wish")
        widths = (z_size + self.units[0], *self.units)
        self.hidden = [
            dense(n, width, activation, f"hidden_{i}")
            for i, (width, n) in enumerate(zip(widths, self.units, strict=False))
        ]
        self.change = dense(z_size, widths[-1], None, "change")
        closed = keras.initializers.Constant(_CLOSED)
        self.gate = dense(z_size, widths[-1], "sigmoid", "gate", bias_initializer=closed)
        self.means = [keras.metrics.Mean(name=name) for name in ("loss", "satisfaction", "distance")]
        self.objective: Objective | None = None
        self.seed = 0
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )
        self.built = True

    def call(self, z: tf.Tensor, wishes: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Where latents [batch, z_size] go under wishes [batch, all classes]; see `Objective`."""
        hidden = tf.concat([z, self.wish(wishes)], -1)
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
        """Learns for some steps to satisfy the critics, which stay as they are; returns the last losses.

        Args:
          objective: what it works towards.
          groups: where the latents that it is given come from.
          steps, batch_size, learning_rate, seed: of the training.
          progress: called with the step and the losses.
        """
        if objective is not self.objective:
            self.objective, self.seed = objective, seed
            adam = keras.optimizers.Adam(learning_rate, global_clipnorm=1.0)
            self.compile(optimizer=adam, jit_compile=False)
            adam.build(self.trainable_variables)  # before the step is traced, or it is traced twice
        return fit(self, batches(groups, batch_size, seed), steps, learning_rate, progress)

    # No control flow of Python's depends on a tensor here, and AutoGraph takes its time to find that out.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step on latents [batch, z_size], each with wishes drawn at random."""
        z, _ = data
        wishes = self._drawn_wishes(tf.shape(z)[0])
        variables = [variable.value for variable in self.trainable_variables]
        with tf.GradientTape() as tape:
            moved = self(z, wishes, training=True)
            loss = tf.reduce_mean(self.objective.loss(moved, z, wishes))
        self.optimizer.apply(tape.gradient(loss, variables), self.trainable_variables)
        self.step.assign_add(1)
        satisfaction, distance = self.objective.satisfaction(moved, wishes), self.objective.distance(moved, z)
        for mean, value in zip(self.means, (loss, satisfaction, distance), strict=True):
            mean.update_state(value)
        return {mean.name: mean.result() for mean in self.means}

    def settings(self) -> dict[str, Any]:
        """Arguments that make the same actor, as plain data."""
        return {
            "z_size": self.z_size,
            "wishes": self.wishes,
            "units": self.units,
            "activation": self.activation,
        }

    def _drawn_wishes(self, batch: tf.Tensor) -> tf.Tensor:
        """One of each critic's choices for each latent, and now and then nothing where there are several."""
        parts = []
        seed = tf.stack([tf.constant(self.seed, tf.int64), tf.cast(self.step.value, tf.int64)])
        for number, critic in enumerate(self.objective.critics):
            draws = tf.random.experimental.stateless_fold_in(seed, number)
            choices = tf.constant(critic.choices, tf.float32)
            rows = tf.random.stateless_uniform([batch], draws, 0, len(critic.choices), tf.int32)
            part = tf.gather(choices, rows)
            if len(self.objective.critics) > 1:
                free = tf.random.stateless_uniform([batch, 1], draws + 1) < _NOT_ASKED
                part = tf.where(free, 1.0, part)
            parts.append(part)
        return tf.concat(parts, -1)
