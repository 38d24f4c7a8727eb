"""How far a command is, on one line of the terminal."""

import sys
import time

_WIDTH = 30
_SECONDS_BETWEEN = 0.2


class Progress:
    """A bar that a long piece of work draws: call it with what is done and what there is.

    Where standard error is no terminal, it draws a line now and then, which a log can keep.
    """

    def __init__(self, noun: str):
        """Counts in `noun`, a plural."""
        self._noun = noun
        self._start = self._drawn = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """RandomStream, unless that was a moment ago."""
        now = time.monotonic()
        wait = _SECONDS_BETWEEN if self._terminal else 60.0
        if done < total and now - self._drawn < wait:
            return
        self._drawn = now
        rate = max(done, 1) / max(now - self._start, 1e-9)
        left = (total - done) / rate
        filled = _WIDTH * done // max(total, 1)
        bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] " if self._terminal else ""
        rest = f", {_duration(left)} to go" if done < total else f" in {_duration(now - self._start)}"
        line = f"{bar}{done:,} of {total:,} {self._noun}, {_speed(rate)}{rest}"
        end = "" if self._terminal and done < total else "\n"
        print(("\r\033[K" if self._terminal else "") + line, end=end, file=sys.stderr, flush=True)


def _speed(rate: float) -> str:
    return f"{rate:,.0f} a second" if rate >= 1 else f"{_duration(1 / rate)} each"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
