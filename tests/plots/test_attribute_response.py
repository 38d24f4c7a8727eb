"""The table of attribute vectors and the curves along them."""

import dataclasses

import numpy as np

from base_vae import plots
from base_vae.attributes.evaluation import Response

RNG = np.random.default_rng(1)


def response():
    """Two vectors, three attributes, five amounts; one attribute is not defined anywhere."""
    change = RNG.normal(size=(2, 5, 3))
    change[:, 2] = 0
    change[..., 2] = np.nan
    drawn = {
        "music": "tests",
        "pieces": 7,
        "vectors": ("density", "interval"),
        "attributes": ("interval", "density", "swing"),
        "amounts": np.linspace(-2, 2, 5),
        "before": np.array([3.0, 5.0, np.nan]),
        "spread": np.array([0.5, 2.0, np.nan]),
        "change": change,
        "compared": np.broadcast_to([3.0, 5.0, np.nan], change.shape),
        "kept": RNG.random((2, 5)),
        "spearman": np.array([0.97, 0.5]),
    }
    others = {field.name for field in dataclasses.fields(Response)} - set(drawn)  # which are not drawn
    return Response(**drawn, **{name: np.zeros((2, 2)) for name in others})


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
    assert "+2" in added.get_title(loc="left") and "\N{MINUS SIGN}2" in subtracted.get_title(loc="left")


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
