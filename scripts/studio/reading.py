"""What the model reads of the user's files: examples, songs, a line for each file, a roll of it."""

import collections
import contextlib
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
from base_vae.music.key import key_of_piece
from base_vae.music.piece import DEFAULT_QPM, Piece
from base_vae.readers.limits import Limits
from base_vae.readers.read import PassedOver, read_pieces
from base_vae.readers.sources import Source, find_sources
from base_vae.tunes.playing import played_bars, to_sequence
from base_vae.tunes.song import Song as WholeSong
from base_vae.tunes.song import is_melody, song_of

_MOST_REASONS = 3
_MOST_BARS = 64  # of a file's roll


@dataclasses.dataclass(frozen=True)
class ReadFile:
    """A file, and what became of it.

    Attributes:
      source: where it is.
      name: as the user knows it.
      about: its music in a few words; empty where there is none.
      examples: pieces of the model's length taken from it.
      reason: why there are none; None where there are.
      lost: how often each reason kept a part of it out.
    """

    source: Source
    name: str
    about: str
    examples: int
    reason: str | None
    lost: tuple[tuple[str, int], ...]

    def for_page(self) -> dict[str, Any]:
        """Plain data."""
        lost = [f"{reason} ({count})" if count > 1 else reason for reason, count in self.lost]
        return {
            "name": self.name,
            "about": self.about,
            "examples": self.examples,
            "reason": self.reason,
            "lost": lost,
        }


@dataclasses.dataclass(frozen=True)
class Reading:
    """All files.

    Attributes:
      files: each of them, in order.
      collection: distinct examples; None where there is nothing to learn from.
      songs: whole songs, under the names that the user knows their files by.
      file_of_song: number of the file of each.
      not_music: files that were passed over, as their endings say that they are something else.
    """

    files: list[ReadFile]
    collection: Collection | None
    songs: list[WholeSong]
    file_of_song: list[int]
    not_music: int


def read(songs: Sequence[Song], converter: Converter, limits: Limits, task: Task) -> Reading:
    """Reads the songs as a model with this converter does; what is wrong with one costs no other anything."""
    names = {str(song.path): song.name for song in songs}
    sources, not_music = find_sources([song.path for song in songs], limits=limits)
    files: list[ReadFile] = []
    kept: list[np.ndarray] = []
    builder = CollectionBuilder(kept.append)
    whole: list[WholeSong] = []
    file_of_song: list[int] = []

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
        here = _songs_of(source, name, converter, limits)
        whole += here
        file_of_song += [number] * len(here)
        lost = tuple(converted.rejected.most_common(_MOST_REASONS)) if converted.reason is None else ()
        about = _about(here, converter)
        files.append(ReadFile(source, name, about, len(converted.examples), converted.reason, lost))
    collection = built(builder, kept, not_music=not_music) if kept else None
    return Reading(files, collection, whole, file_of_song, not_music)


def _songs_of(source: Source, name: str, converter: Converter, limits: Limits) -> list[WholeSong]:
    """The songs in a file, as far as it can be read: an odd piece costs no other piece anything."""
    songs: list[WholeSong] = []
    with contextlib.suppress(UserError):
        for piece in read_pieces(source, limits=limits):
            with contextlib.suppress(Exception):
                songs.append(dataclasses.replace(song_of(piece, converter), name=name))
    return songs


def _about(songs: Sequence[WholeSong], converter: Converter) -> str:
    """A few words on the music of a file, like "16 bars in G major, 4/4, at 84"; empty without songs."""
    if not songs:
        return ""
    bars = sum(played_bars(song, converter) for song in songs)
    words = f"{bars} {'bar' if bars == 1 else 'bars'}"
    if len(songs) > 1:
        return f"{len(songs)} tunes, {words}"
    [song] = songs
    if is_melody(converter):
        words += f" in {key_of_piece(Piece.from_sequence(to_sequence(song, converter)))}"
    metre = f", {song.metre[0]:g}/{song.metre[1]:g}" if song.metre else ""
    return f"{words}{metre}, at {song.qpm:.0f}"


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
