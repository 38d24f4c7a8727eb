"""What the settings of converters may be; checked together, so that every mistake is told at once."""

import dataclasses
import math
import numbers
import types
import typing
from collections.abc import Callable
from typing import Any

from base_vae.errors import UserError

_Range = tuple[float, float]
_FROM_ONE, _FROM_ZERO, _MIDI = (1, math.inf), (0, math.inf), (0, 127)
_RANGES: dict[str, _Range] = {
    "slice_bars": _FROM_ONE,
    "split_bars": _FROM_ONE,
    "hop_size": _FROM_ONE,
    "max_bars": _FROM_ONE,
    "gap_bars": _FROM_ZERO,
    "min_pitch": _MIDI,
    "max_pitch": _MIDI,
    "programs": _MIDI,
    "steps_per_quarter": _FROM_ONE,
    "quarters_per_bar": _FROM_ONE,
    "max_examples_per_sequence": _FROM_ONE,
    "num_velocity_bins": _MIDI,
    "max_note_dropout_probability": (0, 1),
    "hop_size_bars": _FROM_ONE,
    "min_num_instruments": _FROM_ONE,
    "max_num_instruments": _FROM_ONE,
    "min_total_events": _FROM_ZERO,
    "max_events_per_instrument": (3, math.inf),  # the program, one event and the end
}
_IN_ORDER = (
    ("min_pitch", "max_pitch"),
    ("slice_bars", "max_bars"),
    ("min_num_instruments", "max_num_instruments"),
)


def setting_errors(settings: Any, **ranges: _Range) -> list[str]:
    """What is wrong with the numbers in the settings of a converter, one message for each field.

    Args:
      settings: the converter, a dataclass. None is right where the type of a field says so, and a fraction
        where it says float.
      **ranges: smallest and largest value of fields for which this converter has rules of its own.
    """
    ranges = {**_RANGES, **ranges}
    errors, wrong = [], set()
    values = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings) if f.name in ranges}
    for field in dataclasses.fields(settings):
        if field.name in values:
            allowed = _allowed_instead(values[field.name], field.type, ranges[field.name])
            if allowed:
                errors.append(f"`{field.name}` must be {allowed} (received {values[field.name]!r})")
                wrong.add(field.name)
    for low, high in _IN_ORDER:
        known = {low, high} <= set(values) and not {low, high} & wrong
        if known and None not in (values[low], values[high]) and values[low] > values[high]:
            errors.append(f"`{low}` must be at most `{high}`, {values[high]} (received {low}={values[low]})")
    return errors


def errors_of(check: Callable, *args: Any) -> list[str]:
    """The message of the UserError that `check(*args)` raises, or none."""
    try:
        check(*args)
    except UserError as error:
        return [str(error)]
    return []


def _allowed_instead(value: Any, kind: Any, allowed: _Range) -> str:
    """In words, what a value of the type `kind` may be; nothing where it is that."""
    low, high = allowed
    bounds = f"at least {low}" if high == math.inf else f"within {low} and {high}"
    if typing.get_origin(kind) is tuple:
        good = isinstance(value, tuple) and value and all(_fits(v, numbers.Integral, allowed) for v in value)
        return "" if good else f"one or more whole numbers {bounds}"
    kinds = typing.get_args(kind) or (kind,)
    may_be_none = types.NoneType in kinds
    if value is None and may_be_none:
        return ""
    number, words = (numbers.Real, "a number") if float in kinds else (numbers.Integral, "a whole number")
    none = ", or None" if may_be_none else ""
    return "" if _fits(value, number, allowed) else f"{words} {bounds}{none}"


def _fits(value: Any, number: type, allowed: _Range) -> bool:
    return isinstance(value, number) and allowed[0] <= value <= allowed[1]
