"""A checkpoint out of a tar file that somebody else made."""

import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath, PureWindowsPath

from base_vae.errors import UserError

# The largest published checkpoint has 2 GB; what unpacks to far more is a mistake or an attack.
MAX_BYTES = 16 * 2**30
MAX_MEMBERS = 10_000
_MOST_HEADER_BYTES = 2**16
_FURTHER_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_DATA = r"\.data-\d{5}-of-\d{5}"


class _BoundedHeader(tarfile.TarInfo):
    """A member's header; long names and further headers that are too large are refused unread."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _FURTHER_HEADERS and not 0 <= self.size <= _MOST_HEADER_BYTES:
            raise tarfile.HeaderError(f"a header of {self.size:,} bytes")
        return super()._proc_member(archive)  # type: ignore[misc]  # tarfile's hook has no public name


@contextmanager
def unpacked(path: Path, with_data: bool = True, max_bytes: int = MAX_BYTES) -> Iterator[Path]:
    """The newest checkpoint in a tar file, as a path prefix in a temporary folder that is removed afterwards.

    Args:
      path: the tar file, compressed or not.
      with_data: also unpack the values; without, names and shapes alone.
      max_bytes: how much it may unpack to.

    Raises:
      UserError: if it is damaged, holds no checkpoint, does not fit on the disk, or has a member that could
        be written elsewhere (absolute, with `..`, a link, a device) or makes it too large; nothing has been
        unpacked then.
    """
    with tempfile.TemporaryDirectory(prefix="checkpoint-") as folder:
        prefix = Path(folder) / "model.ckpt"
        try:
            with tarfile.open(path, tarinfo=_BoundedHeader) as archive:
                members = {member.name: member for member in _checked(path, archive, max_bytes)}
                chosen = newest(path, members)
                for name, member in members.items():
                    ending = name.removeprefix(chosen)
                    if ending == ".index" or (with_data and re.fullmatch(_DATA, ending)):
                        _copy(archive, member, Path(f"{prefix}{ending}"))
        except (tarfile.TarError, EOFError, zlib.error, LZMAError) as error:
            raise UserError(
                f"{path} cannot be read as a tar file ({error or type(error).__name__}): fetch it again"
            ) from error
        except OSError as error:
            raise UserError(f"{path} cannot be unpacked: {error.strerror or error}") from error
        yield prefix


def newest(path: Path, names: Iterable[str]) -> str:
    """The checkpoint of the highest step among file names: what they share before `.index`.

    Raises:
      UserError: naming `path`, if there is none, or several without a step to tell which is the newest.
    """
    prefixes = [name.removesuffix(".index") for name in names if name.endswith(".index")]
    if not prefixes:
        raise UserError(f"{path} holds no checkpoint: there is no .index file in it")
    steps = [re.search(r"-(\d+)$", prefix) for prefix in prefixes]
    if len(prefixes) > 1 and not all(steps):
        raise UserError(
            f"{path} holds several checkpoints ({', '.join(sorted(prefixes))}): give the path of one of them"
        )
    return max(zip(prefixes, steps, strict=True), key=lambda pair: int(pair[1][1]) if pair[1] else 0)[0]


def _checked(path: Path, archive: tarfile.TarFile, max_bytes: int) -> Iterator[tarfile.TarInfo]:
    """The plain files of an archive, each looked at before the next header is read."""
    total = 0
    for count, member in enumerate(archive, 1):
        reason = _refusal(member)
        if reason:
            raise UserError(f"{path} is refused: its member {member.name!r} {reason}; get it from its source")
        total += member.size
        if total > max_bytes or count > MAX_MEMBERS:
            raise UserError(
                f"{path} is refused: it unpacks to more than {max_bytes / 2**30:.3g} GiB or has more than "
                f"{MAX_MEMBERS} members, and no checkpoint does"
            )
        if member.isfile():
            yield member


def _refusal(member: tarfile.TarInfo) -> str:
    """Why a member is not to be trusted, or nothing."""
    if PurePosixPath(member.name).is_absolute() or PureWindowsPath(member.name).anchor:
        return "has an absolute path"
    if ".." in member.name.replace("\\", "/").split("/"):
        return "leaves the folder (`..`)"
    if member.issym() or member.islnk():
        return "is a link"
    if not (member.isfile() or member.isdir()):
        return "is neither a file nor a folder"
    return "has a size below 0" if member.size < 0 else ""


def _copy(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Writes a member under a name of ours, so that the archive has no say in where it goes."""
    source = archive.extractfile(member)
    if source is None:  # which `_refusal` leaves out
        raise tarfile.TarError(f"{member.name} is no file")
    with source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 2**20)
