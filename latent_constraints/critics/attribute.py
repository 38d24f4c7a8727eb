"""AttributeCritic: how much of an attribute does the music at a place have?"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from base_vae.errors import UserError, shortened
from base_vae.model.layers.dense import dense
from latent_constraints.constraint import HIGH, LOW, attribute_value
from latent_constraints.critics.critic import Critic
from latent_constraints.properties import Property, classes_of, find_property
from latent_constraints.training_data import MADE, Group, Material

_LEAST_EXAMPLES = 50
_SLOPE = 2.0  # of the score along the attribute vector, to begin with


@keras.saving.register_keras_serializable(package="latent_constraints")
class AttributeCritic(Critic):
    """Learns from what the base plays: latents, their music decoded, and what it measures.

    Its classes are slices of the attribute's values, between quantiles of what the base plays by itself, so
    that one critic serves `high` and `low` (above and below the median) and any value between. They are in
    order, and one score is how far up a latent is: P(class > k) = sigmoid(score - threshold_k), the
    proportional-odds model (McCullagh 1980, section 2). The score is a straight line through latent space and
    what hidden layers add to it: attributes are nearly straight there, and a network alone, which is free to
    bend in hundreds of dimensions, is fooled by moves that change no note.

    Args:
      cuts: borders of the slices, ascending [classes - 1]; see `Property.cuts`.
      middle: number of the cut between low and high.
      blur: how much noise is mixed into latents in training, which makes what is learned smooth: z becomes
        sqrt(1 - blur^2) z + blur * noise, still N(0, I) for the prior's.
      **kwargs: see `Critic`.
    """

    kind = "attribute"

    def __init__(self, cuts: np.ndarray, middle: int, blur: float = 0.0, **kwargs: Any):
        super().__init__(**{**kwargs, "classes": len(cuts) + 1})
        self.cuts, self.middle, self.blur = np.asarray(cuts, np.float64), middle, blur
        self.line = dense(1, self.z_size, None, "line", use_bias=False)
        self.line.kernel.assign(self.line.kernel * 0.0)
        self.first = self.add_weight(name="first", shape=(), initializer=keras.initializers.Constant(-1.0))
        self.gaps = self.add_weight(name="gaps", shape=(self.classes - 2,), initializer="zeros")

    def property_of(self, material: Material) -> Property:
        """The property that it judges."""
        return find_property(self.label, material.base.config.converter)

    def groups(self, material: Material) -> list[Group]:
        """Every latent whose music is known; those that were made count less than those of the prior.

        Raises:
          UserError: if a class has too few examples.
        """
        groups: list[Group] = []
        counts = np.zeros(self.classes, int)
        for decoded in material.decoded:
            values = decoded.measure(self.property_of(material))
            defined = ~np.isnan(values)
            classes = classes_of(values[defined], self.cuts).astype(np.int32)
            counts += np.bincount(classes, minlength=self.classes)
            if defined.any():
                z = (np.sqrt(1.0 - self.blur**2) * decoded.z[defined]).astype(np.float32)
                blur = np.full(z.shape, self.blur, np.float32)
                groups.append(Group(z, blur, classes, MADE if groups else 1.0))
        if min(counts) < _LEAST_EXAMPLES:
            raise UserError(
                f"{self.label}: of {sum(counts)} samples of the base only {min(counts)} are of one kind, and "
                f"{_LEAST_EXAMPLES} are needed: decode more of them (--hparams=num_labelled=...)"
            )
        return groups

    def last_layer(self, inputs: int) -> keras.layers.Dense:
        """The layer that adds to the score what the hidden layers find."""
        return dense(1, inputs, None, "bend", kernel_initializer="zeros", use_bias=False)

    def score(self, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        """How far up latents [batch, z_size] are, [batch, 1]."""
        return self.line(z) + super().call(z, training)

    def call(self, z: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Log-probabilities [batch, classes] of latents [batch, z_size]."""
        steps = tf.nn.softplus(tf.convert_to_tensor(self.gaps))
        thresholds = tf.concat([[0.0], tf.cumsum(steps)], 0) + self.first
        above = self.score(z, training) - thresholds  # logits of P(class > k), [batch, classes - 1]
        # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a))
        between = tf.math.log1p(-tf.exp(-steps))
        inner = tf.math.log_sigmoid(above[:, :-1]) + tf.math.log_sigmoid(-above[:, 1:]) + between
        ends = tf.math.log_sigmoid(-above[:, :1]), tf.math.log_sigmoid(above[:, -1:])
        return tf.concat([ends[0], inner, ends[1]], -1)

    def prepare(self, groups: list[Group]) -> None:
        """Sets the line along the attribute vector: how latents and classes vary together."""
        if np.any(self.line.kernel.numpy()):
            return
        z, classes = (
            np.concatenate([group.mu for group in groups]),
            np.concatenate([g.classes for g in groups]),
        )
        vector = (classes - classes.mean()) @ z / len(z)
        self.line.kernel.assign((_SLOPE * vector / np.linalg.norm(vector))[:, np.newaxis])

    @property
    def class_sets(self) -> np.ndarray:
        """High and low, and each class alone; drawn from these, half of the sets are high or low."""
        if self.classes == 2:
            return np.array([[False, True], [True, False]])
        high = np.arange(self.classes) > self.middle
        return np.concatenate([[high, ~high] * (self.classes // 2), np.eye(self.classes, dtype=bool)])

    def allowed_classes(self, value: str) -> np.ndarray:
        """The classes of `high`, `low`, or the slice that a value is in; see `Critic.allowed_classes`."""
        if ":" in self.label:
            if str(value) not in ("", "yes"):
                raise UserError(f"{self.label} takes no further value (received {shortened(repr(value))})")
            return self.class_sets[0]
        parsed = attribute_value(self.label, value)
        if isinstance(parsed, str):
            return self.class_sets[(HIGH, LOW).index(parsed)]
        return np.arange(self.classes) == classes_of(np.array(parsed), self.cuts)

    def satisfied(self, values: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """A mask of the measured values [n] that a constraint allows; not those that are not defined."""
        defined = ~np.isnan(values)
        return defined & allowed[np.where(defined, classes_of(values, self.cuts), 0)]

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make the same critic, as plain data."""
        return {**super().get_config(), "cuts": self.cuts.tolist(), "middle": self.middle, "blur": self.blur}
