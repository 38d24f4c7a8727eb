"""How near a model's timing, loudness and hits are to a drummer's, beside three simple ways to guess them.

Gillick et al. 2019 (arXiv:1905.06118), section 5. All errors are means over the hits that the drummer
played; where a model adds drums, over their hits.
"""

import re
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from base_vae.converters.groove.converter import HIT, OFFSET, VELOCITY
from base_vae.converters.groove.layout import MIDI_VELOCITIES
from base_vae.grooves.feel import feel
from base_vae.model.decoders import Prompt
from base_vae.model.layers.random_streams import RandomStream
from base_vae.trained_model import TrainedModel
from recipes.split import Part

_BATCH = 512
_TEMPO = re.compile(r"_(\d+)_(?:beat|fill)_")  # in the names of the Groove MIDI Dataset's files


class Groove(NamedTuple):
    """Drumming, or a guess at it, each [examples, steps, drums].

    Attributes:
      hits: bool.
      velocities: 0 to 1, also where nothing is hit.
      offsets: in halves of a step, 1 for early.
    """

    hits: np.ndarray
    velocities: np.ndarray
    offsets: np.ndarray


def table(model: TrainedModel, training: np.ndarray, validation: Part) -> dict[str, dict[str, float]]:
    """Timing error (ms), velocity error (of 127) and F1 of the hits, by what makes them.

    Args:
      model: a GrooVAE.
      training: examples [examples, steps, drums, 3] to guess from.
      validation: of the Groove MIDI Dataset, whose names say the tempo.
    """
    true = _groove(validation.examples)
    tempo = np.array([float(_TEMPO.search(name)[1]) for name in validation.names])
    rows = {
        "the model, given the hits": given_the_hits(model, validation.examples, true),
        "the model, its own hits": own_hits(model, validation.examples),
        "as written: on the grid, at one loudness": on_the_grid(training, true),
        "the mean groove of the training music": mean_groove(training, true),
        "the nearest training groove": nearest(model, training, validation.examples),
    }
    added = model.config.converter.add_instruments
    return {name: errors(guess, true, tempo, added) for name, guess in rows.items()}


def errors(guess: Groove, true: Groove, tempo: np.ndarray, drums: tuple[int, ...] = ()) -> dict[str, float]:
    """Mean absolute errors over the true hits, and F1 of the hits, of the steps with any, and of one drum's.

    Args:
      guess, true: drumming.
      tempo: of each example, quarters a minute.
      drums: those whose true hits count for the errors; empty: all.
    """
    hits = true.hits.copy()
    if drums:
        hits[..., np.setdiff1d(np.arange(hits.shape[-1]), drums)] = False
    step = np.broadcast_to((60_000.0 / tempo / 4)[:, np.newaxis, np.newaxis], true.hits.shape)
    offset = np.abs(guess.offsets - true.offsets) / 2.0 * step
    return {
        "timing error, ms": float(offset[hits].mean()),
        "velocity error, of 127": float(
            np.abs(guess.velocities - true.velocities)[hits].mean() * MIDI_VELOCITIES
        ),
        "F1 of hits": _f1(guess.hits, true.hits),
        "F1 of the rhythm": _f1(guess.hits.any(-1), true.hits.any(-1)),  # what a tap says
        "F1 of closed hi-hats": _f1(guess.hits[..., 2], true.hits[..., 2]),
    }


def given_the_hits(model: TrainedModel, arrays: np.ndarray, true: Groove) -> Groove:
    """The true hits as a model plays them from the posterior means of examples, as the command does it."""
    played = _groove(feel(model, model.encode_arrays(arrays).mu, arrays))
    return Groove(true.hits, played.velocities, played.offsets)


def own_hits(model: TrainedModel, arrays: np.ndarray) -> Groove:
    """What a model plays, decoded greedily from posterior means of examples [examples, steps, drums, 3]."""
    vae = model.model

    @tf.function(autograph=False, reduce_retracing=True)
    def play(arrays: tf.Tensor) -> tf.Tensor:
        batch = model.tensors(arrays)
        controls = vae.prepared_controls(batch.controls)
        prompt = Prompt(tf.shape(batch.outputs)[1], 0.0, RandomStream(tf.constant([0, 0])), controls)
        return vae.decoder.generate(vae.encode(batch).mu, prompt, tf.shape(arrays)[0]).values

    parts = [play(tf.constant(arrays[i : i + _BATCH])).numpy() for i in range(0, len(arrays), _BATCH)]
    hits, velocities, offsets = np.split(np.concatenate(parts), 3, -1)
    return Groove(hits > 0.5, velocities, offsets)


def on_the_grid(training: np.ndarray, true: Groove) -> Groove:
    """The true hits on the grid, as loud as hits are on average."""
    known = _groove(training)
    loud = np.full(true.hits.shape, known.velocities[known.hits].mean())
    return Groove(true.hits, loud, np.zeros(true.hits.shape))


def mean_groove(training: np.ndarray, true: Groove) -> Groove:
    """The true hits as that drum is hit at that place of the bar on average."""
    velocities, offsets = _means(_groove(training))
    bars = true.hits.shape[1] // len(velocities)
    shape = true.hits.shape
    return Groove(
        true.hits,
        np.broadcast_to(np.tile(velocities, (bars, 1)), shape),
        np.broadcast_to(np.tile(offsets, (bars, 1)), shape),
    )


def nearest(model: TrainedModel, training: np.ndarray, arrays: np.ndarray) -> Groove:
    """The training groove nearest in the encoder's inputs; the mean groove where it has no hit."""
    ours, known = (_inputs(model, each) for each in (arrays, training))
    distance = (known**2).sum(1) - 2.0 * ours @ known.T
    found = _groove(training[distance.argmin(1)])
    mean = mean_groove(training, found)
    return Groove(
        found.hits,
        np.where(found.hits, found.velocities, mean.velocities),
        np.where(found.hits, found.offsets, mean.offsets),
    )


def _groove(arrays: np.ndarray) -> Groove:
    return Groove(arrays[..., HIT] > 0, arrays[..., VELOCITY], arrays[..., OFFSET])


def _inputs(model: TrainedModel, arrays: np.ndarray) -> np.ndarray:
    """Encoder inputs of examples, float32 [examples, numbers]."""
    return model.tensors(tf.constant(arrays)).inputs.numpy().reshape(len(arrays), -1)


def _means(groove: Groove, bar: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Mean velocity and offset of hits by step of the bar and drum, each [bar, drums]; 0 where none was."""
    drums = groove.hits.shape[-1]
    hits, *values = (part.reshape(-1, bar, drums) for part in groove)
    count = np.maximum(hits.sum(0), 1)
    return tuple((value * hits).sum(0) / count for value in values)


def _f1(played: np.ndarray, true: np.ndarray) -> float:
    return float(2.0 * np.sum(played & true) / max(played.sum() + true.sum(), 1))
