"""Ranges of numbers: one wording for every argument and every field."""

import dataclasses
import math
from typing import Literal

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.ranges import (
    ABOVE_ZERO,
    ARGUMENTS,
    AT_LEAST_ONE,
    BELOW_ONE,
    FRACTION,
    Range,
    check_arguments,
    check_finite,
    check_optional,
    field_errors,
)

WRONG = {
    "n": [0, -1, 2.0, True, "3", math.nan, 10**30],
    "num_steps": [1, 2.5],
    "temperature": [-0.1, math.nan, math.inf, 1e39, 10**400, "hot"],
    "seed": [-1, 1.5, 2**31, math.nan, [1]],
    "num_bars": [0, 2.5, 10**9],
    "qpm": [0, 3.99, 961, math.nan, math.inf, 10**400],
    "variety": [-0.1, math.nan, math.inf, 1e300, "much"],
    "keep": [-0.1, 1.5, math.nan],
    "amount": [-0.1, 1.5, math.nan],
    "novelty": [-0.1, 1.5, math.nan],
    "section_bars": [0, 8.0, "8"],
    "program": [-1, 128, 1.5],
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_out_of_range(name):
    for value in [*WRONG[name], None]:
        with pytest.raises(UserError, match=rf"^`{name}` must be a .*number .*\(received "):
            check_arguments(**{name: value})


def test_arguments_in_range_and_those_not_given():
    check_arguments(n=np.int64(1), num_steps=2, temperature=0, seed=2**31 - 1, qpm=np.float32(4))
    check_optional(num_bars=None, qpm=None)
    with pytest.raises(UserError, match=r"^`num_bars` must be a whole number"):
        check_optional(num_bars=2.5, qpm=None)
    with pytest.raises(UserError, match=r"`n` must be .*; `qpm` must be a number within 4 and 960"):
        check_arguments(n=0, temperature=1, qpm=1)


@pytest.mark.parametrize(
    "values", [math.nan, [0.0, math.inf], np.full((2, 2), np.nan), "x", [[1], [2, 3]], 1e39, [10**400], [1j]]
)
def test_values_that_are_not_finite_numbers(values):
    with pytest.raises(UserError, match=r"^`z` must be finite numbers"):
        check_finite(knobs=[1, 2.5], z=values)


def test_long_values_are_shortened():
    with pytest.raises(UserError) as error:
        check_arguments(seed=10**400)
    assert len(str(error.value)) < 150


def test_words_of_ranges():
    words = [each.words("a number") for each in (Range(), FRACTION, BELOW_ONE, ABOVE_ZERO, Range(high=0.5))]
    assert words == [
        "a number that is finite",
        "a number within 0 and 1",
        "a number of at least 0 and below 1",
        "a number above 0",
        "a number at most 0.5",
    ]


@dataclasses.dataclass(frozen=True)
class _Settings:
    size: int = 1
    layers: tuple[int, ...] = (1,)
    rate: float | None = 0.5
    kind: Literal["a", "b"] = "a"


def test_fields_are_checked_by_their_types():
    ranges = {"size": AT_LEAST_ONE, "layers": AT_LEAST_ONE, "rate": FRACTION, "unknown": FRACTION}
    assert not field_errors(_Settings(rate=None), ranges)
    assert not field_errors(_Settings(layers=()), {"layers": Range(1, empty=True)})
    assert field_errors(_Settings(1.5, (), math.nan, "c"), ranges) == {
        "size": "`size` must be a whole number of at least 1 (received 1.5)",
        "layers": "`layers` must be one or more whole numbers, each of at least 1 (received ())",
        "rate": "`rate` must be a number within 0 and 1, or None (received nan)",
        "kind": "`kind` must be one of a, b (received 'c')",
    }
