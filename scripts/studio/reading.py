"""What the model reads of the user's files: examples to learn from, a line for each file, a roll of it."""

import collections
import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from midime_scripts.studio.notes import to_page
from midime_scripts.studio.uploads import Song
from midime_scripts.studio.worker import Task

from base_vae.converters import Converter, without_limits
from base_vae.data.collection import Collection, CollectionBuilder, built
from base_vae.data.extraction import extract_sources
from base_vae.data.stretches import cut
from base_vae.errors import UserError
from base_vae.music.piece import DEFAULT_QPM
from base_vae.readers.limits import Limits
from base_vae.readers.read import PassedOver, read_pieces
from base_vae.readers.sources import Source, find_sources

_MOST_REASONS = 3
_MOST_BARS = 64  # of a file's roll


@dataclasses.dataclass(frozen=True)
class ReadFile:
    """A file, and what became of it.

    Attributes:
      source: where it is.
      name: as the user knows it.
      examples: pieces of the model's length taken from it.
      reason: why there are none; None where there are.
      lost: how often each reason kept a part of it out.
    """

    source: Source
    name: str
    examples: int
    reason: str | None
    lost: tuple[tuple[str, int], ...]

    def for_page(self) -> dict[str, Any]:
        """Plain data."""
        lost = [f"{reason} ({count})" if count > 1 else reason for reason, count in self.lost]
        return {"name": self.name, "examples": self.examples, "reason": self.reason, "lost": lost}


@dataclasses.dataclass(frozen=True)
class Reading:
    """All files.

    Attributes:
      files: each of them, in order.
      collection: distinct examples; None where there is nothing to learn from.
      file_of_piece: number of the file of each piece in the collection.
      not_music: files that were passed over, as their endings say that they are something else.
    """

    files: list[ReadFile]
    collection: Collection | None
    file_of_piece: np.ndarray
    not_music: int


def read(songs: Sequence[Song], converter: Converter, limits: Limits, task: Task) -> Reading:
    """Reads the songs as a model with this converter does; what is wrong with one costs no other anything."""
    names = {str(song.path): song.name for song in songs}
    sources, not_music = find_sources([song.path for song in songs], limits=limits)
    files: list[ReadFile] = []
    kept: list[np.ndarray] = []
    builder = CollectionBuilder(kept.append)
    file_of_piece: list[int] = []

    def progress(done: int, total: int) -> None:
        task.step("Reading your music", done, total)

    progress(0, len(sources))
    # In this process alone: another one would begin with importing TensorFlow.
    converted_files = extract_sources(
        sources, without_limits(converter.in_use), limits=limits, num_workers=1, progress=progress
    )
    for number, (source, converted) in enumerate(zip(sources, converted_files, strict=True)):
        name = _name(source, names)
        builder.add(dataclasses.replace(converted, name=name))
        file_of_piece += [number] * (int(converted.piece_of.max(initial=-1)) + 1)
        lost = tuple(converted.rejected.most_common(_MOST_REASONS)) if converted.reason is None else ()
        files.append(ReadFile(source, name, len(converted.examples), converted.reason, lost))
    collection = built(builder, kept, not_music=not_music) if kept else None
    return Reading(files, collection, np.array(file_of_piece, np.int64), not_music)


def roll(file: ReadFile, converter: Converter, limits: Limits) -> dict[str, Any]:
    """The first piece in a file as the model reads it, from beginning to end, for the page.

    Raises:
      UserError: if nothing in it can be read.
    """
    pieces = (piece for piece in read_pieces(file.source, limits=limits) if not isinstance(piece, PassedOver))
    first = next(itertools.islice(pieces, 1), None)
    if first is None:
        raise UserError("there is no piece in it that can be read")
    arrays = cut(first.on_musical_grid(), converter).arrays[: _MOST_BARS // converter.bars]
    music = converter.decode(converter.join(arrays), qpm=DEFAULT_QPM)
    beats = converter.bar // converter.steps_per_quarter
    return to_page(music, DEFAULT_QPM, converter.bars * len(arrays), beats)


def _name(source: Source, names: dict[str, str]) -> str:
    """The name that a user knows a source by: its own, or its song's and what is inside that."""
    song = names.get(source.path)
    if song is None:  # in a folder that was named at the start
        return source.name
    return f"{song}/{source.inside}" if source.inside else song


def summary(files: Sequence[ReadFile]) -> str:
    """A sentence on what became of them."""
    used = sum(file.reason is None for file in files)
    reasons = collections.Counter(file.reason for file in files if file.reason is not None)
    if not files:
        return ""
    if not used:
        return "None of these files can be used."
    text = f"Read {used} of {len(files)} files" if reasons else f"Read {_files(used)}"
    return f"{text}: {sum(file.examples for file in files):,} passages to learn from."


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"all {count:,} files"
