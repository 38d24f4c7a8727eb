"""Random numbers that follow from a seed and from an example's place in its batch."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

Shape = Sequence[Any]  # ints and scalar tensors


class RandomStream(NamedTuple):
    """A source of random numbers: the same seed, the same numbers.

    Where a batch is divided among several devices, `rows` and `total` locate this device's examples in it, so
    that each example gets the numbers it would get in the whole batch.

    Attributes:
      seed: int32 [2].
      rows: int32 [batch], places of the examples in the whole batch; None: this is the whole batch.
      total: size of the whole batch.
    """

    seed: tf.Tensor
    rows: tf.Tensor | None = None
    total: int = 0

    def fold_in(self, number: int | tf.Tensor) -> "RandomStream":
        """Returns an independent stream, for one of several uses."""
        return self._replace(seed=tf.random.experimental.stateless_fold_in(self.seed, number, alg="philox"))

    def repeated(self, times: int) -> "RandomStream":
        """Returns the stream of a batch in which every example has become `times` adjacent examples."""
        if self.rows is None:
            return self
        rows = self.rows[:, tf.newaxis] * times + tf.range(times)
        return RandomStream(self.seed, tf.reshape(rows, [-1]), self.total * times)

    def uniform(self, shape: Shape, axis: int = 0) -> tf.Tensor:
        """Draws numbers in (0, 1), away from both ends so that logs are finite; `axis` is the batch."""
        whole, take = self._whole(shape, axis)
        return take(_uniform(whole, self.seed))

    def bernoulli(self, shape: Shape, probability: float, axis: int = 0) -> tf.Tensor:
        """Draws booleans, true with `probability` to within 1 / 65536; `axis` is the batch.

        Each random number of 32 bits gives two of them, as dropout needs many.
        """
        whole, take = self._whole(shape, axis)
        halves = (whole[-1] + 1) // 2
        words = tf.random.stateless_uniform(
            [*whole[:-1], halves], self.seed, None, None, tf.int32, alg="philox"
        )
        bits = tf.bitcast(words, tf.int16)  # [..., halves, 2]
        flat = tf.reshape(bits, [*whole[:-1], 2 * halves])[..., : whole[-1]]
        limit = min(round(probability * 2**16), 2**16 - 1) - 2**15
        return take(flat < tf.constant(limit, tf.int16))

    def normal(self, shape: Shape) -> tf.Tensor:
        """Draws standard normal numbers; the first axis is the batch."""
        return tf.math.ndtri(self.uniform(shape))

    def _whole(self, shape: Shape, axis: int) -> tuple[list[Any], Callable[[tf.Tensor], tf.Tensor]]:
        """Returns `shape` for the whole batch, and the function that takes this device's examples from it."""
        if self.rows is None:
            return list(shape), lambda value: value
        whole = [*shape[:axis], self.total, *shape[axis + 1 :]]
        return whole, lambda value: tf.gather(value, self.rows, axis=axis)


def _uniform(shape: Shape, seed: tf.Tensor) -> tf.Tensor:
    """Draws the middles of 2^23 intervals between 0 and 1.

    Made of random bits: TensorFlow and XLA draw the same bits, but turn them into different numbers.
    """
    bits = tf.random.stateless_uniform(shape, seed, None, None, tf.uint32, alg="philox")
    intervals = tf.bitcast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), tf.int32)
    return tf.cast(intervals, tf.float32) * 2.0**-23 + 2.0**-24


def fold_in(draws: RandomStream | None, number: int) -> RandomStream | None:
    """Returns `draws.fold_in(number)`, or None where nothing is drawn."""
    return None if draws is None else draws.fold_in(number)
