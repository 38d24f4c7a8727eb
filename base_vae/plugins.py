"""Modules of other people's that register something of their own: attributes, converters, heads and so on."""

import importlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import TypeVar

from base_vae.arguments import checked
from base_vae.errors import UserError, in_short, shortened

GROUP = "midime.plugins"  # of entry points: what an installed package registers without being named


Entry = TypeVar("Entry")


def register(
    registry: MutableMapping[str, Entry], name: str, entry: Entry, what: str, *, fits: bool = True
) -> Entry:
    """Adds an entry to a registry and returns it.

    Args:
      registry: of entries by name.
      name: of the new one.
      entry: to add.
      what: such entries are called in messages.
      fits: whether it is such an entry.

    Raises:
      UserError: if it is not, or there is another entry of this name.
    """
    if not fits:
        raise UserError(f"{shortened(repr(entry))} is not {what}")
    if not isinstance(name, str):
        raise UserError(f"the name of {what} must be text (received {shortened(repr(name))})")
    if name in registry:
        raise UserError(f"there is {what} called {name!r} already: choose another name")
    registry[name] = entry
    return entry


@checked
def load_plugins(modules: Iterable[str] = ()) -> None:
    """Imports the modules that installed packages name as entry points, and those that are given.

    Importing one is all that is needed: it registers what it brings. A module that is imported already is
    left unchanged.

    Args:
      modules: names, found from the present folder too, or paths of Python files.

    Raises:
      UserError: if one cannot be imported, with the reason.
    """
    for point in importlib.metadata.entry_points(group=GROUP):
        _import(point.module, f"the plug-in {point.name}")
    for name in modules:
        path = Path(name).expanduser()
        if path.suffix == ".py":
            _import(path.stem, f"--plugin={name}", path.resolve().parent)
        else:
            _import(name, f"--plugin={name}", Path.cwd())


def _import(module: str, named: str, folder: Path | None = None) -> None:
    if folder is not None and str(folder) not in sys.path:
        # Processes that read music look in the same places, and import the same module.
        sys.path.append(os.fspath(folder))
    try:
        importlib.import_module(module)
    except Exception as error:
        raise UserError(f"{named} cannot be imported: {in_short(error)}") from error
