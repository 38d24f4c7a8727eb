"""Distinct training examples from all files of a person, and a report on each of them."""

import array
import collections
import dataclasses
import hashlib
import heapq
import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from base_vae.converters.base import Converter
from base_vae.data.extraction import FileExamples, extract_pieces, extract_sources
from base_vae.data.report import FileReport, Report
from base_vae.errors import UserError, shortened
from base_vae.music.musical_grid import Grid
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import ReadPiece
from base_vae.readers.sources import find_sources

Music = str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Iterable[NoteSequence]

_WORST_FILES = 20
_DIGEST_BYTES = 16


@dataclasses.dataclass(frozen=True)
class Collection:
    """Music as a model takes it.

    Attributes:
      examples: distinct arrays in the order they were met, [examples, *converter.shape].
      sources: number of the first piece with each example, among those that gave any, int64 [examples].
      report: on every file.
    """

    examples: np.ndarray
    sources: np.ndarray
    report: Report

    def __repr__(self) -> str:
        return f"<Collection of {len(self.examples)} examples, each {list(self.examples.shape[1:])}>"

    def first(self, n: int | None) -> "Collection":
        """The collection with its first `n` examples; None keeps them all."""
        return dataclasses.replace(self, examples=self.examples[:n], sources=self.sources[:n])


def collect(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    converter: Converter,
    *,
    grid: Grid = "musical",
    recursive: bool = True,
    limits: Limits = DEFAULT_LIMITS,
    num_workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Collection:
    """Reads files and folders of music and collects their distinct examples.

    The converter's own rules apply: `TrainedModel.collect` reads music for a model as the commands do.

    Files are read in the order given, those of a folder sorted by name, each once. Hidden files are passed
    over. A file that cannot be used is named in the report and costs no other file anything.

    Args:
      paths: one or more files (MIDI, ABC, MusicXML, TFRecords of NoteSequences, .zip archives), folders of
        them, or patterns.
      converter: makes the examples.
      grid: `musical` makes beats even and bars whole first; `exact` is as the original.
      recursive: whether folders in folders are read too.
      limits: how large files and pieces may be.
      num_workers: processes; None takes every core where there is enough to do. The result is the same.
      progress: called with the files done and their number after each.

    Raises:
      UserError: if nothing can be used, with the report.
    """
    sources, not_music = find_sources(paths, recursive=recursive, limits=limits)
    kept: list[np.ndarray] = []
    builder = CollectionBuilder(kept.append)
    for found in extract_sources(
        sources, converter, grid=grid, limits=limits, num_workers=num_workers, progress=progress
    ):
        builder.add(found)
    return built(builder, kept, not_music=not_music)


def collect_sequences(
    sequences: Iterable[NoteSequence | Piece],
    converter: Converter,
    *,
    grid: Grid = "musical",
    limits: Limits = DEFAULT_LIMITS,
) -> Collection:
    """Collects from music in memory, each a piece. Raises UserError if nothing in it can be used."""
    kept: list[np.ndarray] = []
    builder = CollectionBuilder(kept.append)
    for number, music in enumerate(sequences, 1):
        name = music.name if isinstance(music, Piece) else music.filename
        read = (ReadPiece.of(one, limits=limits) for one in (music,))  # its errors become the report's
        builder.add(extract_pieces(name or f"sequence {number}", read, converter, grid=grid))
    return built(builder, kept)


def collect_music(music: Music, converter: Converter, *, limits: Limits = DEFAULT_LIMITS) -> Collection:
    """Collects from files, folders or NoteSequences. Raises UserError if nothing in them can be used."""
    music = as_music(music)
    if music and all(isinstance(piece, NoteSequence) for piece in music):
        return collect_sequences(music, converter, limits=limits)
    return collect(music, converter, limits=limits)


def as_music(music: Music) -> list[Any]:
    """Music as a list of paths, or of NoteSequences. Raises UserError where it is neither."""
    listed: list[Any] = [music]
    if isinstance(music, Iterable) and not isinstance(music, str | bytes | os.PathLike):
        listed = list(music)
    kind = NoteSequence if any(isinstance(each, NoteSequence) for each in listed) else str | os.PathLike
    odd = [each for each in listed if not isinstance(each, kind)]
    if odd or isinstance(music, NoteSequence):
        raise UserError(
            "music must be a path, a list of paths, or a list of NoteSequences "
            f"(received {shortened(repr(odd[0]), 60) if odd else 'one NoteSequence'})"
        )
    return listed


class CollectionBuilder:
    """Builds distinct examples and the report, file by file; repetitions take no memory.

    Attributes:
      sources: number of the piece of each example kept.
    """

    def __init__(self, keep: Callable[[np.ndarray], None]):
        """Hands new examples of a file, [new, *shape], to `keep`."""
        self.sources = array.array("q")
        self._keep = keep
        self._known: set[bytes] = set()
        self._files: list[FileReport] = []
        self._rejected: collections.Counter[str] = collections.Counter()
        self._worst: list[tuple[int, int, str, dict[str, int]]] = []
        self._pieces = 0

    def add(self, found: FileExamples) -> None:
        """Adds the examples of a file."""
        new = []
        for number, example in enumerate(found.examples):
            key = _key(example)
            if key not in self._known:
                self._known.add(key)
                new.append(number)
        if new:
            self._keep(found.examples[new])
            self.sources.extend((found.piece_of[new] + self._pieces).tolist())
        self._pieces += int(found.piece_of.max(initial=-1)) + 1
        self._rejected.update(found.rejected)
        lost = found.rejected.total()
        file = FileReport(found.name, found.pieces, len(found.examples), found.reason, lost)
        self._files.append(file)
        if lost:
            entry = (lost, -len(self._files), found.name, dict(found.rejected.most_common()))
            (heapq.heappush if len(self._worst) < _WORST_FILES else heapq.heappushpop)(self._worst, entry)

    def report(self, *, not_music: int = 0) -> Report:
        """The report on all files so far; `not_music` files were passed over.

        Raises:
          UserError: if there is no example, with the report.
        """
        worst = tuple((name, reasons) for _, _, name, reasons in sorted(self._worst, reverse=True))
        report = Report(tuple(self._files), len(self._known), self._rejected, not_music, worst)
        if not self._known:
            raise UserError(_nothing_usable(report))
        return report


def built(builder: CollectionBuilder, kept: list[np.ndarray], *, not_music: int = 0) -> Collection:
    """The collection of examples kept in memory. Raises UserError if there are none, with the report."""
    report = builder.report(not_music=not_music)
    return Collection(np.concatenate(kept), np.array(builder.sources, np.int64), report)


def _key(example: np.ndarray) -> bytes:
    """A key that only equal examples share: the bytes, or 16 bytes of a hash where they are many."""
    data = example.tobytes()
    return (
        data if len(data) <= 2 * _DIGEST_BYTES else hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()
    )


def _nothing_usable(report: Report) -> str:
    if not report.files:
        return "no music was given: name MIDI, ABC or MusicXML files, or folders of them"
    if len(report.files) == 1:
        return f"{report.files[0].name}: {report.files[0].reason}"
    return f"no music that can be used\n{report}"
