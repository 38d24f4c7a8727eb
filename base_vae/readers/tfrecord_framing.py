"""Records in a TFRecord file, without TensorFlow, which takes seconds to import in every process.

A record is its length (8 bytes), a checksum of that, its bytes and a checksum of those. The checksum is
CRC-32C, masked.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import google_crc32c

from base_vae.errors import UserError
from base_vae.readers.limits import Limits

_MASK = 0xA282EAD8


def write_record(file: BinaryIO, record: bytes) -> None:
    """Appends a record."""
    length = struct.pack("<Q", len(record))
    file.write(length + _masked(length) + record + _masked(record))


def read_records(file: BinaryIO, largest: int | Limits) -> Iterator[bytes]:
    """The records of a file, one after the other.

    Args:
      file: opened for reading bytes.
      largest: bytes that a record may have, or a person's limits, which have megabytes.

    Raises:
      UserError: where the file is damaged, or a record is too large, saying after which record.
    """
    count = 0
    while header := file.read(12):
        if len(header) < 12 or _masked(header[:8]) != header[8:]:
            raise UserError(f"a damaged TFRecord file (after record {count})")
        length = struct.unpack("<Q", header[:8])[0]
        if isinstance(largest, Limits):
            largest.check("max_file_mb", length / 2**20, f"record {count + 1}", "MB")
        elif length > largest:
            raise UserError(f"record {count + 1} is too large ({length:,} bytes)")
        record = file.read(length)
        if len(record) < length or file.read(4) != _masked(record):
            raise UserError(f"a damaged TFRecord file (after record {count})")
        count += 1
        yield record


def _masked(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF)
