"""Files of music to training examples, file by file, and why the rest was left out."""

import collections
import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from base_vae.converters.base import Converter, Extraction
from base_vae.data.workers import in_order
from base_vae.errors import UserError, in_short
from base_vae.music.musical_grid import GRIDS, Grid, split_at_metre_changes
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import PassedOver, ReadPiece, read_pieces
from base_vae.readers.sources import EXAMPLES_SUFFIX, Source
from base_vae.readers.tfrecord import without_shard

_MOST_REASONS = 3  # of a file that cannot be used


@dataclasses.dataclass(frozen=True)
class FileExamples:
    """The examples of one file.

    Attributes:
      name: as the user would type it.
      pieces: number of pieces of music that were read.
      examples: distinct ones in the file, in order, [examples, *converter.shape].
      piece_of: number of the piece of each example, among those of the file that gave any, int64 [examples].
      rejected: how often each reason kept music out.
      reason: one sentence saying why there are no examples; None where there are.
    """

    name: str
    pieces: int
    examples: np.ndarray
    piece_of: np.ndarray
    rejected: collections.Counter[str]
    reason: str | None = None


def extract_sources(
    sources: Sequence[Source],
    converter: Converter,
    *,
    grid: Grid = "musical",
    limits: Limits = DEFAULT_LIMITS,
    num_workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[FileExamples]:
    """Yields the examples of each file, in order, whatever the number of workers.

    Args:
      sources: see `find_sources`.
      converter: makes the examples.
      grid: `musical` makes beats even and bars whole first; `exact` hands music to the converter as it was
        read, which is what the original does.
      limits: how large a file and a piece may be.
      num_workers: processes; None takes every core where there is enough to do.
      progress: called with the files done and their number after each.

    Raises:
      UserError: if there is no such grid.
    """
    if grid not in GRIDS:
        raise UserError(f"the grid must be one of {', '.join(GRIDS)} (received {grid!r})")
    work = functools.partial(extract_source, converter=converter, grid=grid, limits=limits)
    for done, found in enumerate(in_order(work, sources, num_workers=num_workers), 1):
        yield found
        if progress:
            progress(done, len(sources))


def extract_source(
    source: Source, converter: Converter, *, grid: Grid = "musical", limits: Limits = DEFAULT_LIMITS
) -> FileExamples:
    """The examples of one file; a fault in it becomes the reason, not an error."""
    if source.suffix == EXAMPLES_SUFFIX and not source.problem:
        return _read_examples(source, converter, limits)
    return extract_pieces(source.name, read_pieces(source, limits=limits), converter, grid=grid)


def extract_pieces(
    name: str,
    music: Iterable[ReadPiece | PassedOver],
    converter: Converter,
    *,
    grid: Grid = "musical",
) -> FileExamples:
    """The examples of some pieces as those of one file; if reading raises UserError, of those before it."""
    rejected: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    found: dict[bytes, tuple[np.ndarray, int]] = {}  # a dict keeps its order
    pieces = used = 0
    pending = iter(music)
    while True:
        try:
            piece = next(pending, None)
        except UserError as error:
            reasons[str(error)] += 1
            if pieces:
                rejected[str(error)] += 1
            break
        if piece is None:
            break
        if isinstance(piece, PassedOver):
            rejected[piece.reason] += 1
            if not piece.is_part:
                reasons[piece.reason] += 1
            continue
        pieces += 1
        extraction = extract_piece(piece, converter, grid=grid)
        rejected += extraction.rejected
        if not len(extraction.examples):
            reasons[_why_unused(piece, extraction.rejected)] += 1
            continue
        for example in extraction.examples:
            found.setdefault(example.tobytes(), (example, used))
        used += 1
    if not found:
        empty = np.zeros((0, *converter.shape), converter.dtype)
        return FileExamples(name, pieces, empty, np.zeros(0, np.int64), rejected, _why_nothing(reasons))
    examples, piece_of = zip(*found.values(), strict=True)
    return FileExamples(name, pieces, np.stack(examples), np.array(piece_of, np.int64), rejected)


def extract_piece(read: ReadPiece, converter: Converter, *, grid: Grid = "musical") -> Extraction:
    """The examples of a piece; on the musical grid those of each stretch of one metre, in order.

    Whatever an odd piece does to the converter becomes a reason: it costs no other piece anything.
    """
    nothing = np.zeros((0, *converter.shape), converter.dtype)
    try:
        if grid == "exact":
            return converter.extract(read.piece)
        if len(read.piece) < 2:  # one long note has the length of an example, but nothing to learn
            return Extraction(nothing, collections.Counter())
        parts = [converter.extract(part) for part in split_at_metre_changes(read.on_musical_grid())]
    except Exception as error:
        return Extraction(nothing, collections.Counter({f"it cannot be used ({in_short(error)})": 1}))
    if len(parts) == 1:
        return parts[0]
    examples = np.concatenate([part.examples for part in parts])
    rejected = sum((part.rejected for part in parts), collections.Counter[str]())
    return Extraction(examples[: converter.max_examples_per_sequence], rejected)


def _read_examples(source: Source, converter: Converter, limits: Limits) -> FileExamples:
    """The examples in a file that preprocessing made."""
    from base_vae.data.example_records import read_examples  # which knows the converters by name

    pieces: dict[bytes, int] = {}
    examples, piece_of, problem = [], [], None
    try:
        for piece, example in read_examples(source, converter, limits=limits):
            examples.append(example)
            piece_of.append(pieces.setdefault(piece, len(pieces)))
    except UserError as error:
        problem = str(error)
    rejected = collections.Counter({problem: 1} if problem and examples else {})
    shard = without_shard(source.path) != source.path  # little music in many shards: some have none
    reason = None if examples else problem or (None if shard else "the file is empty")
    stacked = np.array(examples, converter.dtype).reshape(-1, *converter.shape)
    return FileExamples(source.name, len(pieces), stacked, np.array(piece_of, np.int64), rejected, reason)


def _why_unused(read: ReadPiece, rejected: collections.Counter[str]) -> str:
    """Why a piece gave no example, from the reasons of the converter and the notes in it."""
    piece = read.piece
    if not len(piece):
        return "no notes in it"
    if len(piece) == 1 and not rejected:
        return "one note is too little to learn from"
    if not rejected:
        return "nothing in it that the model can use"
    if piece.is_drum.all() and rejected.total() == len(piece) == max(rejected.values()):
        return "only drums"
    reasons = ", ".join(_describe(reason, read) for reason, _ in rejected.most_common(_MOST_REASONS))
    return reasons + (", ..." if len(rejected) > _MOST_REASONS else "")


def _describe(reason: str, read: ReadPiece) -> str:
    """A reason; where it is the instruments, with those there are."""
    if "instrument" not in reason and "program" not in reason:
        return reason
    programs = np.unique(read.piece.program[~read.piece.is_drum]) + 1
    return f"{reason} (General MIDI programs {', '.join(map(str, programs.tolist()))})"


def _why_nothing(reasons: collections.Counter[str]) -> str:
    """Why a file gave no example, in a sentence; for a book of tunes, the most frequent reasons."""
    if reasons.total() <= 1:
        return next(iter(reasons), "no music in it")
    frequent = (f"{reason} ({count:,})" for reason, count in reasons.most_common(_MOST_REASONS))
    return f"none of its {reasons.total():,} pieces can be used: {', '.join(frequent)}"
