"""Ranges of the settings of converters; checked together, so that one error lists every mistake."""

import dataclasses
from collections.abc import Callable
from typing import Any

from base_vae.errors import UserError
from base_vae.ranges import AT_LEAST_ONE, AT_LEAST_ZERO, FRACTION, Range, field_errors

_MIDI = Range(0, 127)
_RANGES = {
    "slice_bars": AT_LEAST_ONE,
    "split_bars": AT_LEAST_ONE,
    "hop_size": AT_LEAST_ONE,
    "max_bars": AT_LEAST_ONE,
    "gap_bars": Range(0, infinite=True),
    "min_pitch": _MIDI,
    "max_pitch": _MIDI,
    "programs": _MIDI,
    "melody_programs": _MIDI,
    "steps_per_quarter": AT_LEAST_ONE,
    "quarters_per_bar": AT_LEAST_ONE,
    "max_examples_per_sequence": AT_LEAST_ONE,
    "num_velocity_bins": _MIDI,
    "max_note_dropout_probability": FRACTION,
    "hop_size_bars": AT_LEAST_ONE,
    "min_num_instruments": AT_LEAST_ONE,
    "max_num_instruments": AT_LEAST_ONE,
    "min_total_events": AT_LEAST_ZERO,
    "max_events_per_instrument": Range(3),  # the program, one event and the end
}
_IN_ORDER = (
    ("min_pitch", "max_pitch"),
    ("slice_bars", "max_bars"),
    ("min_num_instruments", "max_num_instruments"),
)


def setting_errors(settings: Any, **ranges: Range) -> list[str]:
    """Messages for the numbers in the settings of a converter that are not allowed.

    Args:
      settings: the converter, a dataclass.
      **ranges: of fields for which this converter has rules of its own.
    """
    wrong = field_errors(settings, {**_RANGES, **ranges})
    errors = list(wrong.values())
    names = {field.name for field in dataclasses.fields(settings)} - set(wrong)
    for low, high in _IN_ORDER:
        if {low, high} <= names:
            least, most = getattr(settings, low), getattr(settings, high)
            if None not in (least, most) and least > most:
                errors.append(f"`{low}` must be at most `{high}`, {most} (received {least})")
    return errors


def errors_of(check: Callable[..., object], *args: Any) -> list[str]:
    """The message of the UserError that `check(*args)` raises, or none."""
    try:
        check(*args)
    except UserError as error:
        return [str(error)]
    return []
