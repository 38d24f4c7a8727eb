"""The notebooks run from top to bottom, and are kept with what they show."""

import re
import shutil

import nbformat
import pytest

from docs import run_notebooks
from tests.paths import EXAMPLES

MOST_BYTES = 1_500_000


def run(name, folder):
    """A notebook with its outputs, run by itself in a folder."""
    path = shutil.copy(EXAMPLES / f"{name}.ipynb", folder)
    notebook = run_notebooks.execute(folder / f"{name}.ipynb")
    assert [file.name for file in folder.iterdir()] == [f"{name}.ipynb"], path  # nothing is left lying around
    return notebook


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    return run("tour", tmp_path_factory.mktemp("tour"))


def outputs(cell):
    """What a cell shows, by type."""
    shown = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            shown[output.name] = shown.get(output.name, "") + output.text
        else:
            shown |= output.data
    return shown


def cells_with(notebook, text):
    """The outputs of the cells with this in their source."""
    found = [outputs(cell) for cell in notebook.cells if cell.cell_type == "code" and text in cell.source]
    assert found
    return found


def figures_of(notebook, text):
    """The numbers that the cell with this in its source prints."""
    (shown,) = cells_with(notebook, text)
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", shown["stdout"])]


@pytest.mark.slow
def test_every_figure_is_shown(tour):
    for kind in ("piano_roll", "latent_map", "interpolation", "knob_sweep"):
        shown = cells_with(tour, f"{kind}_figure(")
        assert all("image/png" in each for each in shown), kind


@pytest.mark.slow
def test_every_sound_is_played_or_says_what_is_missing(tour):
    for shown in cells_with(tour, "\nplay(") + cells_with(tour, "play(songs[0])"):
        assert "<audio" in shown.get("text/html", "") or "pip install" in shown.get("stdout", "")


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_notebook_for_researchers(tmp_path):
    notebook = run("research", tmp_path)
    probability, equal, whole = figures_of(notebook, "step_probabilities(")
    assert 0.8 < probability < 1 and 0.7 < equal <= 1 and 0 < whole <= 1
    for text in ("posterior_figure(", "distances_figure("):
        assert "image/png" in cells_with(notebook, text)[0]
    prior, constrained = figures_of(notebook, "train_constraints(")
    assert constrained > prior


@pytest.mark.parametrize("name", run_notebooks.NAMES)
def test_notebooks_are_kept_with_what_they_show_and_small(name):
    path = EXAMPLES / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.stat().st_size < MOST_BYTES
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]
    for cell in code:
        if "_figure(" in cell.source and "import" not in cell.source:
            assert "image/png" in outputs(cell)
