"""Files that come from the page: kept under names of ours, their own names are only ever shown."""

import dataclasses
import io
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from base_vae.errors import UserError
from base_vae.readers.limits import Limits
from base_vae.readers.sources import SCORE_SUFFIXES, ZIP_SUFFIXES

_SUFFIXES = (*SCORE_SUFFIXES, *ZIP_SUFFIXES)
_LONGEST_NAME = 200
_CONFIG = "config.json"
_MODEL_FILES = (_CONFIG, "model.weights.h5", "latents.npz", "songs.npz", "README.md")
_LARGEST_MODEL_FILE = 64 * 2**20


@dataclasses.dataclass(frozen=True)
class Song:
    """A file or folder that the user gave.

    Attributes:
      path: where it is.
      name: as the user knows it.
    """

    path: Path
    name: str


class Uploads:
    """Files in a folder of the studio's own.

    Args:
      folder: that exists and goes away with the studio.
    """

    def __init__(self, folder: Path):
        self._folder, self._count = folder, 0

    def keep(self, file: BinaryIO, name: str) -> Song:
        """Copies a file. Of its name only an ending that is known becomes part of the path."""
        suffix = PurePosixPath(name).suffix.lower()
        self._count += 1
        path = self._folder / f"{self._count:05d}{suffix if suffix in _SUFFIXES else ''}"
        with open(path, "wb") as copy:
            shutil.copyfileobj(file, copy)
        return Song(path, _shown(name))

    def forget(self, songs: Sequence[Song]) -> None:
        """Removes those copies that are of these songs."""
        for song in songs:
            if song.path.parent == self._folder:
                song.path.unlink(missing_ok=True)


def _shown(name: str) -> str:
    """A file's name as text that can be shown: no control characters, and not endless."""
    text = "".join(letter for letter in name if letter.isprintable()).strip() or "a file without a name"
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def pack_model(folder: Path) -> bytes:
    """A saved personal model as a .zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return packed.getvalue()


def unpack_model(file: BinaryIO, folder: Path, limits: Limits) -> None:
    """The files of a personal model from a .zip archive, which may hold them in one folder.

    Args:
      file: the archive.
      folder: that they are written to; nothing else in the archive is.
      limits: how many files the archive may have.

    Raises:
      UserError: if it is something else.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            limits.check("max_zip_files", len(members), "the archive", "files")
            for member in members:
                name = PurePosixPath(member.filename).name
                if name not in _MODEL_FILES or (folder / name).exists():
                    continue
                if member.file_size > _LARGEST_MODEL_FILE:
                    raise UserError(f"{name} in the archive is too large for a personal model")
                with archive.open(member) as source, open(folder / name, "wb") as copy:
                    copy.write(source.read(_LARGEST_MODEL_FILE))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise UserError(f"a .zip archive of a saved model is needed: this is none ({error})") from error
    if not (folder / _CONFIG).is_file():
        raise UserError(
            f"there is no personal model in the archive: it holds {_CONFIG}, as saved by the studio"
        )
