"""The ranges of numbers that a user gives, and one wording for all that lies outside.

Fields of a dataclass are checked by `field_errors`, arguments of functions by `check_arguments(n=n,
temperature=temperature, ...)`, whose ranges are `ARGUMENTS`, and arrays of numbers by `check_finite(z=z)`.
"""

import dataclasses
import math
import numbers
import types
import typing
from collections.abc import Mapping
from typing import Any

from base_vae.errors import UserError, raise_all, shortened

_PLAIN = {bool: "True or False", str: "text"}
SHOWN = 60  # characters of a value in an error


@dataclasses.dataclass(frozen=True)
class Range:
    """The numbers that are allowed; infinities and NaN are not, unless `infinite`.

    Attributes:
      low, high: the smallest and the largest number.
      above, below: whether `low`, or `high`, itself is left out.
      infinite: whether infinity is allowed too.
      empty: whether a tuple of such numbers may be empty.
    """

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    below: bool = False
    infinite: bool = False
    empty: bool = False

    def allows(self, value: Any, *, whole: bool = False) -> bool:
        """Whether `value` is a number in the range, and whole if `whole`."""
        if not _is_number(value, whole) or not (self.infinite or _is_finite(value)):
            return False
        low = value > self.low if self.above else value >= self.low
        return low and (value < self.high if self.below else value <= self.high)

    def words(self, noun: str) -> str:
        """The range in words, after a noun such as "a whole number"."""
        low, high = (f"{bound:.0f}" if bound % 1 == 0 else f"{bound:g}" for bound in (self.low, self.high))
        if math.inf not in (-self.low, self.high) and not (self.above or self.below):
            return f"{noun} within {low} and {high}"
        bounds = []
        if self.low > -math.inf:
            bounds.append(f"above {low}" if self.above else f"of at least {low}")
        if self.high < math.inf:
            bounds.append(f"below {high}" if self.below else f"at most {high}")
        return f"{noun} {' and '.join(bounds)}" if bounds else f"{noun} that is finite"


AT_LEAST_ONE = Range(1)
AT_LEAST_ZERO = Range(0)
ABOVE_ZERO = Range(0, above=True)
FRACTION = Range(0, 1)
BELOW_ONE = Range(0, 1, below=True)
_COUNT = Range(1, 1_000_000)  # of pieces or bars that are held in memory

# Arguments of public functions that mean the same everywhere: the range, and whether it is of whole numbers.
# Temperature and variety have an end so that float32 holds what they multiply.
ARGUMENTS = {
    "n": (_COUNT, True),
    "num_steps": (Range(2, _COUNT.high), True),  # of an interpolation: its two ends
    "temperature": (Range(0, 1000), False),
    "seed": (Range(0, 2**31 - 1), True),
    "num_bars": (_COUNT, True),
    "variety": (Range(0, 1000), False),  # of a personal model: the share of what its knobs leave out
    "keep": (FRACTION, False),  # of a fader: the share of the steps that has to stay
    "amount": (FRACTION, False),  # of a variation
    "novelty": (FRACTION, False),
    "section_bars": (_COUNT, True),
    "program": (Range(0, 127), True),
    # A MIDI file holds microseconds a quarter in 24 bits, at the slowest 3.58 quarters a minute.
    "qpm": (Range(4, 960), False),
}


def check_arguments(**values: Any) -> None:
    """Checks arguments of a public function by name, see `ARGUMENTS`.

    >>> check_arguments(n=3, temperature=0.5, seed=0)
    >>> check_arguments(seed=-1)
    Traceback (most recent call last):
    base_vae.errors.UserError: `seed` must be a whole number within 0 and 2147483647 (received -1)

    Raises:
      UserError: listing every value out of range.
    """
    errors = []
    for name, value in values.items():
        allowed, whole = ARGUMENTS[name]
        if not allowed.allows(value, whole=whole):
            errors.append(wrong_value(name, allowed.words("a whole number" if whole else "a number"), value))
    raise_all(errors)


def check_optional(**values: Any) -> None:
    """Checks arguments that may be None, as `check_arguments` does."""
    check_arguments(**{name: value for name, value in values.items() if value is not None})


def check_number(**values: Any) -> None:
    """Checks arguments that may be any finite number. Raises UserError for every one that is none."""
    raise_all([wrong_value(n, "a finite number", v) for n, v in values.items() if not Range().allows(v)])


def check_finite(**arrays: Any) -> None:
    """Checks that every value of some arrays (or lists, or numbers) is finite, in float32 as well.

    >>> check_finite(knobs=[0.5, float("nan")])
    Traceback (most recent call last):
    base_vae.errors.UserError: `knobs` must be finite numbers (received nan)

    Raises:
      UserError: naming the arrays that hold anything else.
    """
    import numpy as np  # not needed for a command's flags, which are read before anything slow

    errors = []
    for name, values in arrays.items():
        try:
            array = np.asarray(values)
            if array.dtype.kind == "c":  # whose imaginary part NumPy would drop
                raise TypeError
            flat = array.astype(np.float64).reshape(-1)
        except (TypeError, ValueError, OverflowError):
            errors.append(wrong_value(name, "finite numbers", values))
            continue
        with np.errstate(over="ignore"):
            odd = flat[~np.isfinite(flat.astype(np.float32))]
        if len(odd):
            errors.append(f"`{name}` must be finite numbers (received {odd[0]})")
    raise_all(errors)


def as_rows(width: int, **arrays: Any) -> Any:
    """Returns one array, given by its name, as float32 [rows, width].

    >>> as_rows(2, z=[[0.5, 1]])
    array([[0.5, 1. ]], dtype=float32)
    >>> as_rows(2, z=[0.5])
    Traceback (most recent call last):
    base_vae.errors.UserError: `z` must have the shape [n, 2] (received [1])

    Raises:
      UserError: for another shape, or numbers that are not finite.
    """
    import numpy as np

    check_finite(**arrays)
    ((name, values),) = arrays.items()
    rows = np.asarray(values, np.float32)
    if rows.ndim != 2 or rows.shape[1] != width:
        raise UserError(f"`{name}` must have the shape [n, {width}] (received {list(rows.shape)})")
    return rows


def field_errors(settings: Any, ranges: Mapping[str, Range]) -> dict[str, str]:
    """The fields of a dataclass with a value that is not allowed, each with a message.

    The type of a field decides whether it is one number or a tuple of them, whole or not, and whether it may
    be None; fields of a Literal type must have one of its values, texts and booleans be such.

    Args:
      settings: the dataclass.
      ranges: of numbers, by field; names that are no fields are passed over.
    """
    errors = {}
    for field in dataclasses.fields(settings):
        value, instead = getattr(settings, field.name), ""
        if field.name in ranges:
            instead = _allowed_instead(value, field.type, ranges[field.name])
        elif typing.get_origin(field.type) is typing.Literal:
            choices = typing.get_args(field.type)
            is_one = isinstance(value, str | int) and value in choices
            instead = "" if is_one else f"one of {', '.join(map(str, choices))}"
        elif field.type in _PLAIN and not isinstance(value, field.type):
            instead = _PLAIN[field.type]
        if instead:
            errors[field.name] = wrong_value(field.name, instead, value)
    return errors


def _allowed_instead(value: Any, kind: Any, allowed: Range) -> str:
    """The values allowed for a field of the type `kind`, in words; empty if `value` is one of them."""
    if isinstance(kind, types.UnionType):
        (kind,) = set(typing.get_args(kind)) - {types.NoneType}
        instead = "" if value is None else _allowed_instead(value, kind, allowed)
        return f"{instead}, or None" if instead else ""
    if typing.get_origin(kind) is tuple:
        good = isinstance(value, tuple) and (value or allowed.empty)
        if good and all(allowed.allows(each, whole=True) for each in value):
            return ""
        return allowed.words("whole numbers, each" if allowed.empty else "one or more whole numbers, each")
    whole = kind is not float
    if allowed.allows(value, whole=whole):
        return ""
    return allowed.words("a whole number" if whole else "a number")


def check_transpose(value: Any) -> None:
    """Raises UserError unless it is None, or the lowest and the highest transposition in semitones."""
    within = Range(-127, 127)
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    if value is not None and not (
        is_pair and all(within.allows(each, whole=True) for each in value) and value[0] <= value[1]
    ):
        allowed = "the lowest and the highest number of semitones, like [-5, 5], or None (false in TOML)"
        raise UserError(wrong_value("transpose", allowed, value))


def wrong_value(name: str, allowed: str, received: Any) -> str:
    """The sentence for a value that is not allowed."""
    return f"`{name}` must be {allowed} (received {shortened(repr(received), SHOWN)})"


def _is_number(value: Any, whole: bool) -> bool:
    kind = numbers.Integral if whole else numbers.Real
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return True
