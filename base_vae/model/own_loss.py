"""Models whose training step has a loss of its own."""

from typing import Any

import keras

from base_vae.errors import UserError
from base_vae.model.exportable import ExportableModel


class OwnLossModel(ExportableModel):
    """A `keras.Model` that `compile` sets the optimizer of; its `train_step` knows the loss."""

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
