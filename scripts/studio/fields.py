"""The values of a request, each within what is allowed."""

import math
from collections.abc import Mapping
from typing import Any

from base_vae.errors import UserError

LARGEST_SEED = 2**31 - 1


class Fields:
    """A JSON object from the page.

    Args:
      values: whatever came; anything but an object is refused.

    Raises:
      UserError: from every method, with the name of the field, what is allowed and what was received.
    """

    def __init__(self, values: Any):
        if not isinstance(values, Mapping):
            raise UserError(f"an object with named values is needed (received {_short(values)})")
        self._values = values

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A number from `low` to `high`."""
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise UserError(f"`{name}` must be within {low:g} and {high:g} (received {_short(value)})")
        return float(value)

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        value = self.number(name, low, high, default)
        if value != int(value):
            raise UserError(f"`{name}` must be a whole number (received {value:g})")
        return int(value)

    def numbers(self, name: str, count: int | None, reach: float) -> list[float]:
        """Numbers, as many as `count` (None: any number of them), each within `-reach` and `reach`."""
        values = self._values.get(name)
        if count is None and values is None:
            return []
        if not isinstance(values, list) or len(values) != (len(values) if count is None else count):
            raise UserError(f"`{name}` must be {count} numbers (received {_short(values)})")
        each = Fields({f"{name}[{i}]": value for i, value in enumerate(values)})
        return [each.number(f"{name}[{i}]", -reach, reach) for i in range(len(values))]

    def rows(self, name: str, most: int) -> list[Any]:
        """A list of at most `most` things."""
        values = self._values.get(name)
        if not isinstance(values, list) or len(values) > most:
            raise UserError(f"`{name}` must be a list of at most {most:,} (received {_short(values)})")
        return values

    def text(self, name: str, default: str = "", most: int = 200) -> str:
        """A text, cut where it is longer than `most`."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise UserError(f"`{name}` must be text (received {_short(value)})")
        return value[:most]

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return self._values.get(name) is not None

    def part(self, name: str) -> "Fields":
        """An object in the object."""
        return Fields(self._values.get(name))


def _short(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "no number"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
