"""How far a command is: on one line of the terminal, or a line a minute in a file."""

import sys
import time
from collections.abc import Mapping

from midime_scripts.common.terminal import redraw

_WIDTH = 30
_TERMINAL_SECONDS, _FILE_SECONDS = 0.2, 60.0  # between two lines


class _Lines:
    """Lines on standard error, each in place of the last one where that is a terminal."""

    def __init__(self) -> None:
        self.on_terminal = sys.stderr.isatty()
        self.start = self._shown = time.monotonic()

    def due(self) -> bool:
        """Whether the last line is old enough for a new one."""
        wait = _TERMINAL_SECONDS if self.on_terminal else _FILE_SECONDS
        return time.monotonic() - self._shown >= wait

    def show(self, line: str, last: bool = False) -> None:
        """Shows a line; nothing follows the last one."""
        self._shown = time.monotonic()
        if not self.on_terminal:
            print(line, file=sys.stderr, flush=True)
            return
        redraw(line)
        if last:
            print(file=sys.stderr, flush=True)


class Progress:
    """A bar that a long piece of work draws: call it with what is done and what there is."""

    def __init__(self, noun: str):
        """Counts in `noun`, a plural."""
        self._noun = noun
        self._lines = _Lines()

    def __call__(self, done: int, total: int) -> None:
        """Shows how much of the total is done, unless it did so a moment ago."""
        if done < total and not self._lines.due():
            return
        seconds = time.monotonic() - self._lines.start
        rate = max(done, 1) / max(seconds, 1e-9)
        filled = _WIDTH * done // max(total, 1)
        bar = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] " if self._lines.on_terminal else ""
        rest = f", {_duration((total - done) / rate)} to go" if done < total else f" in {_duration(seconds)}"
        line = f"{bar}{done:,} of {total:,} {self._noun}, {_speed(rate)}{rest}"
        self._lines.show(line, last=done == total)


class StepProgress:
    """The step and the losses of a training: call it with both, and `close` it at the end."""

    def __init__(self, word: str):
        """Begins each line with `word`."""
        self._word = word
        self._lines = _Lines()
        self._line = self._shown = ""

    def __call__(self, step: int, losses: Mapping[str, float]) -> None:
        """Shows a step, unless it showed one a moment ago."""
        figures = "  ".join(f"{name} {value:.3g}" for name, value in losses.items())
        self._line = f"{self._word}: step {step:,}  {figures}"
        if not self._shown or self._lines.due():
            self._lines.show(self._line)
            self._shown = self._line

    def close(self) -> None:
        """Shows the last step."""
        if self._line != self._shown or self._lines.on_terminal:
            self._lines.show(self._line, last=True)


def _speed(rate: float) -> str:
    return f"{rate:,.0f} a second" if rate >= 1 else f"{_duration(1 / rate)} each"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
