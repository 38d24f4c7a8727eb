"""The input of an LSTM as parts side by side: ids stay ids, and constant parts are stored once.

Time is the first axis in this file.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from base_vae.model.layers.random_streams import RandomStream
from base_vae.spaces import Categorical, MultiCategorical, Space


class LstmInput(NamedTuple):
    """A part of an LSTM's input, `width` numbers wide.

    `value` is one of
      - ids: an integer tensor of shape [time, batch], one-hot vectors without making them; -1 is all zeros,
      - a float tensor of shape [time, batch, width],
      - a float tensor of shape [1, batch, width]: the same at every step.
    """

    value: tf.Tensor
    width: int


def time_first(value: tf.Tensor) -> tf.Tensor:
    """Swaps the first two axes: [batch, time, ...] to [time, batch, ...], or back."""
    return tf.transpose(value, [1, 0, *range(2, value.shape.rank)])


def size(value: tf.Tensor) -> int | tf.Tensor:
    """Returns the length of the first axis, as an int where it is static."""
    return tf.shape(value)[0] if value.shape[0] is None else value.shape[0]


def lstm_inputs(space: Space, value: tf.Tensor) -> list[LstmInput]:
    """Returns the parts of `value`, [time, batch, ...] in `space`."""
    if isinstance(space, Categorical):
        return [LstmInput(value, space.depth)]
    if isinstance(space, MultiCategorical):
        return [LstmInput(value[..., i], depth) for i, depth in enumerate(space.depths)]
    return [LstmInput(tf.cast(value, tf.float32), space.width)]


def project(kernel: tf.Tensor, bias: tf.Tensor | None, parts: Sequence[LstmInput], dtype: str) -> tf.Tensor:
    """Multiplies parts side by side by `kernel` [width, out] and adds `bias` [out]: [time, batch, out].

    Time is 1 where no part has a time axis.
    """
    rows = tf.split(tf.cast(kernel, dtype), [part.width for part in parts])
    bias, total = None if bias is None else tf.cast(bias, dtype), None
    for part, some in zip(parts, rows, strict=True):
        if part.value.dtype.is_integer:
            term = _embed(part.value, some, tf.zeros(some.shape[1], dtype) if bias is None else bias)
        else:
            term = _matmul(tf.cast(part.value, dtype), some, bias)
        total, bias = term if total is None else total + term, None  # the first part has the bias with it
    return total


def step_projection(space: Space, kernel: tf.Tensor, dtype: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """Prepares `project` for single steps, without a gradient.

    Returns:
      A function from a step [batch, ...] in `space` to its product with `kernel` [width, out]: [batch, out]
      of `dtype`.
    """
    kernel = tf.cast(kernel, dtype)
    if not isinstance(space, Categorical | MultiCategorical):
        return lambda value: tf.matmul(tf.cast(value, dtype), kernel)
    depths = space.depths
    tables = [_table(rows) for rows in tf.split(kernel, depths)]

    def rows_of(value: tf.Tensor) -> tf.Tensor:
        ids = tf.unstack(tf.reshape(value, [-1, len(depths)]), axis=1)
        return tf.add_n([_look_up(*pair) for pair in zip(tables, ids, strict=True)])

    return rows_of


def dense(parts: Sequence[LstmInput], dtype: str) -> tf.Tensor:
    """Returns the parts side by side as one float tensor [time, batch, width] of `dtype`."""
    steps = tf.reduce_max([tf.shape(part.value)[0] for part in parts])
    columns = []
    for value, width in parts:
        if value.dtype.is_integer:
            value = tf.one_hot(value, width)
        columns.append(tf.broadcast_to(tf.cast(value, dtype), [steps, tf.shape(value)[1], width]))
    return tf.concat(columns, -1)


def dropped(parts: Sequence[LstmInput], keep: float, draws: RandomStream, dtype: str) -> list[LstmInput]:
    """Drops each number of the parts, at each step, with probability 1 - `keep`, and scales the others up.

    Srivastava et al. 2014 ("Dropout"), on the inputs of a layer as in Zaremba et al. 2014
    (arXiv:1409.2329). It stays outside the LSTM layer, or a GPU would lose its fast kernel.
    """
    value = dense(parts, dtype)
    steps, batch = tf.unstack(tf.shape(value)[:2])
    kept = draws.bernoulli([steps, batch, value.shape[-1]], keep, axis=1)
    return [LstmInput(value * (tf.cast(kept, dtype) / tf.cast(keep, dtype)), value.shape[-1])]


def _matmul(value: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
    """[time, batch, in] by [in, out], as one product of two matrices, plus [out]."""
    shape = tf.shape(value)
    flat = tf.matmul(tf.reshape(value, [-1, kernel.shape[0]]), kernel)
    if bias is not None:
        flat = tf.nn.bias_add(flat, bias)
    return tf.reshape(flat, [shape[0], shape[1], kernel.shape[1]])


@tf.custom_gradient
def _embed(
    ids: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[Any, ...]]]:
    """Returns rows of `kernel` by id, zeros for -1, plus `bias`.

    The gradient is a product: scattering rows, or adding up all of them for the bias, is far slower.
    """
    depth = kernel.shape[0]

    def grad(upstream: tf.Tensor) -> tuple[Any, ...]:
        rows = tf.where(ids < 0, depth, ids)
        one_hot = tf.one_hot(tf.reshape(rows, [-1]), depth + 1, dtype=kernel.dtype)
        d_table = tf.matmul(one_hot, tf.reshape(upstream, [-1, kernel.shape[1]]), transpose_a=True)
        return None, d_table[:-1], tf.reduce_sum(d_table, 0)

    return _look_up(_table(kernel) + bias, ids), grad


def _table(kernel: tf.Tensor) -> tf.Tensor:
    """Returns `kernel` with a row of zeros after its own."""
    return tf.concat([kernel, tf.zeros([1, kernel.shape[1]], kernel.dtype)], 0)


def _look_up(table: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
    """Returns rows of a `_table` by id, the last row for -1."""
    return tf.gather(table, tf.where(ids < 0, table.shape[0] - 1, ids))
