"""The one thread that works with the models, and how far it is."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from base_vae.errors import UserError

_MOST_WAITING = 64
_Result = TypeVar("_Result")


class CancelledError(Exception):
    """The user did not want to wait for it."""


class Task:
    """A longer piece of work as its thread sees it: it says how far it is, and may be cancelled.

    Args:
      announce: called from the working thread with each stage, what is done of it, and how much there is.
    """

    def __init__(self, announce: Callable[[str, int, int], None]):
        self._announce = announce
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ends it at the next step."""
        self._cancelled.set()

    def step(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Announces a step. Raises CancelledError where nobody wants the rest."""
        if self._cancelled.is_set():
            raise CancelledError
        self._announce(stage, done, total)


class Worker:
    """Runs functions one after the other in one thread: models are not shared between threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio")
        self._waiting = 0

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of `work()`, or its error. Raises UserError if too much is waiting already."""
        if self._waiting >= _MOST_WAITING:
            raise UserError("the studio has too much to do at the moment: try again in a second")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(self._done)
        return await future

    def _done(self, future: asyncio.Future) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # taken note of, where nobody awaits it any more

    def close(self) -> None:
        """Waits for nothing: what runs ends with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)
