"""Why music is left out of the examples: the reasons that several converters have, counted and in words."""

import collections

import numpy as np

from base_vae.music.piece import Piece

LEFT_OVER = "bar at the end that fills no example"
SILENT = "note that is silent"
EARLY = "note before the beginning"
UNDER_ANOTHER = "note under another one"

_MOST_QUARTERS = 2**18  # of one tempo: 36 hours at 120 quarters a minute, and arrays of a few hundred MB


def uncountable(piece: Piece) -> str | None:
    """Returns why the steps of a piece of one tempo cannot be counted; None where they can."""
    if not piece.qpm > 0:
        return "tempo that is not above 0"
    times = np.concatenate([[piece.total_time], piece.start, piece.end])
    with np.errstate(over="ignore"):
        quarters = np.abs(times).max() * piece.qpm / 60.0
    if not quarters <= _MOST_QUARTERS:  # nor is NaN
        return f"music of more than {_MOST_QUARTERS:,} quarter notes"
    return None


def count(rejected: collections.Counter[str], reason: str, number: int) -> None:
    """Adds to the reasons in a report, if `number` is above 0."""
    if number > 0:
        rejected[reason] += int(number)


def in_words(rejected: collections.Counter[str]) -> str:
    """Reasons and how often each kept something out, the most frequent first."""
    return ", ".join(f"{reason} ({number:,})" for reason, number in rejected.most_common())
