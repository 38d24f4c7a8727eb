"""Errors of a reconstruction are marked where they are."""

import numpy as np
from matplotlib.collections import PatchCollection

from base_vae.metrics.differences import differing_steps
from base_vae.plots import reconstruction_figure
from base_vae.plots.styles import DPI
from tests.tiny_models import CONFIG

MELODY = CONFIG.converter
C4 = 41


def drawn(axis):
    """Solid notes, and hatched ones, as (start in quarters, pitch)."""
    found = {False: [], True: []}
    for patches in axis.collections:
        if isinstance(patches, PatchCollection):
            for path in patches.get_paths():
                left, bottom = path.vertices[0]
                found[patches.get_hatch() == "//////"].append((round(left, 3), round(bottom + 0.4)))
    return sorted(found[False]), sorted(found[True])


def shaded(axis):
    """Left edges of the shaded steps, in quarters."""
    return sorted(p.get_x() for p in axis.patches if p.get_width() == 0.25)


def test_notes_and_steps_that_differ_are_marked_and_no_others():
    original, again = np.zeros(32, np.uint8), np.zeros(32, np.uint8)
    original[[0, 4, 8, 12]] = C4, C4 + 2, C4 + 4, 1
    again[[0, 4, 8, 14]] = C4, C4 + 2, C4 + 7, 1
    pair = [MELODY.decode(original)], [MELODY.decode(again)]
    wrong = differing_steps(original, again, MELODY)[np.newaxis]
    figure = reconstruction_figure(*pair, wrong, ["a tune"], 4, "what came back")
    above, below = [axis for panel in figure.subfigs for axis in panel.axes]
    assert drawn(above) == ([(0, 60), (1, 62)], [(2, 64)])
    assert drawn(below) == ([(0, 60), (1, 62)], [(2, 67)])
    assert shaded(above) == shaded(below) == [2, 3, 3.5]
    assert above.get_title(loc="left") == "a tune: original; 1 note lost"
    assert (
        below.get_title(loc="left") == "reconstruction; 1 note invented, 91% of the steps right"
    )  # 29 of 32


def test_of_very_many_the_first_are_drawn_and_the_title_says_so():
    music = [MELODY.decode(np.full(32, C4, np.uint8))] * 300
    names = [f"tune {i}" for i in range(300)]
    wrong = np.zeros((300, 32), bool)
    wrong[:, 0] = True
    figure = reconstruction_figure(music, music, wrong, names, 4, "many")
    assert figure.get_suptitle() == "many (the first 40 of 300)"
    titles = [panel.axes[0].get_title(loc="left") for panel in figure.subfigs]
    assert [title.partition(":")[0] for title in titles] == names[:40]
    assert figure.get_figheight() * DPI < 2**15
    figure.canvas.draw()
    above, below = (axis.get_window_extent() for axis in figure.subfigs[0].axes)
    assert above.y0 - below.y1 < above.height / 2  # a pair stands together


def test_what_is_right_has_no_mark():
    array = np.zeros(32, np.uint8)
    array[[0, 8]] = C4, C4 + 4
    music = [MELODY.decode(array)] * 3
    figure = reconstruction_figure(music, music, np.zeros((3, 32), bool), ["a", "b", "c"], 4, "")
    axes = [axis for panel in figure.subfigs for axis in panel.axes]
    assert len(axes) == 6
    assert all(drawn(axis) == ([(0, 60), (2, 64)], []) and shaded(axis) == [] for axis in axes)
