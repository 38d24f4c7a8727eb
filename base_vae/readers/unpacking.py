"""Files as bytes, and what is inside zip archives, never more of it than is allowed."""

import bz2
import lzma
import os
import stat
import struct
import zipfile
import zlib
from typing import BinaryIO, Protocol

from base_vae.errors import UserError, shortened

_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_END = b"PK\5\6"  # of the list of files
_LARGEST_END = 2**16 + 22  # bytes, with its comment
_LARGEST_DICTIONARY = 2**26  # bytes that LZMA may take to unpack


class _Decompressor(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens a file for reading bytes, and never waits for a pipe.

    Raises:
      UserError: if it is none that has an end: a folder, a pipe or a device.
      OSError: if it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UserError("not a regular file")
    return os.fdopen(descriptor, "rb")


def size_of(file: BinaryIO) -> int:
    """Bytes of an open file."""
    return os.fstat(file.fileno()).st_size


def open_archive(file: BinaryIO, most_bytes: int) -> zipfile.ZipFile:
    """A zip archive whose list of files takes up to `most_bytes`.

    Raises:
      UserError: if the list is longer.
      zipfile.BadZipFile: if it is no archive.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _LARGEST_END - 100, 0))
    tail = file.read()
    end = tail.rfind(_END)
    listed = struct.unpack_from("<L", tail, end + 12)[0] if 0 <= end <= len(tail) - 16 else 0
    if listed == 2**32 - 1:  # a long one has it elsewhere
        end = tail.rfind(b"PK\6\6")
        listed = struct.unpack_from("<Q", tail, end + 40)[0] if 0 <= end <= len(tail) - 48 else 0
    if listed > most_bytes:
        raise UserError(f"the archive's list of files is too large ({listed:,} bytes)")
    return zipfile.ZipFile(file)


def unpack(file: BinaryIO, member: zipfile.ZipInfo, most_bytes: int) -> bytes:
    """A file inside a zip archive, whatever its headers say of its size.

    Args:
      file: the archive.
      member: from its list of files.
      most_bytes: that may come out.

    Raises:
      UserError: if it is larger, packed in a way that is not known, or damaged.
    """
    if member.flag_bits & _ENCRYPTED:
        raise UserError("it is encrypted")
    if member.compress_size > most_bytes + 2**16:
        raise UserError(f"packed it has more than {most_bytes:,} bytes")
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
        raise UserError("it cannot be unpacked (it is not at its place in the archive)")
    _, name, extra = _LOCAL_HEADER.unpack(header)
    file.seek(name + extra, os.SEEK_CUR)
    packed = file.read(member.compress_size)
    try:
        data = _unpacked(packed, member.compress_type, most_bytes + 1)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, struct.error) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"it cannot be unpacked ({shortened(error, 100)})") from error
    if len(data) > most_bytes:
        raise UserError(f"it cannot be unpacked (it has more than the {most_bytes:,} bytes in its header)")
    if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
        raise UserError("it cannot be unpacked (its size or checksum is not that in the archive)")
    return data


def _unpacked(packed: bytes, method: int, most: int) -> bytes:
    """The unpacked contents, up to `most` bytes."""
    decompressor: _Decompressor
    if method == zipfile.ZIP_STORED:
        return packed[:most]
    if method == zipfile.ZIP_DEFLATED:
        decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    elif method == zipfile.ZIP_BZIP2:
        decompressor = bz2.BZ2Decompressor()
    elif method == zipfile.ZIP_LZMA:
        decompressor, packed = _lzma(packed)
    else:
        raise UserError(f"it is packed in a way that is not known (number {method})")
    return decompressor.decompress(packed, most)


def _lzma(packed: bytes) -> tuple[lzma.LZMADecompressor, bytes]:
    """Returns a decompressor of LZMA as zip archives have it, and the bytes after its properties."""
    size, properties, dictionary = struct.unpack_from("<2xHBL", packed)
    if dictionary > _LARGEST_DICTIONARY:
        raise UserError(f"to unpack it would take {dictionary:,} bytes of memory")
    filter_ = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": properties % 9,
        "lp": properties // 9 % 5,
        "pb": properties // 45,
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filter_]), packed[4 + size :]
