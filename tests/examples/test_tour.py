"""The notebook runs from top to bottom, as it would on a reader's machine."""

import re
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from tests.paths import EXAMPLES


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """The notebook with its outputs, run beside copies of the tunes."""
    folder = tmp_path_factory.mktemp("tour") / "examples"
    shutil.copytree(EXAMPLES, folder)
    notebook = nbformat.read(folder / "tour.ipynb", as_version=4)
    before = sorted(folder.rglob("*"))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    assert sorted(folder.rglob("*")) == before  # it leaves nothing lying around
    return notebook


def outputs(cell):
    """What a cell shows, by type."""
    shown = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            shown[output.name] = shown.get(output.name, "") + output.text
        else:
            shown |= output.data
    return shown


def cells_with(tour, text):
    """The outputs of the cells with this in their source."""
    found = [outputs(cell) for cell in tour.cells if cell.cell_type == "code" and text in cell.source]
    assert found
    return found


def test_every_figure_is_shown(tour):
    for kind in ("piano_roll", "latent_map", "interpolation", "knob_sweep"):
        shown = cells_with(tour, f"{kind}_figure(")
        assert all("image/png" in each for each in shown), kind


def test_every_sound_is_played_or_says_what_is_missing(tour):
    for shown in cells_with(tour, "\nplay(") + cells_with(tour, "play(songs[0])"):
        assert "<audio" in shown.get("text/html", "") or "pip install" in shown.get("stdout", "")


def test_the_figures_it_prints(tour):
    (card,) = cells_with(tour, "print(mine.card)")
    assert "7 files" in card["stdout"]
    (knobs,) = cells_with(tour, "weigh_knobs(")
    named = [re.match(r"knob (\d): .*[a-z], [+-]\d\.\d", line) for line in knobs["stdout"].splitlines()]
    assert [match and match[1] for match in named] == ["1", "2", "3", "4"]
    (overlaps,) = cells_with(tour, "overlap_area(")
    personal, prior = (line.split()[2::2] for line in overlaps["stdout"].splitlines()[::2])
    closer = sum(float(mine) > float(other) for mine, other in zip(personal, prior, strict=True))
    assert closer >= 4  # of five


def test_it_is_kept_without_outputs():
    notebook = nbformat.read(EXAMPLES / "tour.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or (not cell.outputs and cell.execution_count is None)
