"""What people write for faders, and the values that it asks for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from base_vae.errors import UserError
from base_vae.faders import Directions, Request, parse
from base_vae.faders.request import requests_of, targets

DIRECTIONS = Directions(
    ("density", "mean_pitch"),
    np.eye(2),
    np.array([2.0, 5.0]),
    np.array([[0.0, 16.0], [40.0, 90.0]]),
    np.array([[3.0, 6.0], [60.0, 70.0]]),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("density:+1", [Request("density", 1.0)]),
        ("density:1, mean_pitch : -0.5", [Request("density", 1.0), Request("mean_pitch", -0.5)]),
        ("density=8", [Request("density", 8.0, is_value=True)]),
        (
            "density=4@1-8,8@9-16",
            [Request("density", 4.0, True, (1, 8)), Request("density", 8.0, True, (9, 16))],
        ),
        ("density:-1@3", [Request("density", -1.0, False, (3, 3))]),
    ],
)
def test_the_forms(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "density", "8", "density:", "density:1.2.3", "density=8@", "a=1;b=2", f"density:1@{'9' * 5_000}"],
)
def test_what_cannot_be_read(text):
    with pytest.raises(UserError, match="an attribute is asked for like density"):
        parse(text)


@given(st.text(alphabet="density:=+-@,.0123456789 ", max_size=20))
def test_any_text_is_read_or_refused_in_a_sentence(text):
    try:
        assert all(np.isfinite(request.number) for request in parse(text))
    except UserError as error:
        assert "\n" not in str(error)


def test_values_by_section():
    before = np.tile([5.0, 60.0], (4, 1))
    asked = requests_of("density=4@1-4,8@5-6,mean_pitch:+1")
    wanted = targets(asked, before, DIRECTIONS, bars=2)
    np.testing.assert_array_equal(wanted[:, 0], [4, 4, 8, np.nan])
    np.testing.assert_array_equal(wanted[:, 1], 65)


def test_an_example_gets_what_most_of_its_bars_are_asked_for():
    wanted = targets(requests_of("density=4@1-3,8@4-8"), np.full((2, 2), 5.0), DIRECTIONS, bars=4)
    np.testing.assert_array_equal(wanted[:, 0], [4, 8])


def test_a_change_asks_for_no_more_than_there_is_and_nothing_of_nothing():
    before = np.array([[15.0, np.nan], [1.0, 41.0]])
    wanted = targets(requests_of({"density": 1, "mean_pitch": -1}), before, DIRECTIONS, bars=2)
    np.testing.assert_array_equal(wanted, [[16.0, np.nan], [3.0, 40.0]])


def test_what_is_asked_twice_or_not_at_all():
    with pytest.raises(UserError, match="density is asked for twice"):
        requests_of({"density": 1}, {"density": 8})
    with pytest.raises(UserError, match="density is asked for twice"):
        requests_of("density:1@1-8,2@8-9")
    with pytest.raises(UserError, match="no change is asked for"):
        requests_of(None)
    assert len(requests_of("density:1@1-8,2@9-9")) == 2
