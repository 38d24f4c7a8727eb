"""A .npy file that grows: for more examples than fit into memory."""

from pathlib import Path
from types import TracebackType

import numpy as np


class ExampleFile:
    """Writes arrays of one shape one after the other; a context manager.

    The header of a .npy file holds their number. NumPy leaves room in it for any number, so that it can
    be written first and corrected at the end.
    """

    def __init__(self, path: str | Path, shape: tuple[int, ...], dtype: np.typing.DTypeLike):
        """Begins a file of examples of `shape` and `dtype`."""
        self.count = 0
        self._shape, self._dtype = tuple(shape), np.dtype(dtype)
        self._file = open(path, "wb")  # noqa: SIM115  (close() closes it)
        self._header()

    def append(self, examples: np.ndarray) -> None:
        """Adds examples [n, *shape]."""
        if examples.shape[1:] != self._shape or examples.dtype != self._dtype:
            raise ValueError(
                f"examples must be {self._dtype} {self._shape} "
                f"(received {examples.dtype} {examples.shape[1:]})"
            )
        self._file.write(np.ascontiguousarray(examples).tobytes())
        self.count += len(examples)

    def close(self) -> None:
        """Writes how many there are, and closes the file."""
        self._file.seek(0)
        self._header()
        self._file.close()

    def _header(self) -> None:
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self.count, *self._shape),
        }
        np.lib.format.write_array_header_1_0(self._file, header)

    def __enter__(self) -> "ExampleFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
