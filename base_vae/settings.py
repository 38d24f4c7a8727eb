"""Typed settings from text (`name=value` overrides, the plain data of JSON files) and the ranges of numbers.

Every number that a user gives is checked against a `Range`, so that all errors have one wording: fields of a
dataclass by `field_errors`, arguments of functions by `check_arguments(n=n, temperature=temperature, ...)`,
whose ranges are `ARGUMENTS`, and arrays of numbers by `check_finite(z=z)`.
"""

import dataclasses
import math
import numbers
import types
import typing
from collections.abc import Mapping
from typing import Any, NamedTuple

from base_vae.errors import UserError, closest_first, raise_all, shortened

_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_LONGEST_SHOWN = 60  # characters of a value in an error


def parse_value(text: str, kind: Any) -> Any:
    """`text` as a value of the type `kind` (bool, int, float, str, a Literal, or a tuple of ints).

    A tuple is written `512,512` or `[512,512]`.

    Raises:
      ValueError: if it cannot be read as that type.
    """
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.lower()]
    if kind in (int, float):
        return kind(text)
    if typing.get_origin(kind) is tuple:
        return tuple(int(part) for part in text.strip("[]()").split(",") if part.strip())
    return text


def override(hparams: Any, overrides: str) -> Any:
    """A copy of a dataclass of hyperparameters with `name=value,name=value` applied.

    Raises:
      UserError: listing every unknown name and every value that cannot be read or is out of range.
    """
    kinds = {field.name: field.type for field in dataclasses.fields(hparams)}
    changes, errors = {}, []
    for name, text in _split_overrides(overrides):
        if name not in kinds:
            errors.append(f"unknown hyperparameter `{name}`; the names are {', '.join(sorted(kinds))}")
            continue
        try:
            changes[name] = parse_value(text, kinds[name])
        except ValueError:
            errors.append(f"`{name}` must be {_kind_name(kinds[name])} (received {text!r})")
    raise_all(errors)
    return dataclasses.replace(hparams, **changes)


def _split_overrides(text: str) -> list[tuple[str, str]]:
    """`a=1,b=[2,3],c=4,5` as pairs: a piece without `=` belongs to the value before it."""
    pairs: list[tuple[str, str]] = []
    for piece in filter(None, (p.strip() for p in text.split(","))):
        name, equals, value = piece.partition("=")
        if equals:
            pairs.append((name.strip(), value.strip()))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{piece}")
        else:
            raise UserError(f"--hparams must look like name=value,name=value (received {text!r})")
    return pairs


def _kind_name(kind: Any) -> str:
    if typing.get_origin(kind) is tuple:
        return "whole numbers like 512,512"
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, str(kind))


def pick(presets: Mapping[str, Any], name: str) -> Any:
    """The preset called `name`. Raises UserError for an unknown name, listing the known ones."""
    if not isinstance(name, str) or name not in presets:
        names = ", ".join(closest_first(name, sorted(presets)))
        raise UserError(f"unknown config {shortened(repr(name))}; known configs are {names}")
    return presets[name]


def from_dict(cls: type, values: Any) -> Any:
    """A dataclass from the plain data of a JSON file; lists become tuples.

    Raises:
      UserError: naming what is unknown, missing or of another type.
    """
    if not isinstance(values, Mapping):
        raise UserError(
            f"{cls.__name__} settings must be an object (received {shortened(repr(values), _LONGEST_SHOWN)})"
        )
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        known = ", ".join(sorted(fields))
        raise UserError(f"unknown {cls.__name__} settings: {', '.join(unknown)}; known are {known}")
    result, errors = {}, []
    for name, field in fields.items():
        if name not in values:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                errors.append(f"`{name}` of {cls.__name__} is missing")
            continue
        read = read_plain(values[name], field.type)
        if read is None:
            errors.append(_error(name, kind_words(field.type), values[name]))
        else:
            result[name] = read.value
    raise_all(errors)
    return cls(**result)


class Plain(NamedTuple):
    """A value as its field takes it."""

    value: Any


def read_plain(value: Any, kind: Any, *, none: Any = None) -> Plain | None:
    """A value of JSON or TOML as one of the type `kind`; None where it is of another type.

    Args:
      value: a list, number, text or boolean; or an instance of `kind`.
      kind: the type of a dataclass' field.
      none: the value that stands for None.
    """
    origin, choices = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if types.NoneType in choices and value == none:
            return Plain(None)
        found = (read_plain(value, choice, none=none) for choice in choices if choice is not types.NoneType)
        return next((read for read in found if read is not None), None)
    if origin is typing.Literal:
        return Plain(value) if isinstance(value, str | int) and value in choices else None
    if origin is tuple:
        if not isinstance(value, list | tuple):
            return None
        items = [read_plain(item, choices[0], none=none) for item in value]
        return Plain(tuple(item.value for item in items if item)) if None not in items else None
    if kind is float and type(value) is int:
        return Plain(float(value))
    if kind in (bool, int, float, str):
        return Plain(value) if type(value) is kind else None
    return Plain(value) if isinstance(value, kind) else None


def kind_words(kind: Any, *, none: str = "null") -> str:
    """The values of a type, in words; `none` is how None is written."""
    origin, choices = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        words = none if none == "null" else f'"{none}"'
        return " or ".join(words if c is types.NoneType else kind_words(c, none=none) for c in choices)
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, choices))}"
    if origin is tuple:
        return f"a list of {_PLURALS.get(choices[0], 'lists of whole numbers')}"
    return _NAMES.get(kind, f"a {getattr(kind, '__name__', kind)}")


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_PLURALS = {int: "whole numbers", float: "numbers", str: "texts"}


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

# Arguments of public functions that mean the same everywhere: the range, and whether it is of whole numbers.
# Temperature and variety have an end so that float32 holds what they multiply.
ARGUMENTS = {
    "n": (AT_LEAST_ONE, True),
    "num_steps": (Range(2), True),  # of an interpolation: its two ends
    "temperature": (Range(0, 1000), False),
    "seed": (Range(0, 2**31 - 1), True),
    "num_bars": (AT_LEAST_ONE, True),
    "variety": (Range(0, 1000), False),  # of a personal model: the share of what its knobs leave out
    "keep": (FRACTION, False),  # of a fader: the share of the steps that has to stay
    "amount": (FRACTION, False),  # of a variation
    "novelty": (FRACTION, False),
    "section_bars": (AT_LEAST_ONE, True),
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
            errors.append(_error(name, allowed.words("a whole number" if whole else "a number"), value))
    raise_all(errors)


def check_optional(**values: Any) -> None:
    """As `check_arguments`, of arguments that may be None."""
    check_arguments(**{name: value for name, value in values.items() if value is not None})


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
            flat = np.asarray(values, np.float64).reshape(-1)
        except (TypeError, ValueError, OverflowError):
            errors.append(_error(name, "finite numbers", values))
            continue
        with np.errstate(over="ignore"):
            odd = flat[~np.isfinite(flat.astype(np.float32))]
        if len(odd):
            errors.append(f"`{name}` must be finite numbers (received {odd[0]})")
    raise_all(errors)


def field_errors(settings: Any, ranges: Mapping[str, Range]) -> dict[str, str]:
    """The fields of a dataclass with a value that is not allowed, each with a message.

    The type of a field decides whether it is one number or a tuple of them, whole or not, and whether it may
    be None; fields of a Literal type must have one of its values.

    Args:
      settings: the dataclass.
      ranges: of numbers, by field; names that are no fields are passed over.
    """
    errors = {}
    for field in dataclasses.fields(settings):
        value, instead = getattr(settings, field.name), ""
        if field.name in ranges:
            instead = _allowed_instead(value, field.type, ranges[field.name])
        elif typing.get_origin(field.type) is typing.Literal and value not in typing.get_args(field.type):
            instead = f"one of {', '.join(map(str, typing.get_args(field.type)))}"
        if instead:
            errors[field.name] = _error(field.name, instead, value)
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


def _error(name: str, allowed: str, received: Any) -> str:
    return f"`{name}` must be {allowed} (received {shortened(repr(received), _LONGEST_SHOWN)})"


def _is_number(value: Any, whole: bool) -> bool:
    kind = numbers.Integral if whole else numbers.Real
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return True
