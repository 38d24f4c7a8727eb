"""Files and folders that appear whole or not at all, locks that go with their process, and damaged files.

Unfinished work lies in a folder `.unfinished-XXXXXXXX` beside its place, which its process keeps
locked. Left there by a killed process, it is removed by the next one that writes to the same place.
"""

import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from base_vae.errors import UserError, in_short, shortened

try:
    import fcntl
except ImportError:  # Windows: nothing is locked there, and nothing removed
    fcntl = None  # type: ignore[assignment]

_PREFIX = ".unfinished-"
_UNFINISHED = re.compile(r"\.unfinished-[a-z0-9_]{8}")  # as `tempfile.mkdtemp` names them
_REPLACED = ".replaced"  # holds a folder that is being replaced, until the new one is in its place


def as_path(path: object) -> Path:
    """A path from a person, `~` for the home folder. Raises UserError where it is not a path."""
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise UserError(f"a path must be text, or a Path (received {shortened(repr(path), 60)})")
    return Path(os.path.expanduser(text))


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary file name; the file takes the name `path` when the block ends without an error.

    Args:
      path: in a folder that exists; a file of this name is replaced.

    Raises:
      UserError: if it cannot be written, or a folder has this name.
    """
    path = as_path(path)
    refuse_folder(path)
    with _unfinished(path.parent, path) as temporary:
        yield temporary / path.name
        (temporary / path.name).replace(path)


@contextmanager
def atomic_folder(path: str | os.PathLike, *, replace: bool = False) -> Iterator[Path]:
    """A temporary folder that takes the name `path` when the block ends without an error.

    Args:
      path: the folder; its parents are made.
      replace: whether a folder that is there already is replaced.

    Raises:
      UserError: if `path` exists and is not to be replaced, or cannot be written.
    """
    path = as_path(path)
    if not replace:
        refuse_existing(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(path.parent, path) as temporary:
        new, old = temporary / path.name, temporary / _REPLACED / path.name
        new.mkdir()
        yield new
        if replace and path.exists():
            old.parent.mkdir()
            path.rename(old)  # so that one of the two is on disk at every moment
        new.rename(path)


@contextmanager
def atomic_outputs(folder: str | os.PathLike) -> Iterator[Path]:
    """A temporary folder whose files move to `folder` when the block ends without an error.

    Files of the same names are replaced. If the block ends with an error, folders that were made for it are
    removed.

    Raises:
      UserError: if `folder` cannot be written to, before the block is entered.
    """
    folder = as_path(folder)
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with _unfinished(folder, folder) as temporary:
            yield temporary
            files = sorted(temporary.iterdir())
            for file in files:
                refuse_folder(folder / file.name)
            with _one_at_a_time(folder):
                for file in files:
                    file.replace(folder / file.name)
    finally:
        with suppress(OSError):  # a folder with something in it stays, and so do those above it
            for each in made:
                each.rmdir()


def make_folder(folder: str | os.PathLike) -> Path:
    """Makes a folder where there is none. Raises UserError if that, or writing there, is not allowed."""
    folder = as_path(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    return folder


def refuse_existing(path: str | os.PathLike) -> None:
    """Raises UserError if there is a file, or a folder with something in it, at `path`."""
    path = as_path(path)
    if path.exists() and any(path.iterdir() if path.is_dir() else [path]):
        raise UserError(f"{path} exists already: choose another name or remove it first")


def refuse_folder(path: str | os.PathLike) -> None:
    """Raises UserError if there is a folder at the place of a file."""
    if Path(path).is_dir():
        raise UserError(f"{path}: cannot be written (a folder has this name)")


def remove_unfinished(folder: str | os.PathLike[str]) -> None:
    """Removes unfinished work of killed processes; a folder that was about to be replaced is put back."""
    with suppress(OSError):
        for left in os.scandir(os.fspath(folder)):
            if _UNFINISHED.fullmatch(left.name) and left.is_dir(follow_symlinks=False):
                _remove_if_left(Path(left.path))


def names_in(folder: str | os.PathLike[str]) -> list[str]:
    """The names of what is in a folder, and of what unfinished work will put there; none of no folder."""
    path = as_path(folder)
    return [found.name for found in (*path.glob("*"), *path.glob(f"{_PREFIX}*/*"))]


@contextmanager
def lock(path: str | os.PathLike, busy: str) -> Iterator[None]:
    """Holds a lock on the file `path`, which is made and stays; the lock itself goes with its process.

    Args:
      path: in a folder that exists.
      busy: the message of the error if another process holds the lock.

    Raises:
      UserError: if another process holds it, or the file cannot be written.
    """
    with writing(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        # The process that held it may just have removed the file: then the lock is of no file any more.
        if _try_lock(handle) is False or not _is_at(handle, path):
            raise UserError(busy)
        yield
    finally:
        os.close(handle)


@contextmanager
def writing(path: str | os.PathLike) -> Iterator[None]:
    """Turns an OSError of the block (a full disk, for example) into a UserError that names `path`.

    An error of a file elsewhere, which was being read, is left alone.
    """
    try:
        yield
    except OSError as error:
        named = error.filename
        if isinstance(named, str) and not Path(named).absolute().is_relative_to(Path(path).parent.absolute()):
            raise
        raise UserError(f"{path}: cannot be written ({_reason(error)})") from error


def _reason(error: OSError) -> str:
    """Why something could not be written; HDF5 has an error in its error, and NumPy none."""
    of_hdf5 = re.search(r"error message = '([^']+)'", str(error))
    return of_hdf5[1] if of_hdf5 else error.strerror or in_short(error)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns errors that the contents of a file cause in the block into a UserError that names `path`.

    What a file holds is checked where it is used; a value that nobody expected is caught here.
    """
    try:
        yield
    except UserError:
        raise
    except KeyError as error:
        raise UserError(f"{path} is damaged or of another version: {error} is missing") from error
    except (
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UserError(f"{path} is damaged or of another version ({reason})") from error


@contextmanager
def _unfinished(folder: Path, target: Path) -> Iterator[Path]:
    """A locked folder for unfinished work in `folder`; errors name `target`."""
    with writing(target):
        remove_unfinished(folder)
        temporary, handle = _new_locked_folder(folder)
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            if handle is not None:
                os.close(handle)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Waits until no other process is in such a block, so that files of two do not mix."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # where folders cannot be locked
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _new_locked_folder(folder: Path) -> tuple[Path, int | None]:
    """A new folder for unfinished work, and the handle that keeps it locked."""
    while True:
        temporary = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        if fcntl is None:
            return temporary, None
        with suppress(FileNotFoundError):
            handle = os.open(temporary, os.O_RDONLY)
            if _try_lock(handle) is not False and _is_at(handle, temporary):
                return temporary, handle
            os.close(handle)  # another process took it for one that was left, before it was locked


def _remove_if_left(temporary: Path) -> None:
    if fcntl is None:
        return
    with suppress(OSError):
        handle = os.open(temporary, os.O_RDONLY)
        try:
            if _try_lock(handle):
                for old in (temporary / _REPLACED).glob("*"):
                    if not (temporary.parent / old.name).exists():
                        old.rename(temporary.parent / old.name)
                shutil.rmtree(temporary)
        finally:
            os.close(handle)


def _try_lock(handle: int) -> bool | None:
    """Locks an open file or folder: whether that worked; None where files cannot be locked."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(handle: int, path: str | os.PathLike) -> bool:
    """Whether an open file or folder is (still) the one at `path`."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
