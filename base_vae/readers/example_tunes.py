"""The tunes that come with the package: `examples:reels` wherever a folder can be named."""

import functools
import importlib.util
import os
from pathlib import Path

from base_vae.errors import UserError, closest_first

PREFIX = "examples:"
_PACKAGE = "midime_examples"
_CHECKOUT = Path(__file__).parents[2] / "examples"


def example_folder(path: str) -> str:
    """The folder that `examples:NAME` stands for; any other path unchanged.

    Raises:
      UserError: if there are no such tunes, with the names there are.
    """
    if not path.startswith(PREFIX) or os.path.lexists(path):
        return path
    name = path.removeprefix(PREFIX)
    folders = {folder.name: folder for folder in _home().iterdir() if any(folder.glob("*.abc"))}
    if name not in folders:
        known = ", ".join(f"{PREFIX}{each}" for each in closest_first(name, sorted(folders)))
        raise UserError(f"no tunes that come with the package are called {path!r}; there are {known}")
    return str(folders[name])


def as_typed(path: str) -> str:
    """The path of an example tune as `examples:reels/x.abc`; any other unchanged."""
    home = f"{_home()}{os.sep}" if os.path.isabs(path) else ""
    return PREFIX + path.removeprefix(home) if home and path.startswith(home) else path


@functools.cache
def _home() -> Path:
    """The folder of the package's tunes: a checkout has them beside the libraries."""
    if _CHECKOUT.is_dir():
        return _CHECKOUT
    package = importlib.util.find_spec(_PACKAGE)
    assert package is not None and package.origin is not None, "setup.py installs it"
    return Path(package.origin).parent
