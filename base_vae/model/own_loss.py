"""Models whose training step has a loss of its own."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.model.exportable import ExportableModel


class OwnLossModel(ExportableModel):
    """A `keras.Model` that `compile` sets the optimizer of; its `train_step` knows the loss.

    Attributes:
      learning_rate_schedule: from a global step to the learning rate that `train_step` sets; None leaves the
        rate to the optimizer.
      global_step: a weight that each such model makes, int64: the steps taken so far.
    """

    learning_rate_schedule: Callable[[tf.Tensor], tf.Tensor] | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        **kwargs: Any,
    ) -> None:
        """Sets the optimizer; see `keras.Model.compile`.

        Raises:
          UserError: for a loss or metrics, which would change nothing.
        """
        without_effect = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        given = [name for name, value in without_effect.items() if value is not None]
        if given:
            raise UserError(
                f"a {type(self).__name__} has its own loss and metrics: compile it without {', '.join(given)}"
            )
        super().compile(optimizer, **kwargs)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles a loaded model as it was when it was saved."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def take_step(self, gradients: list[tf.Tensor], step: tf.Tensor, clip_norm: float) -> None:
        """Clips gradients to a global norm of `clip_norm`, takes a step of the optimizer, and counts it."""
        gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
        if self.learning_rate_schedule is not None:
            self.optimizer.learning_rate.assign(self.learning_rate_schedule(step))
        self.optimizer.apply(gradients, self.trainable_variables)
        self.global_step.assign_add(1)
