"""Models that Keras can export without having seen a batch."""

import abc
from typing import Any

import keras


class ExportableModel(keras.Model, abc.ABC):
    """A `keras.Model` that knows the shape of what it is called with."""

    @abc.abstractmethod
    def input_signature(self) -> Any:
        """Returns the tensor specs of the first argument of `call`, for batches of any size."""

    def export(self, filepath: str, format: str = "tf_saved_model", **kwargs: Any) -> None:
        """Exports `call` for serving; see `keras.Model.export`. Batches may have any size."""
        kwargs.setdefault("input_signature", [self.input_signature()])
        super().export(filepath, format=format, **kwargs)
