"""Preprocessing on this machine's cores.

Examples go into one file for each shard, by their keys, so that equal ones meet in the same file; then
each shard is made distinct and written. Memory holds one shard at a time.
"""

import collections
import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from base_vae.data.preprocess.outputs import shards_of
from base_vae.data.preprocess.steps import Found, Settings, count_unreadable, examples_of, record_of, unite
from base_vae.data.workers import in_order
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord import raw_records, write_whole
from base_vae.readers.tfrecord_framing import read_records, write_record

_PIECES_A_REPORT = 1000
_LARGEST_SPILL = 2**40


def run_in_pool(
    inputs: Sequence[str],
    output: str,
    shards: int,
    settings: Settings,
    *,
    num_workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
) -> collections.Counter[str]:
    """Writes the examples of some TFRecords of NoteSequences into new ones.

    Args:
      inputs: files; of a damaged one, the records before the damage are used.
      output: prefix of the output, in a folder that exists.
      shards: files of each split.
      settings: of the output.
      num_workers: processes; None takes every core where there is enough to do.
      limits: how large a record may be.
      progress: called with the number of pieces read.

    Returns:
      The counts of `examples_of`, with `written/SPLIT`, `lost` and `unreadable/FILE: REASON`.
    """
    counts: collections.Counter[str] = collections.Counter()
    spills = Path(f"{output}.found")
    spills.mkdir()
    names = _spill(inputs, shards, settings, num_workers, limits, progress, counts, spills)
    targets = {split: shards_of(output, split, shards, settings) for split in settings.split_names}
    work = functools.partial(_write_shard, settings=settings)
    for number, result in enumerate(in_order(work, names, num_workers=num_workers, chunk=1)):
        counts.update(result)
        for split in settings.split_names:
            os.replace(f"{names[number]}.{split}", targets[split][number])
    shutil.rmtree(spills)
    return counts


def _spill(
    inputs: Sequence[str],
    shards: int,
    settings: Settings,
    num_workers: int | None,
    limits: Limits,
    progress: Callable[[int], None] | None,
    counts: collections.Counter[str],
    folder: Path,
) -> list[str]:
    """Writes the examples in each record into the files of their shards; returns the files."""
    names = [os.path.join(folder, f"{number:05d}") for number in range(shards)]
    work = functools.partial(examples_of, settings=settings)
    files = [open(name, "wb") for name in names]  # noqa: SIM115  (closed below)
    try:
        records = _records(inputs, limits, counts)
        for found, counted in in_order(work, records, num_workers=num_workers):
            counts.update(counted)
            for key, one in found:
                head = json.dumps([one.piece, one.split]).encode()
                file = files[int.from_bytes(key[:8], "big") % shards]
                write_record(file, b"%s%08x%s%s" % (key, len(head), head, one.example))
            if progress and counts["pieces"] % _PIECES_A_REPORT == 0:
                progress(counts["pieces"])
    finally:
        for file in files:
            file.close()
    return names


def _records(inputs: Sequence[str], limits: Limits, counts: collections.Counter[str]) -> Iterator[bytes]:
    for path in inputs:
        try:
            yield from raw_records(path, limits=limits)
        except UserError as error:
            count_unreadable(path, error, counts)


def _write_shard(spill: str, settings: Settings) -> collections.Counter[str]:
    """Writes a shard of every split from the examples for it, sorted by key."""
    groups: dict[bytes, list[Found]] = {}
    with open(spill, "rb") as file:
        for record in read_records(file, _LARGEST_SPILL):
            length = int(record[16:24], 16)
            piece, split = json.loads(record[24 : 24 + length])
            groups.setdefault(record[:16], []).append(Found(piece, split, record[24 + length :]))
    counts: collections.Counter[str] = collections.Counter()
    results: dict[str, list[bytes]] = {split: [] for split in settings.split_names}
    for key in sorted(groups):
        chosen, pieces = unite(groups[key])
        made = record_of(chosen, pieces, settings)
        if made is None:
            counts["lost"] += 1
            continue
        results[chosen.split].append(made)
        counts[f"written/{chosen.split}"] += 1
    for split, records in results.items():
        write_whole(f"{spill}.{split}", records)
    return counts
