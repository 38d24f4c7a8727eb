"""Dense layers that are built at once."""

from typing import Any

import keras


def dense(units: int, inputs: int, activation: str | None, name: str, **kwargs: Any) -> keras.layers.Dense:
    """A dense layer with its weights made."""
    layer = keras.layers.Dense(units, activation=activation, name=name, dtype="float32", **kwargs)
    layer.build((None, inputs))
    return layer
