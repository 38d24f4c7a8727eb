"""The one exception whose message is written for the person at the keyboard."""

import difflib
from collections.abc import Iterable
from typing import Any


class UserError(ValueError):
    """Something the user gave cannot be used.

    The message is one sentence or a short list: what was wrong, what is allowed, what was received, and
    what to do. Commands print it and exit with 1; a traceback is shown only with `--debug`.
    """


def closest_first(name: Any, known: Iterable[str]) -> list[str]:
    """The known names: those that `name` may stand for first, the rest in their order."""
    known = list(known)
    close = difflib.get_close_matches(str(name), known, 3)
    return close + [other for other in known if other not in close]


def shortened(value: object, most: int = 40) -> str:
    r"""The text of a value for a message: one line without control characters, cut where it is too long.

    >>> shortened("\x1b[31mred\n" + "x" * 1000, 12)
    '?[31mred?xxx...'
    """
    text = str(value)[: most + 1]
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= most else f"{text[:most]}..."


def raise_all(errors: list[str]) -> None:
    """Raises one UserError that lists every mistake, or nothing where there is none."""
    if errors:
        raise UserError("; ".join(errors))


def in_short(error: BaseException) -> str:
    """The kind of an error and the first line of its message: `ValueError: not enough values`."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {shortened(lines[0], 100)}" if lines else type(error).__name__
