"""Batches for training: shuffled and transposed as pure functions of a seed and the step.

Nothing is remembered from step to step, so a run that resumes at step s sees exactly the batches that it
would have seen.
"""

import numpy as np
import tensorflow as tf

from base_vae.converters import Converter
from base_vae.ranges import check_arguments

fold_in = tf.random.experimental.stateless_fold_in


def training_batches(
    examples: np.ndarray,
    converter: Converter,
    batch_size: int,
    *,
    seed: int = 0,
    transpose: tuple[int, int] | None = None,
    start_step: int = 0,
) -> tf.data.Dataset:
    """Endless batches, every example once an epoch, in a new order and key each time.

    Args:
      examples: arrays of `converter`, [examples, *converter.shape].
      converter: makes the model's tensors of them.
      batch_size: examples in a batch; a batch may reach over the end of an epoch.
      seed: the same seed gives the same batches.
      transpose: lowest and highest transposition in semitones, or None.
      start_step: global step of the first batch.

    Returns:
      A dataset of `Tensors` as dictionaries, without the entries that are None, and `rows`, int32
      [batch_size]: the place of each example in the batch, which stays with it when a batch is divided.
    """
    check_arguments(seed=seed)
    data, count = tf.constant(np.asarray(examples)), len(examples)

    def batch(step: tf.Tensor) -> dict[str, tf.Tensor]:
        position = step * batch_size + tf.range(batch_size, dtype=tf.int64)
        epoch = position // count
        # The public wrapper of this operation takes no seed for each index, and a batch can span epochs.
        index = tf.raw_ops.RandomIndexShuffle(
            index=position % count,
            seed=tf.stack([tf.fill([batch_size], tf.constant(seed, tf.int64)), epoch, epoch * 0], 1),
            max_index=tf.constant(count - 1, tf.int64),
        )
        arrays = _widened(tf.gather(data, index))
        draws = tf.stack([tf.constant(seed, tf.int64), step])
        arrays = converter.augment(arrays, transpose or (0, 0), fold_in(draws, 2))
        return {**as_dict(converter, arrays), "rows": tf.range(batch_size)}

    steps = tf.data.Dataset.range(start_step, np.iinfo(np.int64).max)
    return steps.map(batch, num_parallel_calls=1).prefetch(4)


def evaluation_batches(examples: np.ndarray, converter: Converter, batch_size: int) -> tf.data.Dataset:
    """Every example once, in order, the last batch as short as it comes; `Tensors` as dictionaries."""
    arrays = tf.data.Dataset.from_tensor_slices(np.asarray(examples)).batch(batch_size)
    return arrays.map(lambda some: as_dict(converter, _widened(some))).prefetch(2)


def as_dict(converter: Converter, arrays: tf.Tensor) -> dict[str, tf.Tensor]:
    """Makes a batch for the model from examples: `Tensors` without the entries that are None."""
    tensors = converter.tensors(arrays)._asdict()
    return {name: value for name, value in tensors.items() if value is not None}


def _widened(arrays: tf.Tensor) -> tf.Tensor:
    """Whole numbers as int32, others as float32."""
    return tf.cast(arrays, tf.int32 if arrays.dtype.is_integer else tf.float32)
