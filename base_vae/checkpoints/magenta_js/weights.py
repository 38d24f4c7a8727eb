"""Weights as TensorFlow.js keeps them: a manifest that lists arrays, and shards with their bytes.

A manifest is a list of groups, `{"paths": [file, ...], "weights": [{"name", "shape", "dtype",
"quantization"?}, ...]}`. The files of a group, one after the other, hold the arrays in the listed order,
row-major and little-endian. A quantised array is whole numbers q that stand for `q * scale + min`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

import numpy as np

from base_vae.errors import UserError

Quantization = Literal["uint8", "uint16"]
QUANTIZATIONS: tuple[Quantization, ...] = ("uint8", "uint16")
SHARD_BYTES = 4 * 2**20
_TYPES = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint16": "<u2", "uint8": "u1", "bool": "u1"}


def write_weights(
    arrays: Mapping[str, np.ndarray], folder: Path, quantize: Quantization | None = None
) -> list[dict[str, Any]]:
    """Writes arrays of numbers by name as the shards of one group; returns the manifest.

    Args:
      arrays: stored as float32.
      folder: where the shards `group1-shard1ofN` go.
      quantize: store whole numbers of this type instead, a quarter or half of the size.

    Raises:
      UserError: for numbers that are not finite, which cannot be quantised.
    """
    weights, parts = [], []
    for name, array in arrays.items():
        entry: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": "float32"}
        stored = np.asarray(array, "<f4")
        if quantize:
            if not np.all(np.isfinite(stored)):
                raise UserError(f"{name} has weights that are not finite: they cannot be quantised")
            stored, scale, least = quantized(stored, quantize)
            entry["quantization"] = {"dtype": quantize, "scale": scale, "min": least}
        weights.append(entry)
        parts.append(stored.astype(_TYPES[quantize or "float32"], copy=False).tobytes())
    data = memoryview(b"".join(parts))
    count = max(-(-len(data) // SHARD_BYTES), 1)
    paths = [f"group1-shard{i}of{count}" for i in range(1, count + 1)]
    for i, path in enumerate(paths):
        (folder / path).write_bytes(data[i * SHARD_BYTES : (i + 1) * SHARD_BYTES])
    return [{"paths": paths, "weights": weights}]


def quantized(array: np.ndarray, kind: Quantization) -> tuple[np.ndarray, float, float]:
    """Whole numbers q for a float array, its scale and its minimum: the array is about `q * scale + min`.

    The error is at most half of the scale, and 0 stays 0 (Jacob et al. 2018, arXiv:1712.05877, section 2.1).
    """
    most = np.iinfo(kind).max
    low, high = float(array.min()), float(array.max())
    if low == high:
        return np.zeros(array.shape, kind), 1.0, low
    scale = (high - low) / most
    least = -round(-low / scale) * scale if low <= 0 <= high else low
    numbers = np.round((array.astype(np.float64) - least) / scale)
    return np.clip(numbers, 0, most).astype(kind), scale, least


def weight_shapes(manifest: Any, folder: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each array in a manifest of `folder`.

    Raises:
      UserError: if it is no such manifest, or names a file outside of the folder.
    """
    groups = [_checked(group, folder) for group in _listed(manifest, folder)]
    return {entry["name"]: tuple(entry["shape"]) for _, entries in groups for entry in entries}


def read_weights(manifest: Any, folder: Path) -> dict[str, np.ndarray]:
    """The arrays of a manifest of `folder` by name, float32.

    Raises:
      UserError: as `weight_shapes`, or if a shard is missing or has another length than its arrays need.
    """
    arrays = {}
    for group in _listed(manifest, folder):
        paths, entries = _checked(group, folder)
        needed = [_bytes(entry) for entry in entries]
        data, at = _read_shards(folder, paths, sum(needed)), 0
        for entry, size in zip(entries, needed, strict=True):
            arrays[entry["name"]] = _array(entry, data[at : at + size])
            at += size
    return arrays


def _array(entry: Mapping[str, Any], data: memoryview) -> np.ndarray:
    array = np.frombuffer(data, _TYPES[_stored_type(entry)]).reshape(entry["shape"])
    affine = entry.get("quantization") or {}
    if "scale" in affine:  # in float64, as JavaScript reckons
        array = array * np.float64(affine["scale"]) + np.float64(affine["min"])
    return array.astype(np.float32)


def _read_shards(folder: Path, paths: Sequence[str], needed: int) -> memoryview:
    """The bytes of a group's shards, one after the other."""
    shards = []
    for path in paths:
        try:
            shards.append((folder / path).read_bytes())
        except FileNotFoundError:
            raise UserError(f"{folder} is not whole: its shard {path} is missing, fetch it again") from None
        except OSError as error:
            raise UserError(f"{folder / path} cannot be read: {error.strerror}") from error
    sizes = [len(shard) for shard in shards]
    if sum(sizes) != needed:
        at = next((i for i, size in enumerate(_expected(needed, sizes)) if size != sizes[i]), len(paths) - 1)
        raise UserError(
            f"{folder} is not whole: its shards hold {sum(sizes)} bytes where the manifest lists {needed}, "
            f"and {paths[at]} has {sizes[at]} of them: fetch it again"
        )
    return memoryview(b"".join(shards))


def _expected(needed: int, sizes: Sequence[int]) -> Iterator[int]:
    """How long each shard should be, if all but the last are as long as the longest of them."""
    longest = max(sizes[:-1], default=needed)
    for i, _ in enumerate(sizes):
        yield longest if i < len(sizes) - 1 else needed - longest * i


def _listed(manifest: Any, folder: Path) -> list[Any]:
    if not isinstance(manifest, list) or not manifest:
        raise UserError(f"the weights manifest of {folder} is damaged: it must be a list of groups")
    return manifest


def _checked(group: Any, folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Paths and weights of a group of a manifest that somebody else wrote."""
    try:
        paths, entries = [str(path) for path in group["paths"]], list(group["weights"])
        wrong = [str(entry["name"]) for entry in entries if not _well_formed(entry)]
    except (TypeError, KeyError, AttributeError) as error:
        raise UserError(f"the weights manifest of {folder} is damaged: {error}") from error
    leaving = [path for path in paths if _leaves(path)]
    if leaving or not paths:
        what = f"the shard {leaving[0]!r} leaves the folder" if leaving else "a group has no shards"
        raise UserError(f"the weights manifest of {folder} is refused: {what}")
    if wrong:
        raise UserError(
            f"the weights manifest of {folder} is damaged: {', '.join(wrong)} must have a shape of whole "
            f"numbers and a type among {', '.join(_TYPES)}, or quantised ones a scale and a min"
        )
    return paths, entries


def _well_formed(entry: Mapping[str, Any]) -> bool:
    affine = entry.get("quantization")
    if affine is not None and affine["dtype"] != "float16":
        numbers = (affine.get("scale"), affine.get("min"))
        if affine["dtype"] not in QUANTIZATIONS or not all(isinstance(n, int | float) for n in numbers):
            return False
    return _stored_type(entry) in _TYPES and all(type(n) is int and n >= 0 for n in entry["shape"])


def _stored_type(entry: Mapping[str, Any]) -> str:
    return (entry.get("quantization") or entry)["dtype"]


def _bytes(entry: Mapping[str, Any]) -> int:
    return math.prod(entry["shape"]) * np.dtype(_TYPES[_stored_type(entry)]).itemsize


def _leaves(path: str) -> bool:
    """Whether a path in a manifest may lead out of its folder."""
    anchored = PurePosixPath(path).is_absolute() or bool(PureWindowsPath(path).anchor)
    return anchored or ".." in path.replace("\\", "/").split("/")
