"""What an index and an installation get: public names, data, a README without files beside it."""

import collections
import re
import runpy
import tomllib

import numpy as np
import pytest
import setuptools

import midime
from base_vae.converters.base import Extraction
from base_vae.data.report import FileReport, Report
from base_vae.faders.fading import Faded
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.tunes.songbook import Songbook
from latent_constraints.steering import Steering
from tests.paths import EXAMPLES, ROOT


@pytest.fixture
def arguments(monkeypatch):
    """What setup.py gives setuptools."""
    given = {}
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, "setup", given.update)
    runpy.run_path(str(ROOT / "setup.py"))
    return given


def test_every_public_name_is_there():
    assert set(midime.__all__) < set(dir(midime))
    for name in midime.__all__:
        assert getattr(midime, name) is not None
    assert re.fullmatch(r"\d+\.\d+\.\d+", midime.__version__)
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = midime.lode


def test_results_that_hold_arrays_have_short_reprs():
    many = np.zeros((1000, 256), np.float32)
    files = tuple(FileReport(f"{i}.mid") for i in range(1000))
    for value in (
        Steering(many, many, {"density": many[:, 0]}),
        Faded(many, ("density",), many, many, many, many[:, 0]),
        Extraction(many, collections.Counter()),
        Report(files, 0, collections.Counter()),
        Songbook((), (), (), (many,), frozenset(map(bytes, many))),
        Piece.from_sequence(NoteSequence()),
    ):
        assert len(repr(value)) < 120 and type(value).__name__ in repr(value)


def test_the_readme_of_an_index_links_to_no_file_beside_it(arguments):
    text = arguments["long_description"]
    assert all(target.startswith(("https://", "#")) for target in re.findall(r"\]\(([^)]+)\)", text))
    assert "![" not in text and "\n[](" not in text
    assert "musician's guide (`docs/guide.md`)" in text and text.startswith("# MidiMe for Python")


def test_packages_and_the_tunes_in_them(arguments):
    assert {"midime", "midime_examples", "midime_scripts.common", "base_vae.compat.magenta"} <= set(
        arguments["packages"]
    )
    assert arguments["package_dir"]["midime_examples"] == EXAMPLES.name
    assert (EXAMPLES / "__init__.py").is_file()
    for package in ("midime", "base_vae", "small_vae", "latent_constraints"):
        assert (ROOT / package / "py.typed").is_file()


def test_a_wheel_has_the_whole_page_of_the_studio(arguments):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["midime_scripts.studio"]
    studio = ROOT / "scripts" / "studio"
    packed = {file for pattern in patterns for file in studio.glob(pattern) if file.is_file()}
    assert "midime_scripts.studio" in arguments["packages"]
    assert packed == {file for file in (studio / "page").rglob("*") if file.is_file()}
    assert studio / "page" / "shared" / "roll.js" in packed
