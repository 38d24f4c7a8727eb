"""The lines that say how far a command is."""

import pytest
from midime_scripts.common import progress
from midime_scripts.common.progress import Progress, StepProgress


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
    Clock.now = 1000.0
    return Clock


@pytest.mark.parametrize(
    "seconds, done, line",
    [
        (100, 3000, "3,000 of 10,000 files, 30 a second, 4 min to go"),  # 233 s
        (360, 1, "1 of 10,000 files, 6 min each, 999 h 54 min to go"),
        (3, 10_000, "10,000 of 10,000 files, 3,333 a second in 3 s"),
        (59, 10, ""),  # a log wants no more than a line a minute
    ],
)
def test_a_line_for_a_log(clock, capsys, seconds, done, line):
    show = Progress("files")
    clock.now += seconds
    show(done, 10_000)
    assert capsys.readouterr().err == (f"{line}\n" if line else "")


def test_steps_in_a_log_come_once_a_minute_and_at_the_end(clock, capsys):
    show = StepProgress("learning")
    for step in range(0, 200, 10):
        show(step, {"loss": 100.0 - step})
        clock.now += 7
    show.close()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[2] for line in lines] == ["0", "90", "180", "190"]
    assert lines[0] == "learning: step 0  loss 100"
