import numpy as np
import pytest

from base_vae.errors import UserError
from latent_constraints.constraint import Constraint, parse, parse_all
from latent_constraints.properties import classes_of, find_property, middle_of
from tests.tiny_models import CONFIG

CONVERTER = CONFIG.converter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("density:high", Constraint("density", "high")),
        ("density:5.5@2", Constraint("density", "5.5", weight=2.0)),
        ("key:C major", Constraint("key:C major")),
        ("leap:7@0.5", Constraint("leap:7", weight=0.5)),
        ("realism", Constraint("realism")),
        ("personal:my@home/songs", Constraint("personal", source="my@home/songs")),
        ("personal:songs@3", Constraint("personal", source="songs", weight=3.0)),
    ],
)
def test_constraints_are_read(text, expected):
    assert parse(text) == expected


def test_every_mistake_is_named_at_once():
    with pytest.raises(UserError, match=r"weight.*density:high@0.*; .*realism is given twice"):
        parse_all(["density:high@0", "realism", "realism"])
    with pytest.raises(UserError, match="density must be high, low or a number"):
        parse_all(["density"])
    with pytest.raises(UserError, match="at least one constraint"):
        parse_all([])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("speed", "known are c_major, density,.*key:C major, leap:7, realism and personal:FOLDER"),
        ("key:H major", "a key is a note"),
        ("key:C dorian", "a key is a note"),
        ("leap:some", "largest leap that is allowed"),
        ("leap:\u00b2", "largest leap that is allowed"),  # a digit to Python, and no number
        ("leap:0", "largest leap that is allowed"),
        (f"leap:{'9' * 5_000}", "largest leap that is allowed"),
        ("kick_density", "unknown constraint 'kick_density'"),
    ],
)
def test_the_error_for_unknown_properties_lists_the_known_ones(name, message):
    with pytest.raises(UserError, match=message):
        find_property(name, CONVERTER)


def melody(*pitches):
    """Quarter notes, as an example of 32 steps."""
    array = np.zeros(32, np.uint8)
    array[np.arange(len(pitches)) * 4] = np.array(pitches) - 21 + 2
    return array


def test_a_key_is_kept_or_left():
    in_c, in_d, chromatic = melody(60, 64, 67, 71), melody(62, 66, 69, 73), melody(60, 61, 62, 63)
    arrays = np.stack([in_c, in_d, chromatic])
    for name, expected in (
        ("key:C major", [1, 0.5, 0.5]),
        ("key:D major", [0.75, 1, 0.5]),
        ("key:A minor", [1, 0.5, 0.5]),
        ("key:Db minor", [0.5, 0.75, 0.5]),
    ):
        kept = find_property(name, CONVERTER)
        values = kept.measure(arrays, CONVERTER)
        np.testing.assert_allclose(values, expected)
        np.testing.assert_array_equal(classes_of(values, kept.cuts(np.array([0.5, 1.0]), 8)), values == 1)


def test_leaps_are_counted_from_note_to_note():
    kept = find_property("leap:7", CONVERTER)
    values = kept.measure(np.stack([melody(60, 67, 60), melody(60, 68, 66), melody(60)]), CONVERTER)
    np.testing.assert_array_equal(values[:2], [-7, -8])
    assert np.isnan(values[2])
    np.testing.assert_array_equal(classes_of(values[:2], kept.cuts(values, 8)), [1, 0])


def test_cuts_are_quantiles_with_the_median_and_ties_merge():
    density = find_property("density", CONVERTER)
    values = np.arange(1000.0)
    cuts = density.cuts(values, 4)
    np.testing.assert_allclose(cuts, [249.75, 499.5, 749.25])
    assert middle_of(values, cuts) == 1
    ties = np.repeat([0.0, 1.0, 2.0], [700, 200, 100])
    cuts = density.cuts(ties, 8)
    np.testing.assert_array_equal(cuts, [0, 1])
    assert middle_of(ties, cuts) == 0  # above 0 are 30%, above 1 are 10%
    with pytest.raises(UserError, match="all alike in density"):
        density.cuts(np.ones(50), 8)


@pytest.mark.parametrize("text", ["density:nan", "density:inf", "density:5@nan", "realism@inf"])
def test_amounts_and_weights_are_finite(text):
    with pytest.raises(UserError, match="must be"):
        parse(text)
