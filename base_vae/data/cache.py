"""A collection kept on disk: made once, used again as long as nothing that it was made of changes."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import base_vae.converters as converters
from base_vae.converters.base import Converter
from base_vae.data.collection import Collection, CollectionBuilder
from base_vae.data.example_file import ExampleFile
from base_vae.data.extraction import extract_sources
from base_vae.data.report import Report
from base_vae.errors import UserError
from base_vae.files import as_path, atomic_folder
from base_vae.music.musical_grid import Grid
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.sources import Source, find_sources

_VERSION = 3  # of what is made of the same files and settings: a higher one makes old caches void
_EXAMPLES, _SOURCES, _REPORT, _MADE_OF = "examples.npy", "sources.npy", "report.json", "made_of.json"


def cached_collection(
    paths: str | Path | Iterable[str | Path],
    converter: Converter,
    cache_dir: str | Path,
    *,
    grid: Grid = "musical",
    recursive: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    num_workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Collection:
    """Collects as `collect` does, once: the collection is kept in a folder of its own inside `cache_dir`.

    It is used again for the same files (path, size and time of their last change), converter and settings;
    its examples are mapped, not in memory.

    Raises:
      UserError: if nothing can be used, with the report, or the cache cannot be written or is damaged.
    """
    sources, not_music = find_sources(paths, recursive=recursive, limits=limits)
    made_of = _made_of(sources, converter, grid, limits)
    name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]
    folder = as_path(cache_dir) / name
    if not folder.is_dir():
        try:
            with atomic_folder(folder) as new:
                with ExampleFile(new / _EXAMPLES, converter.shape, converter.dtype) as file:
                    builder = CollectionBuilder(file.append)
                    for found in extract_sources(
                        sources,
                        converter,
                        grid=grid,
                        limits=limits,
                        num_workers=num_workers,
                        progress=progress,
                    ):
                        builder.add(found)
                builder.report(not_music=not_music).save(new / _REPORT)
                np.save(new / _SOURCES, np.array(builder.sources, np.int64))
                (new / _MADE_OF).write_text(json.dumps(made_of, indent=1) + "\n", "utf-8")
        except UserError:
            if not folder.is_dir():  # else another run was faster, with the same
                raise
    return _open(folder, converter)


def _made_of(sources: Sequence[Source], converter: Converter, grid: Grid, limits: Limits) -> dict[str, Any]:
    """All that the examples depend on, as plain data."""
    files: dict[str, list[int] | None] = {}
    for source in sources:
        try:
            found = os.stat(source.path)
            files[os.path.realpath(source.path)] = [found.st_size, found.st_mtime_ns]
        except OSError:
            files[source.path] = None
    names = hashlib.sha256()
    for path, figures in files.items():  # in their order: it decides which of two equal examples is kept
        names.update(f"{os.fsencode(path)!r} {figures}\n".encode())
    return {
        "version": _VERSION,
        "converter": json.loads(json.dumps(converters.converter_to_dict(converter))),
        "grid": grid,
        "limits": str(limits),
        "files": len(files),
        "files_digest": names.hexdigest(),
    }


def _open(folder: Path, converter: Converter) -> Collection:
    """The collection in a folder. Raises UserError if it is damaged or of other examples."""
    try:
        found = Collection(
            np.load(folder / _EXAMPLES, mmap_mode="r"),
            np.load(folder / _SOURCES, mmap_mode="r"),  # its header may claim any size
            Report.from_json(json.loads((folder / _REPORT).read_text("utf-8"))),
        )
        _check_same(found, converter)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{folder}: a damaged cache ({error}); delete that folder to make it anew") from error
    return found


def _check_same(found: Collection, converter: Converter) -> None:
    examples, shape = found.examples, (len(found.sources), *converter.shape)
    if examples.shape != shape or examples.dtype != converter.dtype:
        received = f"{examples.dtype} {examples.shape}"
        raise ValueError(f"its examples must be {np.dtype(converter.dtype)} {shape}, and are {received}")
    if found.sources.ndim != 1 or found.sources.dtype != np.int64 or found.report.examples != len(examples):
        raise ValueError(f"its sources and its report must be of {len(examples)} examples")
