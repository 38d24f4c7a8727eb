"""The line that says how far a command is."""

import pytest

from scripts.common import progress
from scripts.common.progress import Progress


@pytest.mark.parametrize(
    "seconds, done, line",
    [
        (100, 3000, "3,000 of 10,000 files, 30 a second, 4 min to go"),  # 233 s
        (360, 1, "1 of 10,000 files, 6 min each, 999 h 54 min to go"),
        (3, 10_000, "10,000 of 10,000 files, 3,333 a second in 3 s"),
        (59, 10, ""),  # a log wants no more than a line a minute
    ],
)
def test_a_line_for_a_log(monkeypatch, capsys, seconds, done, line):
    clock = iter([1000.0, 1000.0 + seconds])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    Progress("files")(done, 10_000)
    assert capsys.readouterr().err == (f"{line}\n" if line else "")
