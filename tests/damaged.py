"""Damage done to the folder of a saved model, which loading is to refuse in a sentence."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from base_vae.errors import UserError

_ODD = ("missing", None, "x", [], {}, -1, 10**9, 2.5, [[]])
_EACH = 3  # of these, for each value


def is_refused(load: Callable[[Path], Any], path: Path) -> bool:
    """Whether loading raises a UserError of one line; other errors pass through."""
    try:
        load(path)
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
        return True
    return False


def damaged_settings(folder: Path, path: Path) -> Iterator[tuple[str, Path]]:
    """Copies of a folder, each with one value of its config.json missing or of another kind, and its name."""
    settings = json.loads((folder / "config.json").read_text())
    for number, keys in enumerate(_paths(settings)):
        for odd in (_ODD[(_EACH * number + i) % len(_ODD)] for i in range(_EACH)):
            copy = json.loads(json.dumps(settings))
            inner = copy
            for key in keys[:-1]:
                inner = inner[key]
            if odd == "missing":
                del inner[keys[-1]]
            else:
                inner[keys[-1]] = odd
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(folder, path)
            (path / "config.json").write_text(json.dumps(copy))
            yield f"{'.'.join(map(str, keys))}={odd!r}", path


def damaged_arrays(folder: Path, path: Path, name: str = "latents.npz") -> Iterator[tuple[str, Path]]:
    """Copies of a folder whose arrays are cut off, or hold NaN or another shape, and what is wrong."""
    shutil.copytree(folder, path)
    file = path / name
    whole = file.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 30):
        file.write_bytes(whole[:size])
        yield f"{size} bytes", path
    file.unlink()
    yield "no file", path
    file.write_bytes(whole)
    with np.load(file) as stored:
        arrays = dict(stored)
    for key, array in arrays.items():
        for odd in (array * np.nan, array[..., :-1], array[np.newaxis], np.array(["x"])):
            np.savez(file, **{**arrays, key: odd})
            yield f"{key} {odd.shape} {odd.dtype}", path


def damaged_weights(folder: Path, path: Path) -> Iterator[tuple[str, Path]]:
    """Copies of a folder whose weights are cut off, missing, or hold NaN or infinity, and what it is."""
    shutil.copytree(folder, path)
    file = path / "model.weights.h5"
    whole = file.read_bytes()
    for size in (0, 100, len(whole) // 2):
        file.write_bytes(whole[:size])
        yield f"{size} bytes", path
    file.unlink()
    yield "no file", path
    for number in (np.nan, np.inf):
        file.write_bytes(whole)
        with h5py.File(file, "a") as stored:
            _datasets(stored)[-1][...] = number
        yield str(number), path


def _paths(values: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of nested plain data; of lists, to the first."""
    items = values.items() if isinstance(values, dict) else list(enumerate(values))[:1]
    for key, value in items:
        yield (*at, key)
        if isinstance(value, dict | list) and (*at, key) != ("base", "config"):
            yield from _paths(value, (*at, key))


def _datasets(group: h5py.Group) -> list[h5py.Dataset]:
    """The arrays in a weights file."""
    found = []
    for item in group.values():
        found += _datasets(item) if isinstance(item, h5py.Group) else [item]
    return [item for item in found if item.ndim]
