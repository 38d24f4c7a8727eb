"""How much of held-out music comes back: encoded, and decoded greedily from the posterior mean."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from base_vae.converters import Converter, DrumsConverter, GrooveConverter, MelodyConverter, TrioConverter
from base_vae.converters.groove.converter import HIT
from base_vae.converters.melody.converter import FIRST_NOTE
from base_vae.data.batches import evaluation_batches
from base_vae.model.music_vae import MusicVAE
from base_vae.model.posteriors import active_units
from base_vae.trained_model import TrainedModel

_BATCH = 512

# Columns of the table, and the figures in them.
COLUMNS = {
    "steps_equal": "steps equal",
    "onsets_equal": "onsets equal",
    "accuracy": "steps equal, teacher-forced",
    "kl_bits": "KL, bits",
    "active_units": "active units",
}


def fidelity(model: TrainedModel, examples: np.ndarray) -> dict[str, float]:
    """The figures of `COLUMNS` for examples [examples, *converter.shape].

    Steps equal: the share of steps in which all is as it was. Onsets equal: the share of true note onsets, or
    drum hits, that come back at their step with their pitch, or drum; what is there too much does not count.
    Of the music of several tracks in a bar of its own, there are no steps: both are shares of its events.
    """
    converter, means = model.config.converter, []
    examine = _examine(model.model)
    model.model.reset_metrics()
    for batch in evaluation_batches(examples, converter, _BATCH):
        figures, mu, _ = examine(batch)
        means.append(mu.numpy())
    mu = np.concatenate(means)
    return {
        **{name: float(value) for name, value in figures.items()},
        "active_units": float(active_units(mu)),
        **agreement(model.decode_arrays(mu, controls=examples), examples, converter),
    }


@functools.lru_cache(maxsize=1)  # compiled once for all collections
def _examine(model: MusicVAE) -> Callable:
    return tf.function(model.examine, autograph=False, reduce_retracing=True)


def agreement(decoded: np.ndarray, true: np.ndarray, converter: Converter) -> dict[str, float]:
    """`steps_equal` and `onsets_equal` of examples [examples, *converter.shape]."""
    decoded, true = (_events(array, converter) for array in (decoded, true))
    return {
        "steps_equal": float(np.mean(np.all(decoded == true, axis=-1))),
        "onsets_equal": float(np.mean((decoded == true)[true >= _first_onset(converter)])),
    }


def _first_onset(converter: Converter) -> np.ndarray | int:
    """The lowest id with which something begins, of all voices or of each."""
    if isinstance(converter, TrioConverter):
        return np.array([FIRST_NOTE, FIRST_NOTE, 1])  # the drums have no event for their end
    if isinstance(converter, MelodyConverter):
        return FIRST_NOTE
    return int(isinstance(converter, (DrumsConverter, GrooveConverter)))


def _events(arrays: np.ndarray, converter: Converter) -> np.ndarray:
    """The notes played at each step, [examples, steps, voices], without chords and the feel of drums."""
    if isinstance(converter, GrooveConverter):
        return (arrays[..., HIT] > 0).astype(np.uint8)
    voices = {MelodyConverter: 1, TrioConverter: 3}.get(type(converter))
    return arrays.reshape(*arrays.shape[:2], -1)[..., :voices]
