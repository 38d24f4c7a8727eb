"""Says which folders are packages, and what an index shows; all the rest is in pyproject.toml.

Two folders are installed under other names, since no package of ours takes a name that common: `scripts/` as
`midime_scripts`, `examples/` as `midime_examples`.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

LIBRARIES = ["base_vae*", "small_vae*", "latent_constraints*", "midime"]

SCRIPTS = [f"midime_scripts.{package}" for package in find_packages("scripts")]

_LINK = re.compile(r"\[((?:!\[[^]]*\]\([^)]*\)|[^]])*)\]\((?!https?://|#)([^)]+)\)")
_IMAGE = re.compile(r"!\[([^]]*)\]\((?!https?://)[^)]+\)\n*")


def readme() -> str:
    """The README for an index, where the files beside it are not: pictures go, links become paths."""
    text = _IMAGE.sub("", Path(__file__).with_name("README.md").read_text("utf-8"))
    return _LINK.sub(lambda link: f"{link[1]} (`{link[2]}`)" if link[1] else "", text)


setup(
    packages=[*find_packages(include=LIBRARIES), "midime_scripts", *SCRIPTS, "midime_examples"],
    package_dir={"midime_scripts": "scripts", "midime_examples": "examples"},
    long_description=readme(),
    long_description_content_type="text/markdown",
)
