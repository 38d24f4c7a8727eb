"""Progress for a log: Keras prints nothing there until the last step."""

import time
from collections.abc import Sequence
from typing import Any

import keras

_SECONDS = 60.0


class LineAMinute(keras.utils.Progbar):
    """A Progbar of verbosity 2 that also prints a line a minute."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._printed = time.monotonic()

    def update(
        self, current: int, values: Sequence[tuple[str, float]] | None = None, finalize: bool | None = None
    ) -> None:
        """Takes in the step `current` and its (name, figure) pairs, as Progbar does."""
        if not finalize and time.monotonic() - self._printed >= _SECONDS:
            self._printed = time.monotonic()
            figures = "".join(f" - {name}: {float(value):.4g}" for name, value in values or ())
            print(f"{current}/{self.target}{figures}", flush=True)
        super().update(current, values, finalize)
