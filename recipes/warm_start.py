"""Beginning a training with what fits of another model's weights."""

from collections.abc import Callable

import keras
import numpy as np

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.names import named_weights
from base_vae.converters import Converter, DrumsConverter
from base_vae.converters.drums.maps import classes_of, first_pitches
from base_vae.errors import UserError
from base_vae.loading import find
from base_vae.model.music_vae import MusicVAE


def partial_weights(source: str, converter: Converter) -> Callable[[MusicVAE], None]:
    """A function that gives a fresh model what fits of another's weights, for `train(first_weights=...)`.

    A kernel with more rows than the other's begins with those and goes on with zeros: controls come after
    all other inputs of a layer, so additional controls change nothing at first. Where the two tell drums
    apart in other ways, what reads a drum begins as what read the drum that it was taken for.
    Everything else that does not fit is left unchanged.

    Args:
      source: a model folder, a run folder or a bundled name.
      converter: of the fresh model.

    Raises:
      UserError: if there is none, or from the function returned: if nothing fits.
    """
    path = find(source)

    def assign(model: MusicVAE) -> None:
        other, config = model_folder.load(path)
        theirs, same_drum = named_weights(other), _same_drum(config.converter, converter)
        fitting = {
            name: weight
            for name, weight in named_weights(model).items()
            if weight is not model.global_step and name in theirs and _fits(theirs[name], weight)
        }
        if not fitting:
            raise UserError(f"no weight of {source} fits this model")
        for name, weight in fitting.items():
            values, known = np.zeros(weight.shape, np.float32), theirs[name].numpy()
            if same_drum and len(values) == len(same_drum) and len(known) == same_drum[-1] + 1:
                values = known[same_drum]
            else:
                values[: len(known)] = known
            weight.assign(values)

    return assign


def _fits(theirs: keras.Variable, ours: keras.Variable) -> bool:
    rows, *others = theirs.shape
    enough = rows <= ours.shape[0] if others else rows == ours.shape[0]
    return enough and tuple(others) == tuple(ours.shape[1:])


def _same_drum(theirs: Converter, ours: Converter) -> list[int]:
    """The input of another model that each input of ours is, drum by drum, silence last; [] without drums."""
    if not (isinstance(theirs, DrumsConverter) and isinstance(ours, DrumsConverter)):
        return []
    pitches = first_pitches(ours.pitch_classes)
    drums = classes_of(pitches, np.ones(len(pitches), bool), theirs.pitch_classes)
    return [*drums.tolist(), theirs.classes]
