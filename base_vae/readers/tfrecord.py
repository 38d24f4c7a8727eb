"""NoteSequences in a TFRecord file, the format in which note-seq's and Magenta's tools keep them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from google.protobuf.message import DecodeError

from base_vae.errors import UserError, shortened
from base_vae.files import atomic_file
from base_vae.music.note_sequence import NoteSequence
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord_framing import read_records, write_record
from base_vae.readers.unpacking import open_regular

TFRECORD_SUFFIXES = (".tfrecord",)
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_SHARDED = re.compile(r"@(\d+)$")


def without_shard(name: str) -> str:
    """`songs.tfrecord` of `songs.tfrecord-00003-of-00010`; other names unchanged."""
    return _SHARD.sub("", name)


def shard_names(name: str) -> list[str]:
    """The files that `songs.tfrecord@10` stands for; a name without `@` stands for itself.

    Raises:
      UserError: if there are no shards, or more than five digits can count.
    """
    found = _SHARDED.search(name)
    if not found:
        return [name]
    stem, digits = name[: found.start()], found[1].lstrip("0")
    if not 1 <= len(digits) <= 5:
        received = shortened(found[1])
        raise UserError(f"{shortened(name)}: 1 to 99,999 shards are possible (received {received})")
    count = int(digits)
    return [f"{stem}-{i:05d}-of-{count:05d}" for i in range(count)]


def write_sequences(path: str | Path, sequences: Iterable[NoteSequence]) -> int:
    """Writes sequences into a new TFRecord, which appears whole or not at all; returns how many.

    Args:
      path: the file, in a folder that exists; one that is there already is replaced.
      sequences: in reading order.

    Raises:
      UserError: if the file cannot be written.
    """
    return write_whole(path, (sequence.SerializeToString() for sequence in sequences))


def write_whole(path: str | Path, records: Iterable[bytes]) -> int:
    """Writes serialized records, as `write_sequences` does."""
    count = 0
    with atomic_file(path) as unfinished, open(unfinished, "wb") as file:
        for record in records:
            write_record(file, record)
            count += 1
    return count


def read_sequences(path: str | Path, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[NoteSequence]:
    """The sequences of a TFRecord, one after the other.

    Raises:
      UserError: with the file's name, where it cannot be opened, is damaged or holds something else.
    """
    try:
        for count, record in enumerate(raw_records(path, limits=limits), 1):
            yield parse_sequence(record, count)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def raw_records(path: str | Path, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[bytes]:
    """The serialized records of a TFRecord; UserError without the file's name."""
    try:
        with open_regular(path) as file:
            yield from read_records(file, limits)
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})") from error


def parse_sequence(record: bytes, number: int) -> NoteSequence:
    """The NoteSequence in a record. Raises UserError, with the record's number, if there is none."""
    try:
        return NoteSequence.FromString(record)
    except DecodeError as error:
        raise UserError(f"record {number} is not a NoteSequence") from error
