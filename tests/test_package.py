"""What an index and an installation get: public names, data, a README without files beside it."""

import re
import runpy

import pytest
import setuptools

import midime
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
