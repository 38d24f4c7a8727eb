"""Every example in a docstring gives what it says."""

import doctest
import importlib

import pytest

from tests.paths import ROOT

PACKAGES = ("base_vae", "small_vae", "latent_constraints")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)


SLOW = ("small_vae.training",)


@pytest.mark.parametrize(
    "module", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in MODULES]
)
def test_examples_in_docstrings(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.attempted and not found.failed
