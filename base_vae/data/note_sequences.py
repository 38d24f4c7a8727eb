"""A folder of music to TFRecords of NoteSequences, on all cores, going on where it was stopped.

The files are cut into parts, and each part is written whole into a folder beside the output. When all are
there, they are joined into the shards of the output: a TFRecord is its records, one after the other.
"""

import collections
import dataclasses
import functools
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from base_vae.data.report import FileReport, Report
from base_vae.data.workers import in_order
from base_vae.errors import UserError
from base_vae.files import as_path, atomic_file, lock, refuse_folder, writing
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import PassedOver, read_note_sequences
from base_vae.readers.sources import ABC_SUFFIXES, MIDI_SUFFIXES, Source, find_sources
from base_vae.readers.tfrecord import TFRECORD_SUFFIXES, shard_names, write_whole

_FILES_A_PART = 64
_LOCK = ".lock"
_VERSION = 3  # of what is written for a file: a higher one makes unfinished parts void


@dataclasses.dataclass(frozen=True)
class _Part:
    """Some files and the path of their NoteSequences; the report on them lies beside it."""

    sources: Sequence[Source]
    path: Path

    @property
    def report(self) -> Path:
        return self.path.with_suffix(".json")


def convert_folder(
    input_dir: str | Path,
    output_file: str | Path,
    *,
    recursive: bool = False,
    num_workers: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Writes the NoteSequences of every music file in a folder; files that cannot be read are left out.

    Stopped and called again with the same files, it goes on where it was. The output appears when all of it
    is there, and replaces what has its name.

    Args:
      input_dir: of MIDI, ABC and MusicXML files, and .zip archives of them.
      output_file: a TFRecord, or several as in `notes.tfrecord@10`; its report is written beside it.
      recursive: whether folders in folders are read too.
      num_workers: processes; None takes every core where there is enough to do. The output is the same.
      limits: how large files and pieces may be.
      progress: called with the files done and their number after each part.

    Raises:
      UserError: if nothing can be read, with the report, the output cannot be written, or another process
        writes it.
    """
    root = as_path(input_dir)
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder")
    output = as_path(output_file)
    targets = [output.with_name(name) for name in shard_names(output.name)]
    report_file = output.with_name(f"{output.name}.report.json")
    for target in (*targets, report_file):
        refuse_folder(target)
    sources, not_music = find_sources(root, recursive=recursive, limits=limits)
    records = [source for source in sources if source.suffix in TFRECORD_SUFFIXES]
    sources = [source for source in sources if source.suffix not in TFRECORD_SUFFIXES]
    unfinished = output.with_name(f".{output.name}.unfinished")
    with writing(output):
        unfinished.mkdir(parents=True, exist_ok=True)
        with lock(unfinished / _LOCK, f"{output}: another process writes it; wait for that, or stop it"):
            _begin(unfinished, root, sources, len(targets))
            ends = [len(sources) * i // len(targets) for i in range(len(targets) + 1)]
            shards = [
                _parts(sources[slice(*between)], i, unfinished)
                for i, between in enumerate(itertools.pairwise(ends))
            ]
            files, rejected = _convert(shards, root, limits, num_workers, progress)
            count = sum(file.examples for file in files)
            report = Report(tuple(files), count, rejected, not_music + len(records), noun="sequence")
            if not count:
                raise UserError(f"no music that can be read\n{report}")
            _publish(shards, targets, unfinished)
            report.save(report_file)
            shutil.rmtree(unfinished)
    return report


def _convert(
    shards: list[list[_Part]],
    root: Path,
    limits: Limits,
    num_workers: int | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[FileReport], collections.Counter[str]]:
    """Writes all parts; returns the reports on their files, and how often each reason kept music out."""
    parts = [part for shard in shards for part in shard]
    total = sum(len(part.sources) for part in parts)
    work = functools.partial(_convert_part, root=root, limits=limits)
    files: list[FileReport] = []
    rejected: collections.Counter[str] = collections.Counter()
    for reports, reasons in in_order(work, parts, num_workers=num_workers, chunk=1):
        files += reports
        rejected.update(reasons)
        if progress:
            progress(len(files), total)
    return files, rejected


def _begin(folder: Path, root: Path, sources: Sequence[Source], shards: int) -> None:
    """Empties the folder of unfinished work, unless it is of the same files; the lock in it stays."""
    digest = hashlib.sha256(f"{_VERSION} {root} {shards}\n".encode(errors="surrogateescape"))
    for source in sources:
        figures: tuple[int, ...] = ()
        if source.problem is None:
            found = os.stat(source.path)
            figures = (found.st_size, found.st_mtime_ns)
        digest.update(f"{source.name} {source.member} {figures}\n".encode(errors="surrogateescape"))
    mark = folder / "made_of.json"
    made_of = {"digest": digest.hexdigest()}
    try:
        if json.loads(mark.read_text("utf-8")) == made_of:
            return
    except (OSError, ValueError):
        pass
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != _LOCK:
            left.unlink()
    mark.write_text(json.dumps(made_of) + "\n", "utf-8")


def _parts(sources: Sequence[Source], shard: int, folder: Path) -> list[_Part]:
    starts = range(0, len(sources), _FILES_A_PART)
    return [
        _Part(sources[start : start + _FILES_A_PART], folder / f"{shard:05d}-{number:06d}.part")
        for number, start in enumerate(starts)
    ]


def _convert_part(part: _Part, root: Path, limits: Limits) -> tuple[list[FileReport], dict[str, int]]:
    """Writes a part, if it is not there yet; returns the reports on its files, and the reasons."""
    if (known := _known(part)) is not None:
        return known
    files: list[FileReport] = []
    rejected: collections.Counter[str] = collections.Counter()

    def records() -> Iterator[bytes]:
        for source in part.sources:
            yield from _records_of(source, root, limits, files, rejected)

    write_whole(part.path, records())
    contents = json.dumps({"files": [dataclasses.asdict(file) for file in files], "rejected": rejected})
    with atomic_file(part.report) as new:
        new.write_text(contents, "utf-8")
    return files, rejected


def _known(part: _Part) -> tuple[list[FileReport], dict[str, int]] | None:
    """What `_convert_part` returned for a part that is there already; None where it must be made again."""
    try:
        known = json.loads(part.report.read_text("utf-8"))  # written after the part itself
        reports = [FileReport(**file) for file in known["files"]]
        return (reports, dict(known["rejected"])) if part.path.is_file() else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _records_of(
    source: Source,
    root: Path,
    limits: Limits,
    files: list[FileReport],
    rejected: collections.Counter[str],
) -> Iterator[bytes]:
    """Yields the NoteSequences of a file, serialised; its report goes into `files` and `rejected`."""
    count, reason = 0, None
    left_out: collections.Counter[str] = collections.Counter()
    try:
        for number, music in enumerate(read_note_sequences(source, limits=limits), 1):
            if isinstance(music, PassedOver):
                left_out[music.reason] += 1
                continue
            count += 1
            _identify(music, source, root, number)
            yield music.SerializeToString()
    except UserError as error:
        left_out[str(error)] += 1
    if not count:
        reason = next(iter(left_out), "no music in it")
    rejected.update(left_out)
    files.append(FileReport(source.name, count, count, reason, left_out.total()))


def _identify(sequence: NoteSequence, source: Source, root: Path, number: int) -> None:
    """Names a sequence as the original's tool does: by its collection, its file there, and a hash of that."""
    kind = (
        "midi" if source.suffix in MIDI_SUFFIXES else "abc" if source.suffix in ABC_SUFFIXES else "musicxml"
    )
    sequence.collection_name = os.fsencode(root.resolve().name).decode("utf-8", "replace")
    sequence.filename = os.path.relpath(source.name, root)
    known_by = f"{sequence.filename}_{number}" if kind == "abc" else sequence.filename
    digest = hashlib.sha1(known_by.encode()).hexdigest()
    sequence.id = f"/id/{kind}/{sequence.collection_name}/{digest}"


def _publish(shards: list[list[_Part]], targets: list[Path], unfinished: Path) -> None:
    """Joins the parts of each shard, then moves all shards to their places."""
    joined = []
    for number, shard in enumerate(shards):
        joined.append(unfinished / f"{number:05d}.shard")
        with open(joined[-1], "wb") as whole:
            for part in shard:
                with open(part.path, "rb") as file:
                    shutil.copyfileobj(file, whole, 2**20)
    for path, target in zip(joined, targets, strict=True):
        path.replace(target)
