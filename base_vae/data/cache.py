"""A collection kept on disk: converted once, used again as long as nothing that it was made of changes."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import base_vae.converters as converters
from base_vae.converters.base import Converter
from base_vae.data.collection import Collection, CollectionBuilder
from base_vae.data.example_file import ExampleFile
from base_vae.data.extraction import convert_sources
from base_vae.data.report import Report
from base_vae.errors import UserError
from base_vae.music.musical_grid import Grid
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.sources import Source, find_sources

_VERSION = 1  # of what is made of the same files and settings: a higher one makes old caches void
_EXAMPLES, _SOURCES, _REPORT, _MADE_OF = "examples.npy", "sources.npy", "report.json", "made_of.json"


def cached_collection(
    paths: str | Path | Iterable[str | Path],
    converter: Converter,
    cache_dir: str | Path,
    grid: Grid = "musical",
    recursive: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    num_workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Collection:
    """As `collect`, kept in a folder of its own inside `cache_dir`; examples are mapped, not in memory.

    The folder appears whole or not at all. It is used again while the same files (path, size and time of
    their last change), converter and settings are asked for.

    Raises:
      UserError: if nothing can be used, with the report, or the cache cannot be written.
    """
    sources, not_music = find_sources(paths, recursive=recursive, limits=limits)
    made_of = _made_of(sources, converter, grid, limits)
    name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]
    folder = Path(cache_dir).expanduser() / name
    if not folder.is_dir():
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(prefix=f".unfinished-{name}-", dir=folder.parent))
        except OSError as error:
            raise UserError(f"{folder.parent}: cannot be written ({error.strerror})") from error
        try:
            results = convert_sources(sources, converter, grid, limits, num_workers, progress)
            with ExampleFile(unfinished / _EXAMPLES, converter.shape, converter.dtype) as file:
                gathering = CollectionBuilder(file.append)
                for converted in results:
                    gathering.add(converted)
            report = gathering.report(not_music)
            np.save(unfinished / _SOURCES, np.array(gathering.sources, np.int64))
            report.save(unfinished / _REPORT)
            (unfinished / _MADE_OF).write_text(json.dumps(made_of, indent=1) + "\n", "utf-8")
            _publish(unfinished, folder)
        except OSError as error:
            raise UserError(f"{folder.parent}: cannot be written ({error.strerror})") from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return _open(folder)


def _made_of(sources: Sequence[Source], converter: Converter, grid: Grid, limits: Limits) -> dict[str, Any]:
    """All that the examples depend on."""
    files = {}
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


def _publish(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another run was faster, with the same
            raise


def _open(folder: Path) -> Collection:
    try:
        return Collection(
            np.load(folder / _EXAMPLES, mmap_mode="r"),
            np.load(folder / _SOURCES),
            Report.from_json(json.loads((folder / _REPORT).read_text("utf-8"))),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder}: a damaged cache ({error}); delete that folder to make it anew") from error
