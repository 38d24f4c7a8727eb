"""The base class of critics: a classifier of places in latent space."""

import abc
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from base_vae.errors import UserError, shortened
from base_vae.model.exportable import ExportableModel
from base_vae.model.layers.dense import dense
from base_vae.ranges import as_rows
from latent_constraints.fitting import Progress, fit
from latent_constraints.training_data import Group, Material, batches


class Critic(ExportableModel):
    """D(z, y) of Engel et al. 2018 (arXiv:1711.05772), section 3: does latent z satisfy constraint y?

    A critic distinguishes classes of latents, and a constraint is the set of classes it allows; D is
    their probability. `groups` gives what a critic learns from: a new one is a subclass with that method.

    Args:
      label: what constraints call it.
      z_size: size of the latent space.
      units: of the hidden layers.
      activation: of the hidden layers.
      dropout: share of the hidden units that are left out in training.
      classes: number of classes; of two, the second has the property.
    """

    kind: ClassVar[str]

    def __init__(
        self,
        label: str,
        z_size: int,
        units: Sequence[int],
        activation: str = "silu",
        dropout: float = 0.0,
        classes: int = 2,
    ):
        super().__init__(name=f"{self.kind}_critic", dtype="float32")
        self.label, self.z_size, self.units, self.classes = label, z_size, tuple(units), classes
        self.activation, self.dropout_rate = activation, dropout
        self.dropout = keras.layers.Dropout(dropout)
        widths = (z_size, *self.units)
        self.hidden = [
            dense(n, width, activation, f"hidden_{i}")
            for i, (width, n) in enumerate(zip(widths, self.units, strict=False))
        ]
        self.last = self.last_layer(widths[-1])
        self.built = True

    @abc.abstractmethod
    def groups(self, material: Material) -> list[Group]:
        """Returns the groups of latents that it is trained on."""

    def last_layer(self, inputs: int) -> keras.layers.Dense:
        """The layer after the hidden ones: the logits."""
        return dense(self.classes, inputs, None, "logits")

    def prepare(self, groups: list[Group]) -> None:
        """Sets what is better set than learned, before it is trained."""

    @property
    def class_sets(self) -> np.ndarray:
        """The sets of classes that constraints can allow, bool [sets, classes]."""
        return np.array([[False, True]])

    def allowed_classes(self, value: str) -> np.ndarray:
        """The classes that a constraint allows, bool [classes].

        Args:
          value: of the constraint, the text after its colon; empty for a critic of one property.

        Raises:
          UserError: if it is no such thing.
        """
        if not isinstance(value, str) or value:
            raise UserError(f"{self.label} takes no value (received {shortened(repr(value))})")
        return self.class_sets[0]

    def mask(self, allowed: np.ndarray | str, n: int) -> np.ndarray:
        """The classes that are allowed for `n` latents, bool [n, classes].

        Args:
          allowed: a constraint's value, or the classes, [classes] or [n, classes].
          n: number of latents.

        Raises:
          UserError: if it is neither.
        """
        if isinstance(allowed, str):
            allowed = self.allowed_classes(allowed)
        try:
            return np.broadcast_to(np.asarray(allowed, bool), (n, self.classes))
        except ValueError:
            raise UserError(
                f"{self.label} takes a value, or {self.classes} times True or False, for all latents or for "
                f"each of {n} (received {shortened(repr(allowed))})"
            ) from None

    def call(self, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits [batch, classes] of latents [batch, z_size]."""
        for layer in self.hidden:
            z = self.dropout(layer(z), training=training)
        return self.last(z)

    def log_probability(self, z: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
        """Log D(z, y) [batch] for allowed classes [batch, classes] of 0 and 1; all ones constrain nothing."""
        log_classes = tf.nn.log_softmax(self(z))
        return tf.reduce_logsumexp(tf.where(allowed > 0, log_classes, -np.inf), -1)

    def probability(self, z: np.ndarray, allowed: np.ndarray | None = None) -> np.ndarray:
        """D(z, y) [n] of latents [n, z_size]; `allowed` [classes], or the first of its sets."""
        z = as_rows(self.z_size, z=z)
        mask = self.mask(self.class_sets[0] if allowed is None else allowed, len(z))
        return np.exp(self.log_probability(tf.constant(z), tf.cast(mask, tf.float32)).numpy())

    def train(
        self,
        material: Material,
        steps: int,
        batch_size: int,
        learning_rate: float,
        weight_decay: float,
        seed: int,
        progress: Progress | None = None,
    ) -> dict[str, float]:
        """Learns for some steps; returns mean loss and accuracy over the last of them.

        Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).
        """
        if not self.compiled:
            self.compile(
                optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"],
                jit_compile=False,
            )
            self.optimizer.build(self.trainable_variables)  # before the step is traced, or it is traced twice
        groups = self.groups(material)
        self.prepare(groups)
        return fit(self, batches(groups, batch_size, seed), steps, learning_rate, progress)

    def input_signature(self) -> tf.TensorSpec:
        """Latents, [batch, z_size]."""
        return tf.TensorSpec((None, self.z_size), tf.float32, "z")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same critic, as plain data."""
        return {
            "label": self.label,
            "z_size": self.z_size,
            "units": self.units,
            "activation": self.activation,
            "dropout": self.dropout_rate,
            "classes": self.classes,
        }
