"""The one thread that works with the models, and how far it is."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from base_vae.errors import UserError

_MOST_WAITING = 64
_Result = TypeVar("_Result")


class CancelledError(Exception):
    """The user did not want to wait for it."""


class Task:
    """A longer piece of work as its thread sees it: it says how far it is, and may be cancelled.

    Args:
      announce: called from the working thread with each stage, what is done of it, and how much there is.
      between: called there between two steps: the time for short work, so that the page stays usable.
    """

    def __init__(self, announce: Callable[[str, int, int], None], between: Callable[[], None]):
        self._announce, self._between = announce, between
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ends it at the next step."""
        self._cancelled.set()

    def step(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Announces a step. Raises CancelledError where nobody wants the rest."""
        if self._cancelled.is_set():
            raise CancelledError
        self._announce(stage, done, total)
        self._between()


class Worker:
    """Runs functions one after the other in one thread: models are not shared between threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio")
        self._waiting: deque[tuple[Callable[[], Any], Future[Any]]] = deque()

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """The result of `work()`, or its error. Raises UserError if too much is waiting already."""
        if len(self._waiting) >= _MOST_WAITING:
            raise UserError("the studio has too much to do at the moment: try again in a second")
        future: Future[_Result] = Future()
        self._waiting.append((work, future))
        self._pool.submit(self._run_next)
        return await asyncio.wrap_future(future)

    def run_waiting(self) -> None:
        """Runs what is waiting, from within longer work in the thread."""
        while self._waiting:
            self._run_next()

    def _run_next(self) -> None:
        if not self._waiting:
            return  # longer work has run it
        work, future = self._waiting.popleft()
        if not future.set_running_or_notify_cancel():
            return  # nobody awaits it any more
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    def close(self) -> None:
        """Waits for nothing: what runs ends with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)
