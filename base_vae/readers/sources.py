"""The files behind what a person names: files, folders, patterns, shards, what is inside .zip archives."""

import dataclasses
import functools
import glob
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from base_vae.errors import UserError, shortened
from base_vae.files import as_path
from base_vae.readers.example_tunes import as_typed, example_folder
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord import TFRECORD_SUFFIXES, shard_names, without_shard
from base_vae.readers.unpacking import open_archive, open_regular, size_of, unpack

MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".rmi")
ABC_SUFFIXES = (".abc",)
MUSICXML_SUFFIXES = (".musicxml", ".xml", ".mxl")
ZIP_SUFFIXES = (".zip",)
EXAMPLES_SUFFIX = ".examples"  # what preprocessing makes of music
SCORE_SUFFIXES = (*MIDI_SUFFIXES, *ABC_SUFFIXES, *MUSICXML_SUFFIXES)
MUSIC_SUFFIXES = (*SCORE_SUFFIXES, *TFRECORD_SUFFIXES, *ZIP_SUFFIXES, EXAMPLES_SUFFIX)

_RESOURCE_FORKS = "__MACOSX"  # a copy of every file's name, without music, in archives made on a Mac
_SMALL = 2**20  # bytes: an unpacked file of this size does no harm, however well it was packed
_LARGEST_LIST = 2**25  # bytes of an archive's list of files


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A file, or a file inside an archive.

    Attributes:
      path: of the file.
      member: number of the file inside the archive at `path`; None where `path` is itself the file.
      inside: its name there.
      problem: why it is not to be read, in a sentence; None where it is.
    """

    path: str
    member: int | None = None
    inside: str = ""
    problem: str | None = None

    @property
    def name(self) -> str:
        """The path as the user would type it, in text that can always be printed and stored."""
        path = as_typed(os.fsencode(self.path).decode("utf-8", "replace"))
        name = f"{path}/{self.inside}".encode(errors="replace").decode() if self.inside else path
        return "".join(character if character.isprintable() else "?" for character in name)

    @property
    def suffix(self) -> str:
        """The ending that decides how it is read, in lower case; that of a shard is that of the whole."""
        return Path(without_shard(self.inside or self.path)).suffix.lower()

    def read(self, limits: Limits) -> bytes:
        """All of its bytes.

        Raises:
          UserError: if they are more than the limits allow, or cannot be unpacked.
          OSError: if the file cannot be read.
        """
        with open_regular(self.path) as file:
            if self.member is not None:
                return self._unpack(file, limits)
            size = size_of(file)
            limits.check("max_file_mb", size / 2**20, "the file", "MB")
            return file.read(size)

    def _unpack(self, file: BinaryIO, limits: Limits) -> bytes:
        member = _list_of(self.path, size_of(file), os.fstat(file.fileno()).st_mtime_ns)[self.member or 0]
        limits.check("max_file_mb", member.file_size / 2**20, "the file", "MB unpacked")
        if member.file_size > _SMALL:
            ratio = member.file_size / max(member.compress_size, 1)
            limits.check("max_zip_ratio", ratio, "the file, packed to a fraction of its size,", "to 1")
        return unpack(file, member, max(member.file_size, 0))


@functools.lru_cache(maxsize=2)  # it is long, and needed for each of the files
def _list_of(path: str, size: int, changed: int) -> list[zipfile.ZipInfo]:
    """The list of files of an archive of this size and time."""
    with open_regular(path) as file:
        return open_archive(file, _LARGEST_LIST).infolist()


def find_sources(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[list[Source], int]:
    """The files to read, in order, each one once, and how many files have other endings.

    Files come in the order given, those of a folder and of an archive sorted by name. Hidden files are passed
    over. Where nothing can be read, a source has the reason.

    Args:
      paths: one or more files, folders, patterns with `*` and `?`, sharded names like `x.tfrecord@10`, or
        tunes that come with the package, like `examples:reels`.
      recursive: whether folders in folders are read too.
      limits: how many files an archive may have, and how large they may be unpacked.

    Raises:
      UserError: if one is no path, or names tunes that do not come with the package.
    """
    search = _Search(recursive, limits)
    named: Iterable[object] = (paths,)
    if isinstance(paths, Iterable) and not isinstance(paths, str | bytes | os.PathLike):
        named = paths
    for path in named:
        search.add(example_folder(str(as_path(path))))
    return search.found, search.not_music


class _Search:
    def __init__(self, recursive: bool, limits: Limits):
        self.found: list[Source] = []
        self.not_music = 0
        self._recursive, self._limits = recursive, limits
        self._known: set[str] = set()

    def add(self, path: str) -> None:
        """Takes in a file, a folder with what is in it, or what a pattern matches."""
        if os.path.isdir(path):
            self._add_folder(path)
        elif os.path.lexists(path):  # one of another kind too: it was named, so it is reported
            self._add_file(path)
        elif len(shards := shard_names(path)) > 1 or shards != [path]:
            for shard in shards:
                self.add(shard)
        elif matches := sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []:
            for match in matches:
                self.add(match)
        else:
            self.found.append(Source(path, problem="there is no such file or folder"))

    def _add_file(self, path: str) -> None:
        real = os.path.realpath(path)
        if real in self._known:
            return
        self._known.add(real)
        if Path(path).suffix.lower() in ZIP_SUFFIXES:
            self._add_archive(path)
        else:
            self.found.append(Source(path))

    def _add_folder(self, folder: str) -> None:
        before = len(self.found), self.not_music

        def unreadable(error: OSError) -> None:
            reason = f"the folder cannot be read ({error.strerror})"
            self.found.append(Source(error.filename, problem=reason))

        for parent, folders, names in os.walk(folder, onerror=unreadable):
            folders[:] = sorted(name for name in folders if self._recursive and _is_visible(name))
            for name in sorted(filter(_is_visible, names)):
                if Path(without_shard(name)).suffix.lower() in MUSIC_SUFFIXES:
                    self._add_file(os.path.join(parent, name))
                else:
                    self.not_music += 1
        if len(self.found) == before[0]:
            others = self.not_music - before[1]
            but = f"; the {others:,} in it end otherwise" if others else ""
            endings = ", ".join(MUSIC_SUFFIXES)
            reason = f"no music file in this folder (those end in {endings}{but})"
            self.found.append(Source(folder, problem=reason))

    def _add_archive(self, path: str) -> None:
        try:
            with open_regular(path) as file:
                changed = os.fstat(file.fileno()).st_mtime_ns
                members = _list_of(path, size_of(file), changed)
            self._limits.check("max_zip_files", len(members), "the archive", "files")
            unpacked = sum(member.file_size for member in members) / 2**20
            self._limits.check("max_zip_mb", unpacked, "the archive", "MB unpacked")
        except UserError as error:
            self.found.append(Source(path, problem=str(error)))
            return
        except Exception as error:  # whatever a damaged archive does to the module
            reason = f"not a .zip archive that can be read ({shortened(error, 100)})"
            self.found.append(Source(path, problem=reason))
            return
        before, nested = len(self.found), 0
        for number, member in sorted(enumerate(members), key=lambda pair: pair[1].filename):
            parts = member.filename.replace("\\", "/").split("/")
            if not parts[-1] or not all(map(_is_visible, parts)):  # a folder, or damage
                continue
            suffix = Path(parts[-1]).suffix.lower()
            nested += suffix in ZIP_SUFFIXES
            if suffix in SCORE_SUFFIXES:
                self.found.append(Source(path, number, "/".join(filter(None, parts))))
            else:
                self.not_music += 1
        if len(self.found) == before:
            but = "; archives inside archives are not opened" if nested else ""
            endings = ", ".join(SCORE_SUFFIXES)
            reason = f"no music file in this archive (those end in {endings}{but})"
            self.found.append(Source(path, problem=reason))


def _is_visible(name: str) -> bool:
    return name in ("", "..") or (not name.startswith(".") and name != _RESOURCE_FORKS)
