"""The working thread: one thing after the other, short work between the steps of longer work."""

import asyncio
import threading

import pytest
from midime_scripts.studio.worker import CancelledError, Task, Worker

from base_vae.errors import UserError


def test_short_work_is_done_between_the_steps_of_longer_work():
    order, threads = [], set()

    def note(name):
        order.append(name)
        threads.add(threading.get_ident())
        return name

    async def work():
        worker, waiting = Worker(), asyncio.Event()
        loop = asyncio.get_running_loop()
        task = Task(lambda *_: None, worker.run_waiting)

        def longer():
            note("begins")
            loop.call_soon_threadsafe(waiting.set)
            go.wait(30)
            task.step("half")
            return note("ends")

        go = threading.Event()
        first = asyncio.create_task(worker.run(longer))
        await waiting.wait()
        shorts = [asyncio.create_task(worker.run(lambda n=n: note(n))) for n in (1, 2)]
        await asyncio.sleep(0)
        go.set()
        results = await asyncio.gather(*shorts, first)
        worker.close()
        return results

    assert asyncio.run(work()) == [1, 2, "ends"]
    assert order == ["begins", 1, 2, "ends"] and len(threads) == 1


def test_an_error_is_its_callers_and_too_much_is_refused():
    async def work():
        worker, go = Worker(), threading.Event()
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 / 0)
        tasks = [asyncio.create_task(worker.run(lambda: go.wait(30))) for _ in range(80)]
        await asyncio.sleep(0.2)
        go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert await worker.run(lambda: "still there") == "still there"
        worker.close()
        return results

    results = asyncio.run(work())
    assert any(isinstance(each, UserError) for each in results) and results[0] is True


def test_a_cancelled_task_ends_at_its_next_step():
    announced = []
    task = Task(lambda *step: announced.append(step), lambda: None)
    task.step("Learning", 1, 2)
    task.cancel()
    with pytest.raises(CancelledError):
        task.step("Learning", 2, 2)
    assert announced == [("Learning", 1, 2)]
