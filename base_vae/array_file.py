"""Arrays in an .npz file, read within limits: sizes are checked before memory is taken."""

import io
import math
import os
import zipfile
import zlib
from collections.abc import Collection, Iterable

import numpy as np

from base_vae.errors import UserError

_MOST_BYTES = 2**28  # of an array; the largest, of a personal model over a big base, has a few million


def read_arrays(
    path: str | os.PathLike[str],
    required: Iterable[str],
    *,
    optional: Collection[str] = (),
    may_be_nan: Collection[str] = (),
    text: Collection[str] = (),
) -> dict[str, np.ndarray]:
    """Arrays that `numpy.savez` wrote, by name.

    Args:
      path: the file.
      required: names of arrays that must be there.
      optional: names of arrays that are read if they are there.
      may_be_nan: names of arrays that may hold NaN or infinities, which are refused in the others.
      text: names of arrays of text; the others are of numbers.

    Raises:
      FileNotFoundError: if there is no such file.
      UserError: if it is not an .npz file, is damaged, or an array is missing, too large, or not of numbers.
    """
    arrays = {}
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise UserError(f"{path} cannot be read: it is not a regular file")
    try:
        with zipfile.ZipFile(path) as archive:
            there = set(archive.namelist())
            for name in [*required, *(name for name in optional if f"{name}.npy" in there)]:
                if f"{name}.npy" not in there:
                    raise UserError(f"{path} cannot be read: it has no array {name!r}")
                arrays[name] = _read(archive, name)
    except FileNotFoundError:
        raise
    except UserError:
        raise
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    for name, array in arrays.items():
        if array.dtype.kind not in ("U" if name in text else "biuf"):
            raise UserError(
                f"{path} cannot be used: its array {name!r} is not of {'text' if name in text else 'numbers'}"
            )
        if array.dtype.kind == "f" and name not in may_be_nan and not np.isfinite(array).all():
            raise UserError(f"{path} cannot be used: its array {name!r} holds numbers that are not finite")
    return arrays


def _read(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """The array of a member. Raises ValueError if it is too large, damaged or of Python objects."""
    info = archive.getinfo(f"{name}.npy")
    if info.file_size > _MOST_BYTES:
        raise ValueError(f"its array {name!r} is larger than {_MOST_BYTES >> 20} MiB")
    with archive.open(info) as member:
        data = io.BytesIO(member.read(_MOST_BYTES))
    shape, _, dtype = _header(data)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(data.getbuffer()) - data.tell():
        raise ValueError(f"its array {name!r} does not have the size that it claims")
    data.seek(0)
    array: np.ndarray = np.lib.format.read_array(data, allow_pickle=False)
    return array


def _header(data: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether Fortran's order, and type of a .npy file, which is left after its header."""
    version = np.lib.format.read_magic(data)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(data)
    return np.lib.format.read_array_header_2_0(data)
