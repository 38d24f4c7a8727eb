"""Files and modules that pages and docstrings name are there."""

import ast
import re

import pytest

from tests.paths import ROOT

FOLDERS = "base_vae|small_vae|latent_constraints|scripts|tests|docs|benchmarks|recipes|examples"
FILE = re.compile(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./-]*\w)")
MODULE = re.compile(r"`((?:base_vae|small_vae|latent_constraints|recipes|benchmarks)(?:\.\w+)+)")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "examples" / "README.md"]
OLD = "CHANGELOG.md"  # names what was there once


def docstrings(path):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return "\n".join(ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds))


def is_named(name):
    """Whether a dotted name leads to a module, or to a word in one."""
    place, *parts = name.split(".")
    folder = ROOT / place
    for number, part in enumerate(parts):
        if (folder / part).is_dir():
            folder /= part
            continue
        module = folder / f"{part}.py"
        rest = parts[number + 1 :] if module.is_file() else [part]
        source = module if module.is_file() else folder / "__init__.py"
        return not rest or re.search(rf"\b{rest[0]}\b", source.read_text("utf-8")) is not None
    return True


def missing(path, text):
    files = [name for name in FILE.findall(text) if "NAME" not in name]
    homes = ROOT, path.parent
    lost = [name for name in files if not any((home / name).exists() for home in homes)]
    return [(path.name, name) for name in [*lost, *(n for n in MODULE.findall(text) if not is_named(n))]]


def test_what_pages_name_is_there():
    pages = {page: page.read_text("utf-8") for page in PAGES if page.name != OLD}
    assert len(pages) > 20
    assert not [lost for page, text in pages.items() for lost in missing(page, text)]


@pytest.mark.parametrize("folder", FOLDERS.split("|"))
def test_what_docstrings_name_is_there(folder):
    sources = [path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts]
    assert not [lost for path in sources for lost in missing(path, docstrings(path))]
