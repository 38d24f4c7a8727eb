"""What vectors do to music, measured: rank correlation, equal steps, the response of a made-up model."""

import doctest
import types

import numpy as np
import pytest
from scipy import stats

import base_vae.attributes
from base_vae.attributes import AttributeVectors, get_attributes
from base_vae.attributes.rank_correlation import spearman
from base_vae.configs.presets import get_preset
from base_vae.converters.pieces import pieces_of
from base_vae.errors import UserError
from base_vae.metrics import attribute_response
from base_vae.metrics.attribute_response import equal_steps, evaluate
from base_vae.metrics.attribute_tables import response_tables, vector_table
from tests.paths import EXAMPLES
from tests.table_text import narrow

MELODY = get_preset("cat-mel_2bar_small").converter


class Ladder:
    """A model whose latents are numbers of notes and their pitch: [notes in two bars, pitch above 60]."""

    config = types.SimpleNamespace(converter=MELODY)

    def decode_arrays(self, z, *, temperature=0.0, seed=0, controls=None):
        arrays = np.zeros((len(z), 32), np.uint8)
        for array, (notes, pitch) in zip(arrays, np.round(z).astype(int), strict=True):
            array[: np.clip(notes, 0, 32)] = 41 + np.clip(pitch, -20, 20)
        return np.stack([MELODY.canonical(array) for array in arrays])


def ladder_vectors():
    more = np.array([[4, 0], [0, -3]], np.float32)  # the second goes the wrong way
    return AttributeVectors(
        ("density", "mean_pitch"),
        more,
        -more,
        np.array([[5, 5], [6, 6]]),
        np.array([0.5, 0.25]),
        np.array([[2.0, 6.0], [58.0, 66.0]]),
    )


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 3, 4, 5], [2, 3, 5, 7, 11]),
        ([1, 2, 3, 4, 5], [5, 3, 4, 4, 1]),
        ([1, 2, 2, 3], [0.5, 0.5, 0.1, 9]),
    ],
)
def test_spearman_is_scipys(x, y):
    assert spearman(np.array(x, float), np.array(y, float)) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_spearman_of_little():
    x = np.arange(5.0)
    assert spearman(x, np.array([1, np.nan, 2, np.nan, 3])) == pytest.approx(1.0)
    assert spearman(x, np.ones(5)) == 0.0
    assert spearman(x, np.full(5, np.nan)) == 0.0


def test_equal_steps():
    arrays = np.zeros((4, 32), np.uint8)
    arrays[0, [0, 8]] = 41, 43  # two notes of a half and of six quarters
    arrays[1, [0, 8]] = 41, 44  # the second is another
    arrays[2, [0, 8, 16]] = 41, 43, 43  # struck again: that step alone is different
    arrays[3, [0, 8, 24]] = 41, 43, 1  # let go for the last eight steps
    pieces = list(pieces_of(arrays, MELODY))
    assert [equal_steps(pieces[0], piece) for piece in pieces] == [1.0, 8 / 32, 31 / 32, 24 / 32]


def test_the_response_of_a_model_that_does_as_it_is_told():
    z = np.array([[8, 0], [8, 4], [16, 0], [31, 0]], np.float32)
    attributes = get_attributes(["mean_pitch", "density", "interval"])
    response = evaluate(Ladder(), ladder_vectors(), attributes, z, "ladders", most=2.0, steps=5)
    assert response.vectors == ("density", "mean_pitch")
    assert response.attributes == ("mean_pitch", "density", "interval")
    np.testing.assert_allclose(response.amounts, [-2, -1, 0, 1, 2])
    np.testing.assert_allclose(response.before, [61, 63 / 8, 0])
    # Notes: 8, 8, 16, 31 less 8 or 4, or with 4 or 8 more, but no more than 32.
    np.testing.assert_allclose(response.change[0, :, 1], [-4, -2, 0, 13 / 8, 25 / 8])
    np.testing.assert_allclose(response.change[1, :, 0], [6, 3, 0, -3, -6])
    np.testing.assert_allclose(response.own("density"), 63 / 8 + response.change[0, :, 1])
    # Two are silent without 8 notes: their pitch is not defined any more, and does not count.
    np.testing.assert_allclose(response.change[0, :, 0], 0)
    np.testing.assert_allclose(response.compared[0, [0, -1], 0], [60, 61])
    np.testing.assert_allclose(response.right_sign, [[1, 1], [0, 0]])
    np.testing.assert_allclose(response.unchanged, 0)
    # 4 to 15.5 notes a bar, of which the quartiles are 2 and 6; pitches 60 and 64 between 58 and 66.
    np.testing.assert_allclose(response.right_sign_with_room, [[1, 1], [0, 0]])
    np.testing.assert_allclose(
        response.spearman, [np.mean([1, 1, 1, stats.spearmanr([1, 2, 3, 4, 4], range(5)).statistic]), -1]
    )
    np.testing.assert_allclose(response.percent()[0, -1, 1], 100 * (25 / 8) / (63 / 8))
    np.testing.assert_allclose(response.standardized()[1, 0, 0], 6 / np.std([60, 64, 60, 60]))
    assert np.all(np.isnan(response.percent()[:, 2, 2]))  # 0 of 0
    np.testing.assert_allclose(response.kept[:, 2], 1)
    # A longer last note goes on where there was silence: 4 or 8 steps of 32 are other ones.
    assert np.all(response.kept[1, [0, -1]] == [0, 0])


def test_what_a_piece_cannot_have_more_of_stays_the_same():
    z = np.array([[32, 0], [8, 0]], np.float32)
    response = evaluate(
        Ladder(), ladder_vectors().chosen(["density"]), get_attributes(["density"]), z, "", steps=3
    )
    np.testing.assert_allclose(response.right_sign, [[0.5, 1.0]])
    np.testing.assert_allclose(response.right_sign_with_room, [[1.0, 1.0]])  # 16 notes a bar are above 6
    np.testing.assert_allclose(response.unchanged, [[0.5, 0.0]])


@pytest.mark.parametrize(("most", "steps"), [(0.0, 5), (-1.0, 5), (float("nan"), 5), (1.0, 4), (1.0, 1)])
def test_settings_that_make_no_sense(most, steps):
    with pytest.raises(UserError, match="odd number from 3 on"):
        evaluate(
            Ladder(),
            ladder_vectors(),
            get_attributes(["density"]),
            np.zeros((1, 2)),
            "",
            most=most,
            steps=steps,
        )


def test_through_json_and_back(tmp_path):
    attributes = get_attributes(["mean_pitch", "density", "interval"])
    z = np.array([[1, 0], [0, 0]], np.float32)  # interval is not defined: NaN
    response = evaluate(Ladder(), ladder_vectors(), attributes, z, "ladders", steps=3)
    assert np.isnan(response.before[2])
    attribute_response.save([response, response], tmp_path / "attributes.json")
    assert "NaN" not in (tmp_path / "attributes.json").read_text()
    again = attribute_response.load(tmp_path / "attributes.json")[1]
    for name, value in vars(response).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    for text in ('[{"music": "x"}]', "[]", "{"):
        (tmp_path / "attributes.json").write_text(text)
        with pytest.raises(UserError, match="cannot be read as an evaluation"):
            attribute_response.load(tmp_path / "attributes.json")


def test_the_tables():
    attributes = get_attributes(["mean_pitch", "density"])
    z = np.array([[8, 0], [16, 2]], np.float32)
    response = evaluate(Ladder(), ladder_vectors(), attributes, z, "ladders", most=1.0, steps=3)
    text = narrow(response_tables(response))
    assert "2 pieces: ladders" in text
    assert "| change of | mean_pitch (MIDI pitch) | density (notes a bar) |" in text
    assert "| +1 density | +0.00 | **+33%** |" in text  # 4 notes more than 12
    assert "| -1 mean_pitch | **+3.00** | +0% |" in text
    table = narrow(vector_table(ladder_vectors()))
    assert "| density | notes a bar | 2.00 | 6.00 | 4.00 | 4.00 | 1.00 | 0.50 | 5 | 5 |" in table
    assert "| mean_pitch | 0.00 | 1.00 |" in table


def test_the_bundled_vectors_change_their_attribute_and_leave_the_tune():
    """On other music than they were judged on, with margins to match."""
    base = base_vae.load("mel_2bar")
    vectors = base.attributes
    z = base.encode_arrays(base.collect([EXAMPLES / "hymns", EXAMPLES / "reels"]).examples).mu
    response = evaluate(base, vectors, get_attributes(vectors.names), z, "examples", steps=3)
    there = np.array([[vectors.has(name, way) for way in (1, -1)] for name in vectors.names])
    there &= response.spread[: len(there), np.newaxis] > 0  # these tunes have no syncopation to change
    own = np.stack(
        [response.change[i, [-1, 0], i] / response.spread[i] for i in np.flatnonzero(there.any(1))]
    )
    assert np.all((own * [1, -1])[there[there.any(1)]] > 0.2)
    assert np.all(response.kept[:, [-1, 0]][there] > 0.6)
    assert np.all(vectors.lengths > 3 * vectors.standard_errors)


def test_the_example_in_the_docstring():
    results = doctest.testmod(base_vae.attributes)
    assert results.attempted >= 6 and results.failed == 0
