"""Preprocessing by whichever engine there is."""

import collections
import dataclasses
import glob
import importlib.util
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from base_vae.converters.base import Converter
from base_vae.data.preprocess.outputs import describe_results, statistics
from base_vae.data.preprocess.pool import run_in_pool
from base_vae.data.preprocess.steps import Settings
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord import shard_names

POOL = "pool"


def run(
    inputs: str,
    output: str,
    shards: int,
    settings: Settings,
    runner: str | None = None,
    options: Sequence[str] = (),
    num_workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
) -> tuple[dict[str, Any], str]:
    """TFRecords of NoteSequences to TFRecords of examples.

    Args:
      inputs: files, separated by commas; patterns and `name@10` too.
      output: what the names of the output begin with; its folder is made.
      shards: files of output for each split.
      settings: what is to be made.
      runner: `pool`, or one of Beam's; None takes Beam's local one where Beam is installed.
      options: more for Beam.
      num_workers: processes of the pool.
      limits: of the pool, how large a record may be.
      progress: called by the pool with the number of pieces read.

    Returns:
      The statistics, which are written beside the output too, and the name of the engine.

    Raises:
      UserError: if something cannot be read or written, Beam is asked for and not there, or no music can
        be used.
    """
    names = [name for piece in inputs.split(",") for name in shard_names(piece.strip()) if name]
    if runner is None and not options and importlib.util.find_spec("apache_beam") is None:
        runner = POOL
    if runner == POOL:
        if options:
            raise UserError("--pipeline_options are for Beam, and --runner=pool does without")
        files = _existing(names)
        _make_folder(output)
        counts, engine = (
            run_in_pool(files, output, shards, settings, num_workers, limits, progress),
            "the pool",
        )
    else:
        counts = _run_in_beam(names, output, shards, settings, runner, options)
        engine = f"Apache Beam ({runner or 'its local runner'})"
    figures = statistics(counts, settings)
    if "://" not in output:
        describe_results(output, figures, settings)
    return figures, engine


def _run_in_beam(
    names: list[str], output: str, shards: int, settings: Settings, runner: str | None, options: Sequence[str]
) -> collections.Counter:
    from base_vae.data.preprocess.beam_pipeline import run_in_beam

    options = [*([f"--runner={runner}"] if runner else []), *options]
    if any("://" in name for name in (*names, output)):
        return run_in_beam(names, output, shards, settings, options)
    names = _existing(names)  # Beam's own errors for a missing file are no help
    folder = _make_folder(output)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as unfinished:
        counts = run_in_beam(names, os.path.join(unfinished, Path(output).name), shards, settings, options)
        for path in sorted(Path(unfinished).iterdir()):
            path.replace(folder / path.name)
    return counts


def uncapped(converter: Converter) -> Converter:
    """The converter without its cap on the examples of a piece: a data set has all of them."""
    if hasattr(converter, "max_examples_per_sequence"):
        return dataclasses.replace(converter, max_examples_per_sequence=None)
    return converter


def _existing(names: Sequence[str]) -> list[str]:
    files = []
    for name in names:
        name = os.path.expanduser(name)
        found = [name] if os.path.exists(name) else sorted(glob.glob(name, recursive=True))
        if not found:
            raise UserError(f"{name}: there is no such file")
        files += found
    if not files:
        raise UserError("no input was given")
    return files


def _make_folder(output: str) -> Path:
    folder = Path(output).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror})") from error
    return folder
