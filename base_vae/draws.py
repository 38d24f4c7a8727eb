"""Random numbers that follow from a seed, and from the place of an example in its batch."""

from typing import NamedTuple

import tensorflow as tf


class Draws(NamedTuple):
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

    def part(self, number: int | tf.Tensor) -> "Draws":
        """Another source, for one of several uses."""
        return self._replace(seed=tf.random.experimental.stateless_fold_in(self.seed, number))

    def repeated(self, times: int) -> "Draws":
        """For a batch in which every example has become `times` examples, side by side."""
        if self.rows is None:
            return self
        rows = self.rows[:, tf.newaxis] * times + tf.range(times)
        return Draws(self.seed, tf.reshape(rows, [-1]), self.total * times)

    def uniform(self, shape: list, axis: int = 0) -> tf.Tensor:
        """Numbers in (0, 1) of a shape whose `axis` is the batch; never so near the ends that logs fail."""
        if self.rows is None:
            return tf.random.stateless_uniform(shape, self.seed, 1e-20, 1 - 1e-7)
        whole = [*shape[:axis], self.total, *shape[axis + 1 :]]
        return tf.gather(tf.random.stateless_uniform(whole, self.seed, 1e-20, 1 - 1e-7), self.rows, axis=axis)

    def bernoulli(self, shape: list, probability: float, axis: int = 0) -> tf.Tensor:
        """Booleans that are true with `probability`, to within 1 / 65536, of a shape whose `axis` is the batch.

        Two of them come from each random number of 32 bits: dropout needs a great many.
        """
        whole = list(shape) if self.rows is None else [*shape[:axis], self.total, *shape[axis + 1 :]]
        halves = [*whole[:-1], (whole[-1] + 1) // 2]
        words = tf.random.stateless_uniform(halves, self.seed, minval=None, maxval=None, dtype=tf.int32)
        bits = tf.bitcast(words, tf.int16)  # [..., halves, 2]
        flat = tf.reshape(bits, [*whole[:-1], 2 * halves[-1]])[..., : whole[-1]]
        below = flat < tf.constant(round(probability * 2**16) - 2**15, tf.int16)
        return below if self.rows is None else tf.gather(below, self.rows, axis=axis)

    def normal(self, shape: list) -> tf.Tensor:
        """Standard normal numbers of a shape whose first axis is the batch."""
        if self.rows is None:
            return tf.random.stateless_normal(shape, self.seed)
        return tf.gather(tf.random.stateless_normal([self.total, *shape[1:]], self.seed), self.rows)


def part(draws: Draws | None, number: int) -> Draws | None:
    """A source for one of several uses, or None where nothing is drawn."""
    return None if draws is None else draws.part(number)
