"""Preprocessing by either engine, the pool or Beam."""

import collections
import dataclasses
import glob
import importlib.util
import os
from collections.abc import Callable, Sequence
from typing import Any

from base_vae.converters.base import Converter
from base_vae.data.preprocess.outputs import describe_results, shards_of, statistics
from base_vae.data.preprocess.pool import run_in_pool
from base_vae.data.preprocess.steps import Settings
from base_vae.errors import UserError
from base_vae.files import as_path, atomic_outputs, refuse_folder
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord import shard_names

POOL = "pool"


def run(
    inputs: str,
    output: str,
    shards: int,
    settings: Settings,
    *,
    runner: str | None = None,
    options: Sequence[str] = (),
    num_workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
) -> tuple[dict[str, Any], str]:
    """TFRecords of NoteSequences to TFRecords of examples, which appear when all is done.

    Args:
      inputs: files, separated by commas; patterns and `name@10` too. Of a damaged file, the records before
        the damage are used.
      output: prefix of the names of the output; its folder is made.
      shards: files of output for each split.
      settings: of the output.
      runner: `pool`, or one of Beam's; None takes Beam's local one where Beam is installed.
      options: more for Beam.
      num_workers: processes of the pool.
      limits: how large a record may be.
      progress: called by the pool with the number of pieces read.

    Returns:
      The statistics, which are written beside the output too, and the name of the engine.

    Raises:
      UserError: if something cannot be written, Beam is needed and not installed, or no music can be used.
    """
    names = [name for piece in inputs.split(",") for name in shard_names(piece.strip()) if name]
    if runner is None and not options and importlib.util.find_spec("apache_beam") is None:
        runner = POOL
    if runner == POOL:
        if options:
            raise UserError("--pipeline_options are for Beam, and --runner=pool does without")
        engine = "the pool"
    else:
        engine = f"Apache Beam ({runner or 'its local runner'})"
    options = [*([f"--runner={runner}"] if runner and runner != POOL else []), *options]

    def make(files: Sequence[str], prefix: str) -> collections.Counter[str]:
        if runner == POOL:
            return run_in_pool(
                files, prefix, shards, settings, num_workers=num_workers, limits=limits, progress=progress
            )
        from base_vae.data.preprocess.beam_pipeline import run_in_beam

        return run_in_beam(files, prefix, shards, settings, options=options, limits=limits)

    if runner != POOL and any("://" in name for name in (*names, output)):
        return statistics(make(names, output), settings), engine
    files = _existing(names)
    for split in settings.split_names:
        for target in shards_of(output, split, shards, settings):
            refuse_folder(target)
    path = as_path(output)
    with atomic_outputs(path.parent) as unfinished:
        prefix = str(unfinished / path.name)
        figures = statistics(make(files, prefix), settings)
        describe_results(prefix, figures, settings)
    return figures, engine


def uncapped(converter: Converter) -> Converter:
    """The converter without its cap on the examples of a piece: a data set has all of them."""
    return dataclasses.replace(converter, max_examples_per_sequence=None)


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
