"""What is asked of a piece, as people write it: `density:+1`, `density=8`, `density=4@1-8,8@9-16`."""

import dataclasses
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from base_vae.errors import UserError, closest_first, shortened
from base_vae.ranges import check_finite

if TYPE_CHECKING:
    from base_vae.faders.directions import Directions

_FORM = (
    "an attribute is asked for like density:+1 (by standard deviations), density=8 (its value), or "
    "density=4@1-8,8@9-16 (in bars 1 to 8 and 9 to 16)"
)
_PART = re.compile(
    r"(?:(\w+)\s*([:=])\s*)?([+-]?[\d.]+(?:e[+-]?\d+)?)\s*(?:@\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?)?", re.I
)


@dataclasses.dataclass(frozen=True)
class Request:
    """One attribute of one stretch of bars.

    Attributes:
      name: of the attribute.
      number: standard deviations to change by, or the value to reach.
      is_value: which of the two.
      bars: first and last bar, counted from 1; None for all.
    """

    name: str
    number: float
    is_value: bool = False
    bars: tuple[int, int] | None = None

    def overlap(self, first: int, last: int) -> int:
        """How many of the bars `first` to `last` it is for."""
        begin, end = self.bars or (first, last)
        return max(min(end, last) - max(begin, first) + 1, 0)


def parse(text: str) -> list[Request]:
    """Requests from what a person writes, separated by commas; one without a name is for the last name.

    Raises:
      UserError: if it cannot be read, naming the part.
    """
    requests: list[Request] = []
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if not match or not (match[1] or requests):
            raise UserError(f"{_FORM} (received {shortened(part.strip())!r})")
        name = match[1] or requests[-1].name
        is_value = match[2] == "=" if match[2] else requests[-1].is_value
        try:
            number = float(match[3])
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise UserError(f"{_FORM} (received {shortened(part.strip())!r})")
        bars = None
        if match[4]:
            bars = int(match[4]), int(match[5] or match[4])
            if not 1 <= bars[0] <= bars[1]:
                raise UserError(f"bars go up from 1, like @1-8 (received {shortened(part.strip())!r})")
        requests.append(Request(name, number, is_value, bars))
    return requests


def requests_of(
    changes: Mapping[str, float] | str | Iterable[Request] | None, values: Mapping[str, float] | None = None
) -> list[Request]:
    """All that is asked, in one form.

    Args:
      changes: standard deviations by attribute, text for `parse`, or requests.
      values: values by attribute.

    Raises:
      UserError: if nothing is asked, a number is not finite, or an attribute is asked for twice in a bar.
    """
    if isinstance(changes, str):
        requests = parse(changes)
    elif isinstance(changes, Mapping):
        requests = [Request(name, number) for name, number in changes.items()]
    elif changes is None or isinstance(changes, Iterable):
        requests = [] if changes is None else list(changes)
    else:
        raise UserError(f"{_FORM} (received {shortened(repr(changes))})")
    if not isinstance(values or {}, Mapping) or not all(isinstance(each, Request) for each in requests):
        received = values if isinstance(changes, str | Mapping | None) else changes
        raise UserError(f"{_FORM} (received {shortened(repr(received))})")
    requests += [Request(name, number, is_value=True) for name, number in (values or {}).items()]
    if not requests:
        raise UserError("no change is asked for: name an attribute, such as density:+1")
    check_finite(changes=[request.number for request in requests])
    for one, other in itertools.combinations(requests, 2):
        if one.name == other.name and (not one.bars or other.overlap(*one.bars)):
            raise UserError(f"{one.name} is asked for twice: give it once, or for bars that do not overlap")
    return requests


def require(requests: Iterable[Request], names: Iterable[str]) -> None:
    """Raises UserError unless all that is asked is among the attributes that change in a model's music."""
    names = tuple(names)
    unknown = [request.name for request in requests if request.name not in names]
    if unknown:
        known = ", ".join(closest_first(unknown[0], names))
        named = ", ".join(shortened(name) for name in unknown)
        raise UserError(f"this model's music has no attribute {named}; it has {known}")


def targets(
    requests: Iterable[Request], before: np.ndarray, directions: "Directions", bars: int
) -> np.ndarray:
    """The values to reach, float64 [examples, attributes]; NaN where nothing is asked.

    An example gets what is asked for most of its bars, of equals the first. A change asks for no more than
    the model's music ever has, and for nothing where the attribute is not defined (the pitch of silence).

    Args:
      requests: what is asked.
      before: values of consecutive examples, [examples, attributes].
      directions: of the attributes.
      bars: in an example.
    """
    wanted = np.full(before.shape, np.nan)
    most = np.zeros(before.shape, np.int64)
    first = 1 + bars * np.arange(len(before))
    for request in requests:
        column = directions.names.index(request.name)
        overlap = np.array([request.overlap(bar, bar + bars - 1) for bar in first.tolist()])
        here = overlap > most[:, column]
        changed = before[:, column] + request.number * directions.spreads[column]
        changed = np.clip(changed, *directions.extents[column])
        wanted[here, column] = request.number if request.is_value else changed[here]
        most[here, column] = overlap[here]
    return wanted
