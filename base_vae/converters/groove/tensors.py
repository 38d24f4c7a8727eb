"""The tensors of a groove model: inputs, outputs and controls made of (hit, velocity, offset), and back.

Gillick et al. 2019 (arXiv:1905.06118), section 4: a model learns a task from inputs that hold less than its
outputs. All arrays of hits here have the shape [..., steps, drums] or, with all three numbers,
[..., steps, drums, 3].
"""

from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.groove.layout import HIDDEN, MIDI_VELOCITIES, TAP_DRUM, VISIBLE, Layout
from base_vae.spaces import Binary, Real, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

_LOUDEST_WEIGHT = 0.2  # share of the drop-out probability for the loudest notes; softest ones have all of it
_EDGE = 1e-4  # the original's: the highest number is inside the last bin


def spaces(layout: Layout) -> Spaces:
    """A step of the model's inputs, outputs and controls."""
    width = layout.drums_a_step * sum(layout.widths)
    controls = layout.drums_a_step * layout.hits_as_controls + layout.classes * layout.split_instruments
    step = Binary(width) if layout.bins else Real(width)
    return Spaces(step, step, Binary(controls) if controls else None)


def tensors(layout: Layout, arrays: "tf.Tensor") -> Tensors:
    """Makes a batch for the model from examples [batch, steps, drums, 3]."""
    import tensorflow as tf

    hits, velocities, offsets = tf.unstack(tf.cast(arrays, tf.float32), axis=-1)
    visible = tf.cast(tf.equal(hits, VISIBLE), tf.float32)
    hits = tf.minimum(hits, 1.0)
    inputs = _task(layout, visible, velocities * visible, offsets * visible)
    controls = []
    if layout.hits_as_controls:
        controls.append(_by_step(layout, hits))
    if layout.split_instruments:
        which = tf.eye(layout.classes, batch_shape=tf.shape(hits)[:2])
        controls.append(tf.reshape(which, [-1, layout.steps, layout.classes]))
    return Tensors(
        _numbers(layout, *inputs),
        _numbers(layout, hits, velocities, offsets),
        tf.concat(controls, -1) if controls else None,
    )


def assemble(layout: Layout, outputs: np.ndarray) -> np.ndarray:
    """Makes examples [batch, steps, drums, 3] from a model's outputs [batch, time, width]."""
    outputs = np.asarray(outputs, np.float32)
    steps = outputs.shape[1] * layout.drums_a_step // layout.classes
    ends = np.cumsum(layout.widths)[:-1] * (outputs.shape[-1] // sum(layout.widths))
    hits, velocities, offsets = (
        part.reshape(len(outputs), steps, layout.classes, -1) for part in np.split(outputs, ends, -1)
    )
    if layout.bins:
        # The value of a bin, as in the original: its lower edge, were there one bin more.
        velocities = np.floor(velocities.argmax(-1) / layout.bins[0] * MIDI_VELOCITIES) / MIDI_VELOCITIES
        offsets = 2.0 * offsets.argmax(-1) / layout.bins[1] - 1.0
    else:
        velocities, offsets = velocities[..., 0], offsets[..., 0]
    hit = hits[..., 0] > 0.5
    return np.stack([hit, velocities * hit, offsets * hit], -1).astype(np.float32)


def drop_notes(arrays: "tf.Tensor", most: float, seed: "tf.Tensor") -> "tf.Tensor":
    """Hides random hits from the encoder, soft ones more often.

    Args:
      arrays: examples float32 [batch, steps, drums, 3].
      most: each example has a drop-out probability of its own, up to this one.
      seed: int [2].
    """
    import tensorflow as tf

    fold_in = tf.random.experimental.stateless_fold_in
    hits, velocities, offsets = tf.unstack(arrays, axis=-1)
    probability = most * tf.random.stateless_uniform([tf.shape(arrays)[0], 1, 1], fold_in(seed, 0))
    weight = tf.maximum(_LOUDEST_WEIGHT, 1.0 - velocities)
    dropped = tf.random.stateless_uniform(tf.shape(hits), fold_in(seed, 1)) < weight * probability
    hits = tf.where(dropped & (hits > 0.0), HIDDEN, hits)
    return tf.stack([hits, velocities, offsets], -1)


def _task(
    layout: Layout, hits: "tf.Tensor", velocities: "tf.Tensor", offsets: "tf.Tensor"
) -> tuple["tf.Tensor", "tf.Tensor", "tf.Tensor"]:
    """The hits, velocities and offsets [batch, steps, drums] that are in the encoder's input."""
    import tensorflow as tf

    parts = hits, velocities, offsets
    if layout.tapify:
        loudest = tf.argmax(velocities, -1)[..., tf.newaxis]
        place = tf.one_hot(TAP_DRUM, layout.classes)
        parts = tuple(tf.gather(part, loudest, batch_dims=2) * place for part in parts)
    keep = np.ones(layout.classes, np.float32)
    keep[list(layout.add_instruments)] = 0.0
    keep_velocities = keep * (not (layout.humanize or layout.fixed_velocities))
    keep_offsets = keep * (not layout.humanize)
    return parts[0] * keep, parts[1] * keep_velocities, parts[2] * keep_offsets


def _by_step(layout: Layout, value: "tf.Tensor") -> "tf.Tensor":
    """Numbers of each drum, [batch, steps, drums, ...], side by side or, split, one drum after the other."""
    import tensorflow as tf

    width = layout.drums_a_step * int(np.prod(value.shape[3:]))
    return tf.reshape(value, [-1, layout.steps, width])


def _numbers(layout: Layout, hits: "tf.Tensor", velocities: "tf.Tensor", offsets: "tf.Tensor") -> "tf.Tensor":
    """All hits, all velocities and all offsets of a step, side by side: [batch, time, width]."""
    import tensorflow as tf

    if layout.bins:
        velocities = _one_hot(velocities, 0.0, layout.bins[0])
        offsets = _one_hot(offsets, -1.0, layout.bins[1])
    return tf.concat([_by_step(layout, part) for part in (hits, velocities, offsets)], -1)


def _one_hot(values: "tf.Tensor", lowest: float, bins: int) -> "tf.Tensor":
    """Numbers within `lowest` and 1 as one-hot vectors [..., bins]; the first bin is `lowest` alone."""
    import tensorflow as tf

    edges = np.linspace(lowest, 1.0 + _EDGE, bins)
    passed = tf.cast(values[..., tf.newaxis] > edges[:-1].astype(np.float32), tf.int32)
    return tf.one_hot(tf.reduce_sum(passed, -1), bins)
