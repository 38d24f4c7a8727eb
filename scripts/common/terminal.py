"""The output of the commands: plain text, and a quiet end where nobody reads on."""

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from typing import TextIO

from base_vae.errors import UserError

# Controls of a terminal but for the new line and the tab, and signs that turn the direction of writing.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST_WORD, _LONGEST_LINE = 400, 2000
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class ReaderGone(BaseException):
    """An error: nobody reads the output any more, as when `head` has seen enough."""


class PlainText:
    """A stream that shows control characters, which a file's name may hold, and does not obey them."""

    def __init__(self, stream: TextIO):
        """Writes to `stream`, which is there as `raw` for what is meant to move a cursor."""
        self.raw = stream

    def __getattr__(self, name: str):
        return getattr(self.raw, name)

    def write(self, text: str) -> int:
        """Writes text. Raises ReaderGone, or UserError where the disk that it goes to is full."""
        with _said_plainly():
            self.raw.write(_CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text))
        return len(text)

    def flush(self) -> None:
        """Flushes the stream; raises as `write` does."""
        with _said_plainly():
            self.raw.flush()


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise UserError(f"standard output cannot be written: {error.strerror}") from error
        raise


@contextlib.contextmanager
def plain_output() -> Iterator[None]:
    """Standard output and error as plain text, whatever encoding and characters they have."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that this terminal cannot show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    out, error = PlainText(sys.stdout), PlainText(sys.stderr)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        yield


def redraw(line: str) -> None:
    """Draws a line on standard error in place of the last one."""
    stream = getattr(sys.stderr, "raw", sys.stderr)
    stream.write(f"\r\033[K{_CONTROLS.sub('', line)}")
    stream.flush()


def discard_output() -> None:
    """Discards what is still to be printed, so that the process ends without complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def shortened(text: str) -> str:
    """A message whose overlong words and lines, which only values can be, lose their middles."""
    text = re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda word: _cut(word[0], _LONGEST_WORD), text)
    return "\n".join(_cut(line, _LONGEST_LINE) for line in text.split("\n"))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 4 :]}"
