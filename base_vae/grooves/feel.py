"""How a GrooVAE plays hits that are given."""

import weakref
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from base_vae.converters.groove.layout import HIT, OFFSET, VELOCITY
from base_vae.model.batching import in_batches, padded
from base_vae.model.decoders import DecoderInputs
from base_vae.trained_model import TrainedModel

_PASSES = 3  # more change less than 0.1 ms and 0.1 of a velocity
_FIRST_VELOCITY = 0.5
_Run = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
_COMPILED: "weakref.WeakKeyDictionary[TrainedModel, _Run]" = weakref.WeakKeyDictionary()


def feel(model: TrainedModel, z: np.ndarray, arrays: np.ndarray) -> np.ndarray:
    """Velocities and offsets for every place where a drum may be hit.

    The decoder reads the given hits instead of its own, with the velocities and offsets that it gave them in
    the pass before.

    Args:
      model: with a head of grooves.
      z: latents [examples, z_size].
      arrays: grooves [examples, steps, drums, 3], of which only the hits are read.

    Returns:
      Grooves [examples, steps, drums, 3] with a hit everywhere.
    """
    converter = model.config.converter.in_use
    if model not in _COMPILED:
        _COMPILED[model] = _compiled(model)
    run = _COMPILED[model]
    hits = np.minimum(arrays[..., HIT], 1.0)
    played = np.stack([hits, _FIRST_VELOCITY * hits, np.zeros_like(hits)], -1).astype(np.float32)
    for _ in range(_PASSES):

        def outputs(rows: np.ndarray, start: int, played: np.ndarray = played) -> list[tf.Tensor]:
            chunk = padded(played[start : start + len(rows)], len(rows))
            return [run(tf.constant(rows), tf.constant(chunk))]

        chunks = in_batches(outputs, np.asarray(z, np.float32))
        everywhere = converter.all_canonical(converter.assemble(np.concatenate([c[0] for c in chunks])))
        played[..., VELOCITY], played[..., OFFSET] = (everywhere[..., n] * hits for n in (VELOCITY, OFFSET))
    return everywhere


def _compiled(model: TrainedModel) -> _Run:
    """The pass of `feel`, float32 [examples, z_size] and grooves to grooves; compiled once for all pieces."""
    of_model = weakref.ref(model)  # a strong one would keep the model alive for as long as the cache is

    @tf.function(autograph=False)
    def run(z: tf.Tensor, arrays: tf.Tensor) -> tf.Tensor:
        model = of_model()
        assert model is not None  # whoever calls this has it
        batch, vae = model.tensors(arrays), model.model
        inputs = DecoderInputs(batch.outputs, vae.prepared_controls(batch.controls))
        return vae.decoder.head.if_hit(vae.decoder.run(z, inputs).parameters)

    return run
