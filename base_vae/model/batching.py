"""Batches of a few fixed sizes, so that compiled functions are compiled once for each of them."""

from collections.abc import Callable, Sequence

import numpy as np

from base_vae.errors import UserError

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


def padded_size(rows: int) -> int:
    """Returns the compiled batch size that `rows` is padded to, 512 at most.

    >>> padded_size(9)
    16
    """
    return next((size for size in _SIZES if size >= rows), _SIZES[-1])


def padded(rows: np.ndarray, size: int) -> np.ndarray:
    """Returns `rows` with zeros after them, `size` rows in all."""
    return np.concatenate([rows, np.zeros((size - len(rows), *rows.shape[1:]), rows.dtype)])


def in_batches(
    function: Callable[[np.ndarray, int], Sequence[np.ndarray]], rows: np.ndarray
) -> list[list[np.ndarray]]:
    """Applies `function(chunk, start)` to padded chunks of `rows`; returns its results without padding.

    Raises:
      UserError: if there are no rows.
    """
    if not len(rows):
        raise UserError("there is nothing to work on: no sequence was given")
    results = []
    for start in range(0, len(rows), _SIZES[-1]):
        chunk = rows[start : start + _SIZES[-1]]
        given = padded(chunk, padded_size(len(chunk)))
        results.append([np.asarray(result)[: len(chunk)] for result in function(given, start)])
    return results
