"""Random numbers that follow from a seed, and from the place of an example in its batch."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class RandomStream(NamedTuple):
    """A source of random numbers: the same seed, the same numbers.

    Where a batch is divided among several devices, `rows` and `total` say which of its examples are here, so
    that each gets the numbers that it would have got in the whole batch.

    Attributes:
      seed: int32 [2].
      rows: int32 [batch], places of the examples in the whole batch; None: this is the whole batch.
      total: size of the whole batch.
    """

    seed: tf.Tensor
    rows: tf.Tensor | None = None
    total: int = 0

    def fold_in(self, number: int | tf.Tensor) -> "RandomStream":
        """Another source, for one of several uses."""
        return self._replace(seed=tf.random.experimental.stateless_fold_in(self.seed, number, alg="philox"))

    def repeated(self, times: int) -> "RandomStream":
        """For a batch in which every example has become `times` examples, side by side."""
        if self.rows is None:
            return self
        rows = self.rows[:, tf.newaxis] * times + tf.range(times)
        return RandomStream(self.seed, tf.reshape(rows, [-1]), self.total * times)

    def uniform(self, shape: list, axis: int = 0) -> tf.Tensor:
        """Numbers in (0, 1) of a shape whose `axis` is the batch; never so near the ends that logs fail."""
        whole, mine = self._whole(shape, axis)
        return mine(_uniform(whole, self.seed))

    def bernoulli(self, shape: list, probability: float, axis: int = 0) -> tf.Tensor:
        """Booleans, true with `probability` to within 1 / 65536, of a shape whose `axis` is the batch.

        Two of them come from each random number of 32 bits: dropout needs a great many.
        """
        whole, mine = self._whole(shape, axis)
        halves = (whole[-1] + 1) // 2
        words = tf.random.stateless_uniform(
            [*whole[:-1], halves], self.seed, None, None, tf.int32, alg="philox"
        )
        bits = tf.bitcast(words, tf.int16)  # [..., halves, 2]
        flat = tf.reshape(bits, [*whole[:-1], 2 * halves])[..., : whole[-1]]
        limit = min(round(probability * 2**16), 2**16 - 1) - 2**15
        return mine(flat < tf.constant(limit, tf.int16))

    def normal(self, shape: list) -> tf.Tensor:
        """Standard normal numbers of a shape whose first axis is the batch."""
        return tf.math.ndtri(self.uniform(shape))

    def _whole(self, shape: list, axis: int) -> tuple[list, Callable[[tf.Tensor], tf.Tensor]]:
        """`shape` for the whole batch, and what takes the examples that are here from it."""
        if self.rows is None:
            return list(shape), lambda value: value
        whole = [*shape[:axis], self.total, *shape[axis + 1 :]]
        return whole, lambda value: tf.gather(value, self.rows, axis=axis)


def _uniform(shape: list, seed: tf.Tensor) -> tf.Tensor:
    """The middles of 2^23 intervals between 0 and 1, made of random bits.

    TensorFlow and XLA draw the same bits, but each makes other numbers of them.
    """
    bits = tf.random.stateless_uniform(shape, seed, None, None, tf.uint32, alg="philox")
    intervals = tf.bitcast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), tf.int32)
    return tf.cast(intervals, tf.float32) * 2.0**-23 + 2.0**-24


def fold_in(draws: RandomStream | None, number: int) -> RandomStream | None:
    """A source for one of several uses, or None where nothing is drawn."""
    return None if draws is None else draws.fold_in(number)
