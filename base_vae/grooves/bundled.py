"""The bundled drum models, each loaded once in a process."""

import functools

from base_vae.loading import load
from base_vae.trained_model import TrainedModel


@functools.cache
def load_bundled(name: str) -> TrainedModel:
    """The bundled model of a name, the same object each time. Raises UserError if there is none."""
    return load(name)
