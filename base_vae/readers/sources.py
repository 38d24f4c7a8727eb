"""The files behind what a person names: files, folders, patterns, shards, what is inside .zip archives."""

import dataclasses
import functools
import glob
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord import TFRECORD_SUFFIXES, shard_names, without_shard

MIDI_SUFFIXES = (".mid", ".midi", ".kar")
ABC_SUFFIXES = (".abc",)
MUSICXML_SUFFIXES = (".musicxml", ".xml", ".mxl")
ZIP_SUFFIXES = (".zip",)
EXAMPLES_SUFFIX = ".examples"  # what preprocessing makes of music
SCORE_SUFFIXES = (*MIDI_SUFFIXES, *ABC_SUFFIXES, *MUSICXML_SUFFIXES)
MUSIC_SUFFIXES = (*SCORE_SUFFIXES, *TFRECORD_SUFFIXES, *ZIP_SUFFIXES, EXAMPLES_SUFFIX)

_RESOURCE_FORKS = "__MACOSX"  # a copy of every file's name, without music, in archives made on a Mac
_SMALL = 2**20  # bytes: an unpacked file of this size does no harm, however well it was packed
_ENCRYPTED = 1


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
        """As the user would type it, in text that can be printed and stored whatever it is made of."""
        path = os.fsencode(self.path).decode("utf-8", "replace")
        return f"{path}/{self.inside}".encode(errors="replace").decode() if self.inside else path

    @property
    def suffix(self) -> str:
        """The ending that says what it is, in lower case; that of a shard is that of the whole."""
        return Path(without_shard(self.inside or self.path)).suffix.lower()

    def read(self, limits: Limits) -> bytes:
        """All of its bytes.

        Raises:
          UserError: if they are more than the limits allow, or cannot be unpacked.
          OSError: if the file cannot be read.
        """
        if self.member is not None:
            return self._unpack(limits)
        size = _file_size(self.path)
        limits.check("max_file_mb", size / 2**20, "the file", "MB")
        with open(self.path, "rb") as file:
            return file.read(size)

    def _unpack(self, limits: Limits) -> bytes:
        archive = _open_archive(self.path)
        info = archive.infolist()[self.member]
        if info.flag_bits & _ENCRYPTED:
            raise UserError("it is encrypted")
        limits.check("max_file_mb", info.file_size / 2**20, "the file", "MB unpacked")
        if info.file_size > _SMALL:
            ratio = info.file_size / max(info.compress_size, 1)
            limits.check("max_zip_ratio", ratio, "the file, packed to a fraction of its size,", "to 1")
        try:
            with archive.open(info) as file:
                return file.read(info.file_size)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
            raise UserError(f"it cannot be unpacked ({error})") from error
        except Exception as error:  # each way to pack has an error of its own
            if isinstance(error, (OSError, MemoryError)):
                raise
            raise UserError(f"it cannot be unpacked ({type(error).__name__}: {error})") from error


def _file_size(path: str) -> int:
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise UserError("not a file that has an end")
    return found.st_size


def _open_archive(path: str) -> zipfile.ZipFile:
    found = os.stat(path)
    return _open_once(path, found.st_size, found.st_mtime_ns)


@functools.lru_cache(maxsize=2)  # its list of files is long, and is read for each of them
def _open_once(path: str, size: int, changed: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def find_sources(
    paths: str | Path | Iterable[str | Path], *, recursive: bool = True, limits: Limits = DEFAULT_LIMITS
) -> tuple[list[Source], int]:
    """Everything that is to be read, in order, each file once, and how many files have other endings.

    Files come in the order given, those of a folder and of an archive sorted by name. Hidden files are passed
    over. Where nothing can be read, a source says why.

    Args:
      paths: one or more files, folders, patterns with `*` and `?`, or sharded names like `x.tfrecord@10`.
      recursive: whether folders in folders are read too.
      limits: how many files an archive may have, and how large they may be unpacked.
    """
    search = _Search(recursive, limits)
    for path in [paths] if isinstance(paths, (str, os.PathLike)) else paths:
        search.add(os.path.expanduser(os.fspath(path)))
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
        elif os.path.lexists(path):  # one of another kind too: it was named, so what is wrong is said
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
            _file_size(path)
            members = _open_archive(path).infolist()
            self._limits.check("max_zip_files", len(members), "the archive", "files")
            unpacked = sum(member.file_size for member in members) / 2**20
            self._limits.check("max_zip_mb", unpacked, "the archive", "MB unpacked")
        except UserError as error:
            self.found.append(Source(path, problem=str(error)))
            return
        except Exception as error:  # whatever a damaged archive does to the module
            self.found.append(Source(path, problem=f"not a .zip archive that can be read ({error})"))
            return
        before, nested = len(self.found), 0
        for number, member in sorted(enumerate(members), key=lambda pair: pair[1].filename):
            parts = member.filename.replace("\\", "/").split("/")
            if member.is_dir() or not all(map(_is_visible, parts)):
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
