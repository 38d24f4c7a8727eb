"""The table of attribute vectors and the curves along them."""

import numpy as np

from base_vae import plots
from tests.plots.known_response import response


def test_the_table_is_the_change_in_standard_deviations():
    given = response()
    added, subtracted = plots.attribute_table_figure(given, "table").axes[:2]
    for axis, step in ((added, -1), (subtracted, 0)):
        expected = given.change[:, step] / given.spread
        np.testing.assert_allclose(np.ma.filled(axis.images[0].get_array(), np.nan), expected)
        texts = [text.get_text() for text in axis.texts]
        numbers = [
            f"{v:+.1f}".replace("-", "\N{MINUS SIGN}") if abs(v) >= 0.05 else "0" for v in expected[0, :2]
        ]
        assert texts[:3] == [*numbers, "-"]
        frames = sorted((patch.get_x(), patch.get_y()) for patch in axis.patches)
        assert frames == [(-0.5, 0.5), (0.5, -0.5)]  # interval is the first column, density the second
    assert added.get_title(loc="left") == "amount +2: more of the vector's attribute"
    assert subtracted.get_title(loc="left") == "amount \N{MINUS SIGN}2: less of it"


def test_curves_are_the_own_attribute_in_its_unit_and_what_is_kept():
    given = response()
    axes = plots.attribute_curves_figure(given, "curves").axes
    density, interval, *kept = [axis for axis in axes if axis.axison]
    np.testing.assert_allclose(density.lines[0].get_ydata(), 5.0 + given.change[0, :, 1])
    np.testing.assert_allclose(interval.lines[0].get_ydata(), 3.0 + given.change[1, :, 0])
    for axis, share in zip(kept, given.kept, strict=True):
        np.testing.assert_array_equal(axis.lines[0].get_ydata(), share)
    assert density.get_ylabel() == "notes a bar" and interval.get_ylabel() == "semitones"
    assert "0.97" in density.get_title(loc="left")
