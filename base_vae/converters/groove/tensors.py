"""What a groove model hears, says and is told: its numbers, made of (hit, velocity, offset) and back.

Gillick et al. 2019 (arXiv:1905.06118), section 4: a model learns a task by hearing less than it has to say.
All arrays of hits here have the shape [..., steps, drums] or, with all three numbers, [..., steps, drums, 3].
"""

from typing import TYPE_CHECKING

import numpy as np

from base_vae.spaces import Binary, Real, Spaces, Tensors

if TYPE_CHECKING:
    import tensorflow as tf

    from base_vae.converters.groove.converter import GrooveConverter

TAP_DRUM = 3  # the open hi-hat of the maps with nine classes: where a tapped rhythm is written
HEARD, UNHEARD = (
    1.0,
    2.0,
)  # values of a hit; what the encoder does not hear, the decoder has to say all the same
MIDI_VELOCITIES = 127
_LOUDEST_WEIGHT = 0.2  # share of the drop-out probability for the loudest notes; softest ones have all of it
_EDGE = 1e-4  # the original's: the highest number is inside the last bin


def spaces(converter: "GrooveConverter") -> Spaces:
    """A step of what the model hears, says and is told."""
    drums = 1 if converter.split_instruments else converter.classes
    bins = _bins(converter)
    width = drums * (1 + sum(bins) if bins else 3)
    told = drums * converter.hits_as_controls + converter.classes * converter.split_instruments
    step = Binary(width) if bins else Real(width)
    return Spaces(step, step, Binary(told) if told else None)


def tensors(converter: "GrooveConverter", arrays: "tf.Tensor") -> Tensors:
    """A batch of examples [batch, steps, drums, 3] as the model takes it."""
    import tensorflow as tf

    hits, velocities, offsets = tf.unstack(tf.cast(arrays, tf.float32), axis=-1)
    heard = tf.cast(tf.equal(hits, HEARD), tf.float32)
    hits = tf.minimum(hits, 1.0)
    inputs = _task(converter, heard, velocities * heard, offsets * heard)
    controls = []
    if converter.hits_as_controls:
        controls.append(_by_step(converter, hits))
    if converter.split_instruments:
        which = tf.eye(converter.classes, batch_shape=tf.shape(hits)[:2])
        controls.append(tf.reshape(which, [-1, converter.steps, converter.classes]))
    return Tensors(
        _numbers(converter, *inputs),
        _numbers(converter, hits, velocities, offsets),
        tf.concat(controls, -1) if controls else None,
    )


def assemble(converter: "GrooveConverter", outputs: np.ndarray) -> np.ndarray:
    """Examples [batch, steps, drums, 3] of what a model said, [batch, time, width]."""
    bins = _bins(converter)
    outputs = np.asarray(outputs, np.float32)
    steps = outputs.shape[1] // (converter.classes if converter.split_instruments else 1)
    widths = np.cumsum([1, *(bins or (1, 1))])[:-1] * (outputs.shape[-1] // (1 + sum(bins or (1, 1))))
    hits, velocities, offsets = (
        part.reshape(len(outputs), steps, converter.classes, -1) for part in np.split(outputs, widths, -1)
    )
    if bins:
        # What a bin stands for, as in the original: its lower edge, were there one bin more.
        velocities = np.floor(velocities.argmax(-1) / bins[0] * MIDI_VELOCITIES) / MIDI_VELOCITIES
        offsets = 2.0 * offsets.argmax(-1) / bins[1] - 1.0
    else:
        velocities, offsets = velocities[..., 0], offsets[..., 0]
    hit = hits[..., 0] > 0.5
    return np.stack([hit, velocities * hit, offsets * hit], -1).astype(np.float32)


def drop_notes(arrays: "tf.Tensor", most: float, seed: "tf.Tensor") -> "tf.Tensor":
    """Marks random hits as unheard, soft ones more often.

    Args:
      arrays: examples float32 [batch, steps, drums, 3].
      most: each example has a drop-out probability of its own, up to this one.
      seed: [2].
    """
    import tensorflow as tf

    fold_in = tf.random.experimental.stateless_fold_in
    hits, velocities, offsets = tf.unstack(arrays, axis=-1)
    probability = most * tf.random.stateless_uniform([tf.shape(arrays)[0], 1, 1], fold_in(seed, 0))
    weight = tf.maximum(_LOUDEST_WEIGHT, 1.0 - velocities)
    dropped = tf.random.stateless_uniform(tf.shape(hits), fold_in(seed, 1)) < weight * probability
    hits = tf.where(dropped & (hits > 0.0), UNHEARD, hits)
    return tf.stack([hits, velocities, offsets], -1)


def _bins(converter: "GrooveConverter") -> tuple[int, int] | None:
    """Numbers of velocities and offsets to choose from; None where both are numbers themselves."""
    if converter.num_velocity_bins is None:
        return None
    return converter.num_velocity_bins, converter.num_offset_bins


def _task(
    converter: "GrooveConverter", hits: "tf.Tensor", velocities: "tf.Tensor", offsets: "tf.Tensor"
) -> tuple["tf.Tensor", "tf.Tensor", "tf.Tensor"]:
    """What the encoder hears of hits, velocities and offsets [batch, steps, drums]."""
    import tensorflow as tf

    parts = hits, velocities, offsets
    if converter.tapify:
        loudest = tf.argmax(velocities, -1)[..., tf.newaxis]
        place = tf.one_hot(TAP_DRUM, converter.classes)
        parts = tuple(tf.gather(part, loudest, batch_dims=2) * place for part in parts)
    keep = np.ones(converter.classes, np.float32)
    keep[list(converter.add_instruments)] = 0.0
    keep_velocities = keep * (not (converter.humanize or converter.fixed_velocities))
    keep_offsets = keep * (not converter.humanize)
    return parts[0] * keep, parts[1] * keep_velocities, parts[2] * keep_offsets


def _by_step(converter: "GrooveConverter", value: "tf.Tensor") -> "tf.Tensor":
    """Numbers of each drum, [batch, steps, drums, ...], side by side or, split, one drum after the other."""
    import tensorflow as tf

    drums = 1 if converter.split_instruments else converter.classes
    return tf.reshape(value, [-1, converter.steps, drums * int(np.prod(value.shape[3:]))])


def _numbers(
    converter: "GrooveConverter", hits: "tf.Tensor", velocities: "tf.Tensor", offsets: "tf.Tensor"
) -> "tf.Tensor":
    """All hits, all velocities and all offsets of a step, side by side: [batch, time, width]."""
    import tensorflow as tf

    bins = _bins(converter)
    if bins:
        velocities = _one_hot(velocities, 0.0, bins[0])
        offsets = _one_hot(offsets, -1.0, bins[1])
    return tf.concat([_by_step(converter, part) for part in (hits, velocities, offsets)], -1)


def _one_hot(values: "tf.Tensor", lowest: float, bins: int) -> "tf.Tensor":
    """Numbers within `lowest` and 1 as one-hot vectors [..., bins]; the first bin is `lowest` alone."""
    import tensorflow as tf

    edges = np.linspace(lowest, 1.0 + _EDGE, bins)
    passed = tf.cast(values[..., tf.newaxis] > edges[:-1].astype(np.float32), tf.int32)
    return tf.one_hot(tf.reduce_sum(passed, -1), bins)
