"""Says which folders are packages; all the rest is in pyproject.toml.

The folder `scripts/` is installed as `midime_scripts`: no package of ours takes a name that common.
"""

from setuptools import find_packages, setup

LIBRARIES = ["base_vae*", "small_vae*", "latent_constraints*"]

SCRIPTS = [f"midime_scripts.{package}" for package in find_packages("scripts")]

setup(
    packages=[*find_packages(include=LIBRARIES), "midime_scripts", *SCRIPTS],
    package_dir={"midime_scripts": "scripts"},
)
