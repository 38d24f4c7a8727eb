"""A folder of music as examples of one length, so that sets of different pieces compare.

Pieces are cut into examples that follow each other. What comes again in a piece comes again among them, as
often as it is played, so that music that goes round in circles is seen as such.
"""

import collections
import dataclasses
import functools
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from base_vae.converters import Converter, without_limits
from base_vae.converters.pieces import pieces_of
from base_vae.data.extraction import FileExamples, extract_source
from base_vae.data.report import FileReport, Report
from base_vae.data.workers import in_order
from base_vae.errors import UserError, in_short
from base_vae.metrics.features import features_of
from base_vae.metrics.similarity import Onsets
from base_vae.music.musical_grid import split_at_metre_changes
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import PassedOver, ReadPiece, read_pieces
from base_vae.readers.sources import EXAMPLES_SUFFIX, Source, find_sources

_REASONS_SAID = 3


@dataclasses.dataclass(frozen=True)
class MusicSet:
    """Examples of some files, repetitions included, within a piece and among pieces.

    Attributes:
      arrays: [examples, *converter.shape].
      names: of the file of each example.
      piece_of: number of the piece of each example, int64 [examples].
      converter: what an example is.
      report: what became of every file.
    """

    arrays: np.ndarray
    names: tuple[str, ...]
    piece_of: np.ndarray
    converter: Converter
    report: Report

    def __len__(self) -> int:
        return len(self.arrays)

    @functools.cached_property
    def pieces(self) -> list[Piece]:
        """The examples as notes, at the default tempo, each as long as an example is."""
        return list(pieces_of(self.arrays, self.converter))

    @functools.cached_property
    def features(self) -> dict[str, np.ndarray]:
        """The features of Yang and Lerch of each, see `features.features_of`."""
        return features_of(self.pieces, self.converter.steps_per_quarter)

    @functools.cached_property
    def onsets(self) -> Onsets:
        """The onsets of the notes."""
        return Onsets.of(self.pieces, self.converter.steps_per_quarter, self.steps)

    @property
    def steps(self) -> int:
        """Steps in an example, whole bars."""
        return self.converter.bars * self.converter.bar

    def drawn(self, n: int, seed: int) -> "MusicSet":
        """At most `n` examples, drawn at random, in their order."""
        if len(self) <= n:
            return self
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self))[:n])
        names = tuple(self.names[i] for i in chosen)
        return MusicSet(self.arrays[chosen], names, self.piece_of[chosen], self.converter, self.report)


def read_set(
    paths: Iterable[str | Path],
    converter: Converter,
    limits: Limits = DEFAULT_LIMITS,
    consecutive: bool = True,
) -> MusicSet:
    """All examples in files and folders; what cannot be read is named in the report.

    A piece that is as long as an example at most is one, as it stands, rests and all; longer ones give those
    that `converter.extract` finds, without the limits for large collections. Files of examples
    are taken as preprocessing made them.

    Args:
      paths: files and folders.
      converter: what an example is.
      limits: how large files and pieces may be.
      consecutive: cut longer pieces into examples that follow each other. Otherwise those overlap, as for
        training, so that a passage is found wherever it begins.

    Raises:
      UserError: if there is none, with the report.
    """
    converter = without_limits(converter)
    sources, not_music = find_sources(paths, limits=limits)
    work = functools.partial(_read, converter=converter, limits=limits, consecutive=consecutive)
    files: list[FileReport] = []
    arrays: list[np.ndarray] = []
    names: list[str] = []
    numbers: list[np.ndarray] = []
    rejected: collections.Counter[str] = collections.Counter()
    pieces = 0
    for converted in in_order(work, sources):
        count = len(converted.examples)
        lost = converted.rejected.total()
        files.append(FileReport(converted.name, converted.pieces, count, converted.reason, lost))
        arrays.append(converted.examples)
        names += [converted.name] * count
        numbers.append(converted.piece_of + pieces)
        pieces += int(converted.piece_of.max(initial=-1)) + 1
        rejected.update(converted.rejected)
    report = Report(tuple(files), len(names), rejected, not_music)
    if not names:
        raise UserError(f"no music that can be measured\n{report}")
    return MusicSet(np.concatenate(arrays), tuple(names), np.concatenate(numbers), converter, report)


def _read(source: Source, converter: Converter, limits: Limits, consecutive: bool) -> FileExamples:
    """Reads one file; an error in it becomes the reason of its report."""
    if source.suffix == EXAMPLES_SUFFIX and not source.problem:
        return extract_source(source, converter, limits=limits)
    examples: list[np.ndarray] = []
    piece_of: list[int] = []
    pieces = 0
    rejected: collections.Counter[str] = collections.Counter()
    problems: collections.Counter[str] = collections.Counter()
    try:
        for music in read_pieces(source, limits=limits):
            if isinstance(music, PassedOver):
                problems[music.reason] += 1
                continue
            try:
                found, lost = _examples(music, converter, consecutive)
            except Exception as error:  # whatever an odd piece does, it costs no other piece anything
                problems[f"it cannot be used ({in_short(error)})"] += 1
                continue
            piece_of += [pieces] * len(found)
            examples += found
            pieces += 1
            rejected += lost
    except UserError as error:
        problems[str(error)] += 1
    rejected += problems
    why = ", ".join(reason for reason, _ in rejected.most_common(_REASONS_SAID)) or "nothing to measure in it"
    stacked = np.array(examples, converter.dtype).reshape(-1, *converter.shape)
    numbers = np.array(piece_of, np.int64)
    return FileExamples(source.name, pieces, stacked, numbers, rejected, None if examples else why)


def _examples(
    read: ReadPiece, converter: Converter, consecutive: bool
) -> tuple[list[np.ndarray], collections.Counter[str]]:
    """The examples of a piece, and how often each reason kept music out."""
    left_out: collections.Counter[str] = collections.Counter()
    try:
        return [converter.encode_whole(read.piece, left_out=left_out)], left_out
    except UserError:  # too long, in another metre, or without a note for the converter
        parts = split_at_metre_changes(read.on_musical_grid())
        found = [converter.extract(part, consecutive=consecutive) for part in parts]
        rejected = sum((each.rejected for each in found), collections.Counter[str]())
        return [example for each in found for example in each.examples], rejected
