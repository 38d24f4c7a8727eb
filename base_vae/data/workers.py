"""The same work on many things, on all cores, the results in order."""

import collections
import itertools
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TypeVar

from base_vae.errors import UserError

_In = TypeVar("_In")
_Out = TypeVar("_Out")

# A worker needs two seconds to begin. So the work begins here, and goes on there if that pays.
_FIRST_SECONDS, _WORTHWHILE_SECONDS = 1.5, 6.0
_AHEAD = 4  # chunks a worker, at most, whose results may wait for their turn


def cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    work: Callable[[_In], _Out],
    things: Iterable[_In],
    *,
    num_workers: int | None = None,
    chunk: int = 8,
) -> Iterator[_Out]:
    """Yields `work(thing)` of each, in order; memory does not grow with the number of things.

    Args:
      work: a function that can be pickled; an error it raises ends everything.
      things: can be pickled too, and are taken one by one.
      num_workers: processes, which do not change the results; None takes every core where there is enough to
        do, and 1 none but this one.
      chunk: number of things that travel to a worker together.

    Raises:
      UserError: if a worker dies.
    """
    if num_workers == 1 or (num_workers is None and cores() == 1):
        yield from map(work, things)
        return
    total = len(things) if isinstance(things, Sized) else math.inf
    things = iter(things)
    done, start = 0, time.monotonic()
    while num_workers is None:
        try:
            thing = next(things)
        except StopIteration:
            return
        yield work(thing)
        done += 1
        seconds = time.monotonic() - start
        if seconds > _FIRST_SECONDS and seconds / done * (total - done) > _WORTHWHILE_SECONDS:
            break
    yield from _in_pool(work, things, num_workers or cores(), chunk)


def _in_pool(work: Callable[[_In], _Out], things: Iterator[_In], workers: int, chunk: int) -> Iterator[_Out]:
    # Unlike the standard library's processes, loky's do not run the user's script again, which would
    # need a guard there, and do not inherit TensorFlow's threads.
    from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

    waiting: collections.deque = collections.deque()
    executor = ProcessPoolExecutor(max_workers=workers)
    try:
        while some := list(itertools.islice(things, chunk)):
            waiting.append(executor.submit(_each, work, some))
            if len(waiting) >= _AHEAD * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UserError(
            "a worker process was killed, most likely because memory ran out: "
            f"use fewer than {workers} (--num_workers)"
        ) from error
    finally:
        for future in waiting:
            future.cancel()
        executor.shutdown()


def _each(work: Callable[[_In], _Out], things: list[_In]) -> list[_Out]:
    return [work(thing) for thing in things]
