"""Compact examples in TFRecords, with a description beside them of how to read them.

`train.examples-00000-of-00004` and so on hold the records, and `train.examples.json` the converter that
made them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from base_vae.converters import converter_from_dict, converter_to_dict, without_limits
from base_vae.converters.base import Converter
from base_vae.errors import UserError
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.sources import Source
from base_vae.readers.tfrecord import raw_records, without_shard

PIECE_BYTES = 8  # at the beginning of a record


def described_in(path: str | Path) -> Path:
    """The description that belongs to a file, or a shard, of examples."""
    return Path(f"{without_shard(str(path))}.json")


def describe(converter: Converter) -> dict[str, Any]:
    """The content of a description."""
    return {"converter": converter_to_dict(converter)}


def read_examples(
    source: Source, converter: Converter, *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[bytes, np.ndarray]]:
    """Yields the examples of a file, each with 8 bytes that stand for its piece.

    Raises:
      UserError: if the file is damaged, its description is missing, or another converter made it; one without
        limits (`without_limits`) reads what it made with them.
    """
    description = described_in(source.path)
    try:
        found = converter_from_dict(json.loads(description.read_text("utf-8"))["converter"])
    except OSError:
        raise UserError(f"{description.name}, which describes how to read it, is not beside it") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{description.name} is no description of how to read it ({error})") from error
    if converter not in (found, without_limits(found)):
        raise UserError(
            "its examples were made for another representation: preprocess the music again with this config "
            f"({_difference(found, converter)})"
        )
    for record in raw_records(source.path, limits=limits):
        yield read_record(record, converter)


def _difference(found: Converter, expected: Converter) -> str:
    theirs, ours = converter_to_dict(found), converter_to_dict(expected)
    if theirs["kind"] != ours["kind"]:
        return f"{theirs['kind']}, not {ours['kind']}"
    names = sorted(name for name in ours if theirs.get(name) != ours[name])
    return ", ".join(f"{name} {theirs.get(name)!r}, not {ours[name]!r}" for name in names)[:200]


def array_of(example: bytes, converter: Converter) -> np.ndarray:
    """The array with these bytes."""
    return np.frombuffer(example, converter.dtype).reshape(converter.shape)


def read_record(record: bytes, converter: Converter) -> tuple[bytes, np.ndarray]:
    """The 8 bytes of the piece and the example in a record of the format `examples`.

    Raises:
      UserError: if it has another size.
    """
    size = int(np.prod(converter.shape, dtype=np.int64)) * np.dtype(converter.dtype).itemsize
    if len(record) != PIECE_BYTES + size:
        raise UserError(f"an example must have {size} bytes (received {len(record) - PIECE_BYTES})")
    return record[:PIECE_BYTES], array_of(record[PIECE_BYTES:], converter)
