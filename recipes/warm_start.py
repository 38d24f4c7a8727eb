"""Beginning a training with what fits of another model's weights."""

from collections.abc import Callable

import keras
import numpy as np

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.names import named_weights
from base_vae.errors import UserError
from base_vae.loading import find
from base_vae.model.music_vae import MusicVAE


def partial_weights(source: str) -> Callable[[MusicVAE], None]:
    """A function that gives a fresh model what fits of another's weights, for `train(first_weights=...)`.

    A kernel with more rows than the other's begins with those and goes on with zeros: controls come after
    all other inputs of a layer, so additional controls change nothing at first.
    Everything else that does not fit is left unchanged.

    Args:
      source: a model folder, a run folder or a bundled name.

    Raises:
      UserError: if there is none, or from the function returned: if nothing fits.
    """
    path = find(source)

    def assign(model: MusicVAE) -> None:
        theirs = named_weights(model_folder.load(path)[0])
        fitting = {
            name: weight
            for name, weight in named_weights(model).items()
            if weight is not model.global_step and name in theirs and _fits(theirs[name], weight)
        }
        if not fitting:
            raise UserError(f"no weight of {source} fits this model")
        for name, weight in fitting.items():
            values = np.zeros(weight.shape, np.float32)
            values[: theirs[name].shape[0]] = theirs[name].numpy()
            weight.assign(values)

    return assign


def _fits(theirs: keras.Variable, ours: keras.Variable) -> bool:
    rows, *others = theirs.shape
    enough = rows <= ours.shape[0] if others else rows == ours.shape[0]
    return enough and tuple(others) == tuple(ours.shape[1:])
