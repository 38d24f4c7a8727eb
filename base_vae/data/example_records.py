"""Compact examples in TFRecords, and beside them what says how to read them.

`train.examples-00000-of-00004` and so on hold the records, and `train.examples.json` the converter that
made them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from base_vae.converters import converter_from_dict, converter_to_dict, generous
from base_vae.converters.base import Converter
from base_vae.data.limits import Limits
from base_vae.data.preprocess.steps import read_record
from base_vae.data.sources import Source
from base_vae.data.tfrecord import raw_records, without_shard
from base_vae.errors import UserError


def described_in(path: str | Path) -> Path:
    """Where it is said how to read a file, or a shard, of examples."""
    return Path(f"{without_shard(str(path))}.json")


def describe(converter: Converter) -> dict[str, Any]:
    """What the description holds."""
    return {"converter": converter_to_dict(converter)}


def read_examples(source: Source, converter: Converter, limits: Limits) -> Iterator[tuple[bytes, np.ndarray]]:
    """The examples of a file, each with 8 bytes that stand for its piece.

    Raises:
      UserError: if the file is damaged, its description is not there, or another converter made it; one with
        limits is none for its `converters.generous`.
    """
    description = described_in(source.path)
    try:
        found = converter_from_dict(json.loads(description.read_text("utf-8"))["converter"])
    except OSError:
        raise UserError(f"{description.name}, which says how to read it, is not beside it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{description.name} does not say how to read it ({error})") from error
    if converter not in (found, generous(found)):
        raise UserError(
            "its examples were made for another representation: preprocess the music again with this config "
            f"({_difference(found, converter)})"
        )
    for record in raw_records(source.path, limits):
        yield read_record(record, converter)


def _difference(found: Converter, wanted: Converter) -> str:
    theirs, ours = converter_to_dict(found), converter_to_dict(wanted)
    if theirs["kind"] != ours["kind"]:
        return f"{theirs['kind']}, not {ours['kind']}"
    names = sorted(name for name in ours if theirs.get(name) != ours[name])
    return ", ".join(f"{name} {theirs.get(name)!r}, not {ours[name]!r}" for name in names)[:200]
