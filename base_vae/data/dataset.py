"""Batches for training: shuffled and transposed as pure functions of a seed and the step.

Nothing is remembered from step to step, so a run that resumes at step s sees exactly the batches that it
would have seen.
"""

import numpy as np
import tensorflow as tf

from base_vae.converters.melody import FIRST_NOTE

fold_in = tf.random.experimental.stateless_fold_in


def training_batches(
    examples: np.ndarray,
    batch_size: int,
    seed: int,
    depth: int,
    transpose: tuple[int, int] | None = None,
    start_step: int = 0,
) -> tf.data.Dataset:
    """Endless batches, every example once an epoch, in a new order and key each time.

    Args:
      examples: uint8 ids of shape [examples, steps].
      batch_size: examples in a batch; a batch may reach over the end of an epoch.
      seed: the same seed gives the same batches.
      depth: number of different ids.
      transpose: lowest and highest transposition in semitones, or None.
      start_step: global step of the first batch.

    Returns:
      A dataset of int32 tensors of shape [batch_size, steps].
    """
    data, count = tf.constant(examples), len(examples)

    def batch(step: tf.Tensor) -> tf.Tensor:
        position = step * batch_size + tf.range(batch_size, dtype=tf.int64)
        epoch = position // count
        # The public wrapper of this operation takes no seed for each index, and a batch can span epochs.
        index = tf.raw_ops.RandomIndexShuffle(
            index=position % count,
            seed=tf.stack([tf.fill([batch_size], tf.constant(seed, tf.int64)), epoch, epoch * 0], 1),
            max_index=tf.constant(count - 1, tf.int64),
        )
        ids = tf.cast(tf.gather(data, index), tf.int32)
        if transpose is None:
            return ids
        return random_transposition(
            ids, transpose, depth, fold_in(tf.stack([tf.constant(seed, tf.int64), step]), 2)
        )

    steps = tf.data.Dataset.range(start_step, np.iinfo(np.int64).max)
    return steps.map(batch, num_parallel_calls=1).prefetch(4)


def random_transposition(
    ids: tf.Tensor, semitones: tuple[int, int], depth: int, seed: tf.Tensor
) -> tf.Tensor:
    """Moves each melody by a random interval that keeps all of it in range; nothing is clipped.

    Args:
      ids: int32 [batch, steps].
      semitones: lowest and highest transposition.
      depth: number of different ids.
      seed: [2].
    """
    is_note = ids >= FIRST_NOTE
    lowest = tf.reduce_min(tf.where(is_note, ids, depth - 1), 1)
    highest = tf.reduce_max(tf.where(is_note, ids, FIRST_NOTE), 1)
    low = tf.maximum(semitones[0], FIRST_NOTE - lowest)
    high = tf.minimum(semitones[1], depth - 1 - highest)
    uniform = tf.random.stateless_uniform(tf.shape(low), seed)
    shift = low + tf.cast(uniform * tf.cast(high - low + 1, tf.float32), tf.int32)
    return tf.where(is_note, ids + shift[:, tf.newaxis], ids)


def evaluation_batches(examples: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Every example once, in order, the last batch as short as it comes; int32 [batch, steps]."""
    return tf.data.Dataset.from_tensor_slices(examples.astype(np.int32)).batch(batch_size)
