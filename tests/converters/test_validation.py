"""Settings that converters refuse, and what they say."""

import math

import numpy as np
import pytest

from base_vae.converters import (
    DrumsConverter,
    GrooveConverter,
    MelodyConverter,
    MultitrackConverter,
    TrioConverter,
)
from base_vae.errors import UserError

IN_BARS = (MelodyConverter, DrumsConverter, TrioConverter)
ALL = (*IN_BARS, MultitrackConverter, GrooveConverter)
WHOLE, NUMBER, LIST = "a whole number", "a number", "one or more whole numbers, each"


@pytest.mark.parametrize(
    ("classes", "name", "values", "allowed"),
    [
        (ALL, "max_examples_per_sequence", (-3, 0, 1.5), f"{WHOLE} of at least 1, or None"),
        (ALL, "steps_per_quarter", (0, -4, 2.5, None, "4"), f"{WHOLE} of at least 1"),
        (IN_BARS, "slice_bars", (0, -2, 1.5), f"{WHOLE} of at least 1"),
        (IN_BARS, "max_bars", (0, -1, None), f"{WHOLE} of at least 1"),
        ((MelodyConverter,), "gap_bars", (-1, -0.5, math.nan), f"{NUMBER} of at least 0, or None"),
        ((DrumsConverter,), "gap_bars", (-1, math.nan, None), f"{NUMBER} above 0"),
        ((DrumsConverter,), "gap_bars", (0, 0.0), f"{NUMBER} above 0"),
        ((TrioConverter,), "gap_bars", (-1, 0, 1.5), f"{WHOLE} of at least 1"),
        ((MelodyConverter,), "min_pitch", (-5, 128), f"{WHOLE} within 0 and 127"),
        ((MelodyConverter,), "max_pitch", (-1, 200), f"{WHOLE} within 0 and 127"),
        (
            (MelodyConverter,),
            "programs",
            ((), (200,), (0, -1), 5),
            f"{LIST} within 0 and 127",
        ),
        ((MultitrackConverter,), "num_velocity_bins", (-8, 128), f"{WHOLE} within 0 and 127"),
        ((MultitrackConverter,), "hop_size_bars", (0, -1), f"{WHOLE} of at least 1"),
        ((MultitrackConverter,), "quarters_per_bar", (0, 3.5), f"{WHOLE} of at least 1"),
        ((MultitrackConverter,), "min_num_instruments", (0, -2), f"{WHOLE} of at least 1"),
        ((MultitrackConverter,), "max_num_instruments", (0, -8), f"{WHOLE} of at least 1"),
        ((MultitrackConverter,), "min_total_events", (-1,), f"{WHOLE} of at least 0"),
        ((MultitrackConverter,), "max_events_per_instrument", (2, -64), f"{WHOLE} of at least 3"),
    ],
)
def test_a_setting_out_of_range(classes, name, values, allowed):
    for cls in classes:
        for value in values:
            with pytest.raises(UserError) as error:
                cls(**{name: value, **({"add_end_token": True} if cls is MelodyConverter else {})})
            message = str(error.value)
            assert message.startswith(f"`{name}` must be {allowed}"), message
            assert message.endswith(f"(received {value!r})") and ";" not in message, message


@pytest.mark.parametrize(
    ("cls", "settings", "message"),
    [
        (MelodyConverter, {"min_pitch": 60, "max_pitch": 59}, "`min_pitch` must be at most `max_pitch`, 59 "),
        (MelodyConverter, {"slice_bars": 101}, "`slice_bars` must be at most `max_bars`, 100 "),
        (DrumsConverter, {"slice_bars": 4, "max_bars": 2}, "`slice_bars` must be at most `max_bars`, 2 "),
        (TrioConverter, {"max_bars": 8}, "`slice_bars` must be at most `max_bars`, 8 "),
        (MultitrackConverter, {"min_num_instruments": 9}, "must be at most `max_num_instruments`, 8 "),
    ],
)
def test_settings_the_wrong_way_round(cls, settings, message):
    with pytest.raises(UserError) as error:
        cls(**settings)
    assert message in str(error.value) and ";" not in str(error.value)


@pytest.mark.parametrize("cls", ALL)
def test_every_mistake_is_told_at_once(cls):
    settings = {"steps_per_quarter": 0, "max_examples_per_sequence": -3}
    drums = cls in (DrumsConverter, GrooveConverter)
    last = {"pitch_classes": "GM"} if drums else {"chord_encoding": "jazz"}
    with pytest.raises(UserError) as error:
        cls(**settings, **last)
    message = str(error.value)
    for part in ("`steps_per_quarter`", "`max_examples_per_sequence`", *map(repr, last.values())):
        assert part in message
    assert message.count("; ") == 2 + drums, message  # the message about drum maps has one of its own


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (MelodyConverter, {"slice_bars": None, "max_bars": 2, "add_end_token": True}),
        (MelodyConverter, {"gap_bars": None, "max_examples_per_sequence": None}),
        (MelodyConverter, {"gap_bars": 0, "min_pitch": 0, "max_pitch": 127, "programs": (0, 127)}),
        (MelodyConverter, {"min_pitch": 60, "max_pitch": 60, "slice_bars": 2, "max_bars": 2}),
        (MelodyConverter, {"slice_bars": np.int64(1), "programs": tuple(np.arange(3))}),
        (DrumsConverter, {"gap_bars": math.inf, "max_examples_per_sequence": 1}),
        (DrumsConverter, {"gap_bars": 0.25}),
        (TrioConverter, {"gap_bars": 1, "max_bars": 16}),
        (MultitrackConverter, {"num_velocity_bins": 0, "min_total_events": 0, "min_num_instruments": 1}),
        (MultitrackConverter, {"min_num_instruments": 8}),
    ],
)
def test_settings_at_the_edge_are_fine(cls, settings):
    converter = cls(**settings)
    assert all(getattr(converter, name) == value for name, value in settings.items())
    assert converter.steps > 0
