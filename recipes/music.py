"""The music of a recipe: collections of pieces as training examples, kept so that it is read once."""

import csv
import dataclasses
import functools
import hashlib
import json
import logging
import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from base_vae.converters import Converter, converter_to_dict
from base_vae.data.extraction import extract_piece
from base_vae.data.workers import in_order
from base_vae.errors import UserError
from base_vae.files import atomic_file, reading
from base_vae.readers.read import PassedOver, ReadPiece, read_note_sequences, read_pieces
from base_vae.readers.sources import Source, find_sources

log = logging.getLogger(__name__)

_FORMAT = 2  # of what is kept
_VERSION = re.compile(r"_[0-9a-f]{8}$")  # how freedoom_history tells versions of a piece apart


@dataclasses.dataclass(frozen=True)
class Selection:
    """A recipe's share of one collection.

    Attributes:
      collection: its name in tables; selections that share a name share their held-out pieces.
      paths: files, folders, patterns or zips, relative to the data folder.
      tracks: names of the tracks that count; empty: all.
      programs: first and last of each range of General MIDI programs (from 0) that count; empty: those of the
        model's converter.
      converter: further settings of the model's converter that are different while this music is read.
      every: every n-th piece is held out; 0: none is.
      held_out: a regular expression for names of files, without folder and ending, that are held out too.
      splits: a CSV file of the collection, relative to the data folder, with a line for each file: its
        `midi_filename` and its `split`. What is in the split "validation" is held out.
      weight: how often its examples come, times their number.
    """

    collection: str
    paths: tuple[str, ...]
    tracks: tuple[str, ...] = ()
    programs: tuple[tuple[int, int], ...] = ()
    converter: dict[str, Any] = dataclasses.field(default_factory=dict)
    every: int = 0
    held_out: str = ""
    splits: str = ""
    weight: float = 1.0


class Pieces(NamedTuple):
    """Examples of some pieces, in order.

    Attributes:
      examples: [examples, *converter.shape].
      piece: number of the piece of each example, int64 [examples].
      names: of the pieces, "folder/file" or "folder/file#number of the tune", without endings; those
        without an example are among them.
    """

    examples: np.ndarray
    piece: np.ndarray
    names: tuple[str, ...]


def read(
    selection: Selection, data: Path, converter: Converter, cache: Path, num_workers: int | None = None
) -> Pieces:
    """The examples of a selection, from the cache where they are there.

    Args:
      selection: what to take.
      data: the folder that its paths are relative to.
      converter: of the examples.
      cache: folder of what was read before; made if missing.
      num_workers: processes; None takes every core.

    Raises:
      UserError: if nothing in it can be used.
    """
    converter = dataclasses.replace(converter, **selection.converter)
    if selection.programs:
        programs = [n for first, last in selection.programs for n in range(first, last + 1)]
        converter = dataclasses.replace(converter, programs=tuple(programs))
    sources, _ = find_sources([str(data / path) for path in selection.paths])
    settings = [_FORMAT, converter_to_dict(converter), selection.tracks, [source.name for source in sources]]
    key = hashlib.sha256(json.dumps(settings, default=list).encode()).hexdigest()[:16]
    path = cache / f"{re.sub('[^a-z0-9]+', '_', selection.collection.lower())}-{key}.npz"
    if path.exists():
        with reading(path), np.load(path) as file:
            known = Pieces(file["examples"], file["piece"], tuple(file["names"].tolist()))
            if known.examples.shape != (len(known.piece), *converter.shape):
                raise ValueError("its examples have another shape")
            return known
    work = functools.partial(_file, converter=converter, tracks=selection.tracks)
    names: list[str] = []
    found: list[np.ndarray] = []
    piece: list[np.ndarray] = []
    for source, pieces in zip(sources, in_order(work, sources, num_workers=num_workers), strict=True):
        name = source.inside or os.path.relpath(source.path, data)
        for number, examples in enumerate(pieces):
            found.append(examples)
            piece.append(np.full(len(examples), len(names)))
            names.append(f"{os.path.splitext(name)[0]}#{number}".removesuffix("#0"))
    if not sum(map(len, found)):
        raise UserError(f"nothing in {', '.join(selection.paths)} can be used")
    result = Pieces(np.concatenate(found), np.concatenate(piece).astype(np.int64), tuple(names))
    cache.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as new:
        np.savez(new, examples=result.examples, piece=result.piece, names=np.array(names))
    return result


def title(name: str) -> str:
    """The part of a name that versions of a piece share: the file's, without folders and a hash."""
    return _VERSION.sub("", os.path.basename(name)).lower()


def held_out_files(selection: Selection, data: Path) -> set[str]:
    """Names of the pieces that the collection itself holds out."""
    if not selection.splits:
        return set()
    path = data / selection.splits
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "validation"]
    folder = os.path.relpath(path.parent, data)
    return {os.path.splitext(os.path.join(folder, row["midi_filename"]))[0] for row in rows}


def _file(source: Source, converter: Converter, tracks: tuple[str, ...]) -> list[np.ndarray]:
    """The examples of each piece in a file, also of those that have none."""
    warnings.simplefilter("ignore")
    pieces: list[np.ndarray] = []
    try:
        for music in _pieces(source, tracks):
            found = np.zeros((0, *converter.shape), converter.dtype)
            if isinstance(music, ReadPiece):
                found = extract_piece(music, converter).examples
            pieces.append(found)
    except UserError as error:
        log.info("%s: %s", source.name, error)
    return pieces


def _pieces(source: Source, tracks: tuple[str, ...]) -> Iterable[ReadPiece | PassedOver]:
    """The pieces of a file; only the tracks of those names, where there are any."""
    if not tracks:
        yield from read_pieces(source)
        return
    for music in read_note_sequences(source):
        if isinstance(music, PassedOver):
            yield music
            continue
        read = ReadPiece.of(music)
        instruments = [info.instrument for info in music.instrument_infos if info.name in tracks]
        yield read._replace(piece=read.piece.where(np.isin(read.piece.instrument, instruments)))
