"""What is drawn is what was handed in."""

import numpy as np
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from base_vae import plots
from base_vae.metrics.interpolations import Paths
from base_vae.model.posteriors import summarize
from base_vae.plots.latent_map import Layer, Values
from base_vae.plots.styles import MARKERS
from base_vae.training.curves import Curve
from tests.tiny_models import CONFIG, melodies

RNG = np.random.default_rng(0)


def music(n, seed=0):
    return [CONFIG.converter.decode(ids) for ids in melodies(n, seed)]


def notes(axis):
    return sum(len(c.get_paths()) for c in axis.collections if isinstance(c, PatchCollection))


def legend_of(figure):
    (legend,) = filter(None, (axis.get_legend() for axis in figure.axes))
    return legend


def offsets(axis):
    return [np.asarray(points.get_offsets()) for points in axis.collections]


def test_a_map_by_file():
    points, behind = RNG.normal(size=(6, 2)), RNG.normal(size=(9, 2))
    files = ["b", "a", "b", "b", "a", "c"]
    figure = plots.latent_map_figure(points, files, ("left", "up"), "map", Layer(behind, "others"))
    (axis,) = figure.axes
    background, *groups = offsets(axis)
    np.testing.assert_array_equal(background, behind)
    for group, rows in zip(groups, ([0, 2, 3], [1, 4], [5]), strict=True):
        np.testing.assert_array_equal(group, points[rows])
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["others (9)", "b (3)", "a (2)", "c (1)"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("left", "up")
    colours = {tuple(points.get_facecolor()[0]) for points in axis.collections}
    shapes = {points.get_paths()[0].vertices.tobytes() for points in axis.collections[1:]}
    assert len(colours) == 4 and len(shapes) == 3


def test_a_dollar_in_the_name_of_a_file_is_a_dollar(tmp_path):
    """To matplotlib a pair of them is mathematics, and this one cannot be read."""
    figure = plots.latent_map_figure(RNG.normal(size=(2, 2)), ["$\\frac$", "a"], ("$\\frac$", ""), "$\\frac$")
    plots.save_figure(figure, tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text().count("<!-- $\\frac") == 3


def test_a_map_of_very_many_files_has_a_legend_that_ends():
    points = RNG.normal(size=(60, 2))
    figure = plots.latent_map_figure(points, [str(i) for i in range(60)], ("", ""), "map")
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert len(labels) == 21 and labels[-1] == "and 40 more"
    looks = {
        (tuple(c.get_facecolor()[0]), c.get_paths()[0].vertices.tobytes()) for c in figure.axes[0].collections
    }
    assert len(looks) == 42


def test_a_map_by_value():
    points, numbers = RNG.normal(size=(5, 2)), np.array([1.0, 4.0, np.nan, 2.0, 3.0])
    figure = plots.latent_map_figure(points, Values(numbers, "density (notes a bar)"), ("", ""), "map")
    axis, bar = figure.axes
    known, unknown = axis.collections
    np.testing.assert_array_equal(known.get_array(), [1, 4, 2, 3])
    np.testing.assert_array_equal(unknown.get_offsets(), points[[2]])
    assert bar.get_ylabel() == "density (notes a bar)"
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["your music (4)", "not defined (1)"]


def test_a_personal_map_has_every_pair_of_knobs_once():
    pieces, samples = RNG.normal(size=(8, 4)), RNG.normal(size=(5, 4))
    figure = plots.personal_map_figure(pieces, ["a"] * 3 + ["b"] * 5, samples, "map")
    axes = [axis for axis in figure.axes if axis.axison]
    places = [(row, column) for row in range(4) for column in range(row + 1)]
    for axis, (row, column) in zip(axes, places, strict=True):
        if column < row:
            a, b, crosses = offsets(axis)
            np.testing.assert_array_equal(np.concatenate([a, b]), pieces[:, [column, row]])
            np.testing.assert_array_equal(crosses, samples[:, [column, row]])
    labels = [text.get_text() for text in legend_of(figure).get_texts()]
    assert labels[:3] == ["a (3)", "b (5)", "samples (5)"]


def test_a_personal_map_says_what_share_of_the_music_is_where():
    pieces, samples = RNG.normal(size=(40, 2)), RNG.normal(size=(25, 2))
    figure = plots.personal_map_figure(pieces, ["a"] * 40, samples, "map")
    spreads = [figure.axes[0], figure.axes[2]]
    for knob, axis in enumerate(spreads):
        bars = [patch for patch in axis.patches if isinstance(patch, Rectangle)]
        assert sum(bar.get_height() for bar in bars) == pytest.approx(1)
        for bar in bars:
            left, right = bar.get_x(), bar.get_x() + bar.get_width()
            inside = np.mean((left <= pieces[:, knob]) & (pieces[:, knob] < right))
            assert bar.get_height() == pytest.approx(inside)
        (prior,) = axis.lines
        assert prior.get_ydata().max() == pytest.approx(0.5 / np.sqrt(2 * np.pi))  # of a bin of 0.5
        assert axis.yaxis.get_major_formatter()(0.25) == "25%"
    assert spreads[0].get_ylim() == spreads[1].get_ylim()


@pytest.mark.parametrize("knobs", [1, 2, 3, 4])
def test_the_legend_of_a_personal_map_names_all_files_and_covers_nothing(knobs):
    files = [f"a tune with a name of some length, {i % 15}" for i in range(60)]
    figure = plots.personal_map_figure(
        RNG.normal(size=(60, knobs)), files, RNG.normal(size=(9, knobs)), "map"
    )
    figure.canvas.draw()
    legend = legend_of(figure)
    assert [text.get_text() for text in legend.get_texts()][:15] == [f"{name} (4)" for name in files[:15]]
    place = legend.get_window_extent()
    others = [axis for axis in figure.axes if axis.axison]
    assert not any(place.overlaps(other.get_window_extent()) for other in [*others, figure.texts[0]])
    low, high = figure.bbox.get_points()
    assert (place.get_points() >= low).all() and (place.get_points() <= high).all()


def test_one_knob_is_drawn_over_the_music_in_its_order():
    pieces, samples = RNG.normal(size=(6, 1)), RNG.normal(size=(5, 1))
    figure = plots.personal_map_figure(pieces, ["a"] * 4 + ["b"] * 2, samples, "map")
    _, order = [axis for axis in figure.axes if axis.axison]
    a, b = offsets(order)
    np.testing.assert_array_equal(a, np.column_stack([pieces[:4, 0], [1, 2, 3, 4]]))
    np.testing.assert_array_equal(b, np.column_stack([pieces[4:, 0], [5, 6]]))


@pytest.mark.parametrize("knobs,scatters", [(1, [1]), (2, [1]), (3, [1, 3, 4])])
def test_a_personal_map_by_value(knobs, scatters):
    numbers = np.array([1.0, 4.0, np.nan, 2.0, 3.0])
    pieces, samples = RNG.normal(size=(5, knobs)), RNG.normal(size=(7, knobs))
    figure = plots.personal_map_figure(pieces, Values(numbers, "density (notes a bar)"), samples, "map")
    for place in scatters:
        known, unknown, *_ = figure.axes[place].collections
        np.testing.assert_array_equal(known.get_array(), [1, 4, 2, 3])
        assert len(unknown.get_offsets()) == 1
    (words,) = [axis for axis in figure.axes if not axis.axison]
    assert [bar.get_xlabel() for bar in words.child_axes] == ["density (notes a bar)"]  # one for all
    labels = [text.get_text() for text in legend_of(figure).get_texts()]
    assert labels[:2] == ["your music (4)", "not defined (1)"]
    assert ("samples (7)" in labels) == (knobs > 1)  # crosses


def test_no_file_is_marked_as_samples_are():
    assert not {"x", "X", "+", "P"} & set(MARKERS)


def test_a_knob_grid_goes_up_and_to_the_right():
    pieces = music(9)
    values = np.array([-1.0, 0.0, 1.0]), np.array([-2.0, 0.0, 2.0])
    grid = [pieces[:3], pieces[3:6], pieces[6:]]
    figure = plots.knob_grid_figure(grid, ("knob 1", "knob 2"), values, "grid")
    axes = np.array(figure.axes).reshape(3, 3)
    counts = [[notes(axis) for axis in row] for row in axes]
    assert counts[::-1] == [[len(piece.notes) for piece in row] for row in grid]
    assert [axis.get_xlabel() for axis in axes[-1]] == ["\N{MINUS SIGN}1", "0", "+1"]
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["+2", "0", "\N{MINUS SIGN}2"]
    assert {axis.get_ylim() for axis in axes.flat} == {axes[0, 0].get_ylim()}  # so that they can be compared
    assert "standard deviations" in figure.get_supxlabel()


def test_a_sweep_has_a_row_for_each_knob():
    pieces = music(6)
    figure = plots.knob_sweep_figure(
        [pieces[:3], pieces[3:]], ["one", "two"], np.array([-1.5, 0, 1.5]), "sweep"
    )
    axes = np.array(figure.axes).reshape(2, 3)
    assert [notes(axis) for axis in axes.flat] == [len(piece.notes) for piece in pieces]
    assert [axis.get_title() for axis in axes[0]] == ["\N{MINUS SIGN}1.5", "0", "+1.5"]
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["one", "two"]
    assert "standard deviations" in figure.get_supxlabel()


def paths(pairs, points=3):
    shape = pairs, points, 2
    nothing = np.zeros((pairs, points, 32))
    return Paths(np.linspace(0, 1, points), nothing, nothing, RNG.random(shape), RNG.random(shape))


def test_an_interpolation_shows_its_distances():
    way = paths(1)
    figure = plots.interpolation_figure(music(3), music(3, 1), way, "way")
    *rolls, axis = figure.axes
    assert [notes(roll) for roll in rolls] == [len(piece.notes) for piece in music(3) + music(3, 1)]
    drawn = {line.get_label(): line.get_ydata() for line in axis.lines}
    for end, name in enumerate(("start", "end")):
        np.testing.assert_array_equal(drawn[f"latent space, to the {name}"], way.latent_distances[0, :, end])
        np.testing.assert_array_equal(drawn[f"mix of steps, to the {name}"], way.mixed_distances[0, :, end])


def test_distances_of_many_pairs_are_mean_and_spread():
    way = paths(20)
    start, end = plots.distances_figure(way, "ways").axes
    for number, axis in enumerate((start, end)):
        for line, band, distances in zip(
            axis.lines, axis.collections, (way.latent_distances, way.mixed_distances), strict=True
        ):
            mean, spread = distances[..., number].mean(0), distances[..., number].std(0)
            np.testing.assert_allclose(line.get_ydata(), mean)
            top = [band.get_paths()[0].vertices[:, 1].max(), (mean + spread).max()]
            assert top[0] == pytest.approx(top[1])
        styles = {(line.get_linestyle(), line.get_marker()) for line in axis.lines}
        assert len(styles) == 2  # not by colour alone


@pytest.mark.parametrize("size", [4, 60])
def test_a_posterior_is_drawn_by_kl(size):
    mu, sigma = RNG.normal(size=(30, size)) * np.linspace(0, 2, size), RNG.uniform(0.2, 1, (30, size))
    summary = summarize(mu, sigma)
    figure = plots.posterior_figure(summary, "model")
    means, sigmas, bits = figure.axes
    heights = sorted((bar.get_x(), bar.get_height()) for bar in bits.patches)
    np.testing.assert_allclose([height for _, height in heights], np.sort(summary.kl_bits)[::-1])
    order = np.argsort(-summary.kl_bits)
    drawn = {line.get_label(): line.get_ydata() for line in (*means.lines, *sigmas.lines)}
    np.testing.assert_allclose(drawn["mean over the music"], summary.mean[order])
    np.testing.assert_allclose(drawn["of the posterior, mean"], summary.sigma[order])
    title = figure.get_suptitle().replace("\n", " ")
    assert f"{summary.active.sum()} of {size} units active" in title
    assert f"{summary.kl_bits.sum():.1f} bits an example (mean of 30)" in title
    middles = sorted(bar.get_x() + bar.get_width() / 2 for bar in bits.patches)
    np.testing.assert_allclose(middles, np.arange(1, size + 1))  # the most used is the first
    ticks = [label.get_text() for label in bits.get_xticklabels()]
    assert ticks == ([str(i + 1) for i in order] if size == 4 else ["1", "10", "20", "30", "40", "50", "60"])


def test_curves_are_the_numbers_of_the_run():
    curves = {
        "loss": Curve(np.array([10, 20, 40]), np.array([3.0, 2.0, 1.0])),
        "kl_bits": Curve(np.array([10, 40]), np.array([0.5, 5.0])),
        "accuracy": Curve(np.array([10]), np.array([0.25])),
        "beta": Curve(np.array([10]), np.array([0.1])),
    }
    figure = plots.curves_figure(curves, "run")
    shown = [axis for axis in figure.axes if axis.axison]
    for axis, (name, curve) in zip(shown, curves.items(), strict=True):
        (line,) = axis.lines
        np.testing.assert_array_equal(line.get_xydata(), np.stack([curve.steps, curve.values], 1))
        assert axis.get_title(loc="left") == name.replace("_", " ")
    assert [axis.get_ylabel() for axis in shown] == [
        "nats an example",
        "bits an example",
        "share",
        "weight of the KL",
    ]
