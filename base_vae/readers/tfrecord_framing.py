"""Records in a TFRecord file, without TensorFlow, which takes seconds to import in every process.

A record is its length (8 bytes), a checksum of that, its bytes and a checksum of those. The checksum is
CRC-32C, masked. CRCs are linear, so stretches of equal length are summed side by side in NumPy and then
joined two and two.
"""

import functools
import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from base_vae.errors import UserError

_POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
_MASK = 0xA282EAD8
_STRETCH = 64  # bytes that are summed one after the other


def write_record(file: BinaryIO, record: bytes) -> None:
    """Appends a record."""
    length = struct.pack("<Q", len(record))
    file.write(length + _masked(length) + record + _masked(record))


def read_records(file: BinaryIO, largest: int) -> Iterator[bytes]:
    """The records of a file, one after the other.

    Args:
      file: opened for reading bytes.
      largest: bytes that a record may have.

    Raises:
      UserError: where the file is damaged, or a record is too large, saying after which record.
    """
    count = 0
    while header := file.read(12):
        if len(header) < 12 or _masked(header[:8]) != header[8:]:
            raise UserError(f"a damaged TFRecord file (after record {count})")
        length = struct.unpack("<Q", header[:8])[0]
        if length > largest:
            raise UserError(
                f"record {count + 1} is too large: {largest:,} bytes are allowed, {length:,} received "
                "(--max_file_mb raises the limit)"
            )
        record = file.read(length)
        if len(record) < length or file.read(4) != _masked(record):
            raise UserError(f"a damaged TFRecord file (after record {count})")
        count += 1
        yield record


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli) of some bytes."""
    if len(data) < 4 * _STRETCH:
        return _one_by_one(data)
    stretches = 1 << (-(-len(data) // _STRETCH) - 1).bit_length()
    padded = np.zeros(stretches * _STRETCH, np.uint8)  # zeros in front do not change a CRC that begins at 0
    padded[len(padded) - len(data) :] = np.frombuffer(data, np.uint8)
    padded[len(padded) - len(data) :][:4] ^= 0xFF  # the same as to begin with all bits set
    columns = np.ascontiguousarray(padded.reshape(stretches, _STRETCH).T)
    table = _table()
    crc = np.zeros(stretches, np.uint32)
    for column in columns:
        crc = table[(crc ^ column) & 0xFF] ^ (crc >> 8)
    level = 0
    while len(crc) > 1:
        crc = _followed(_after_zeros(level), crc[0::2]) ^ crc[1::2]
        level += 1
    return int(crc[0]) ^ 0xFFFFFFFF


def _one_by_one(data: bytes) -> int:
    table = _table_as_list()
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


@functools.cache
def _table() -> np.ndarray:
    """What each byte adds to a CRC; uint32 [256]."""
    crc = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        crc = np.where(crc & 1, crc >> 1 ^ _POLYNOMIAL, crc >> 1).astype(np.uint32)
    return crc


@functools.cache
def _table_as_list() -> list[int]:
    return _table().tolist()


@functools.cache
def _after_zeros(level: int) -> np.ndarray:
    """What a CRC becomes after `_STRETCH * 2**level` zero bytes, by each of its bytes; uint32 [4, 256]."""
    if level:
        half = _after_zeros(level - 1)
        return _followed(half, half)
    crc = np.arange(256, dtype=np.uint32) << np.arange(0, 32, 8, dtype=np.uint32)[:, np.newaxis]
    for _ in range(_STRETCH):
        crc = _table()[crc & 0xFF] ^ (crc >> 8)
    return crc


def _followed(tables: np.ndarray, crc: np.ndarray) -> np.ndarray:
    """What each CRC becomes after the zeros that `tables` stand for."""
    parts = (tables[byte][(crc >> (8 * byte)) & 0xFF] for byte in range(4))
    return functools.reduce(np.bitwise_xor, parts)
