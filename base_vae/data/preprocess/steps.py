"""The steps of preprocessing as pure functions, for any engine to run."""

import collections
import dataclasses
import hashlib
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from base_vae.converters.base import Converter
from base_vae.data.example_records import PIECE_BYTES, array_of
from base_vae.data.preprocess.filters import DEFAULT_FILTERS, Filters, too_many_stretches
from base_vae.errors import UserError, in_short
from base_vae.music.musical_grid import Grid, split_at_metre_changes
from base_vae.music.note_table import split_on_changes
from base_vae.readers.read import ReadPiece
from base_vae.readers.tfrecord import parse_sequence

OutputFormat = Literal["sequences", "examples"]
OUTPUT_FORMATS = ("sequences", "examples")

UNREADABLE = "unreadable/"  # begins the names of counts
_LOWEST_TRANSPOSITION = -127


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of the output.

    Attributes:
      converter: makes the examples.
      filters: which music is converted; None takes all.
      grid: `musical`, or `exact` as the original.
      deduplicate: keep one of examples that are equal, whatever pieces they are in.
      transposition_invariant: those that differ by an interval are equal too.
      splits: names and shares, which add up to 1; empty for no split.
      seed: of the split.
      output_format: `sequences` as the original, or `examples`, which take up less and are read faster.
    """

    converter: Converter
    filters: Filters | None = DEFAULT_FILTERS
    grid: Grid = "musical"
    deduplicate: bool = True
    transposition_invariant: bool = False
    splits: tuple[tuple[str, float], ...] = ()
    seed: int = 0
    output_format: OutputFormat = "sequences"

    @property
    def split_names(self) -> tuple[str, ...]:
        """The names of the splits; one that is empty where there is no split."""
        return tuple(name for name, _ in self.splits) or ("",)


class Found(NamedTuple):
    """An example, and the piece it was found in."""

    piece: str
    split: str
    example: bytes


def examples_of(
    record: bytes, settings: Settings
) -> tuple[list[tuple[bytes, Found]], collections.Counter[str]]:
    """The examples in a serialised NoteSequence, by a key that equal ones share, and the counts.

    Whatever an odd piece does to the converter is counted: it costs no other piece anything. The counts are
    named `pieces`, `notes`, `seconds`, `extracted`, `filtered/REASON` and `rejected/REASON`.
    """
    counts: collections.Counter[str] = collections.Counter(pieces=1)
    try:
        sequence = parse_sequence(record, 0)
        read = ReadPiece.of(sequence)
    except UserError:
        counts["filtered/not a NoteSequence that can be read"] += 1
        return [], counts
    piece = sequence.id or sequence.filename or hashlib.sha1(record).hexdigest()
    counts.update(notes=len(read.piece), seconds=round(read.piece.total_time))
    try:
        return _examples_of(piece, read, settings, counts), counts
    except Exception as error:
        counts[f"rejected/{piece} cannot be used ({in_short(error)})"] += 1
        return [], counts


def count_unreadable(path: str, error: UserError, counts: collections.Counter[str]) -> None:
    """Counts a file that could not be read to its end, under its name and the reason."""
    counts[f"{UNREADABLE}{path}: {error}"] += 1


def _examples_of(
    piece: str, read: ReadPiece, settings: Settings, counts: collections.Counter[str]
) -> list[tuple[bytes, Found]]:
    if settings.grid == "exact":
        stretches = split_on_changes(read.piece)
    else:
        stretches = split_at_metre_changes(read.on_musical_grid())
    if settings.filters and (reason := too_many_stretches(stretches)):
        counts[f"filtered/{reason}"] += 1
        return []
    split = split_of(piece, settings.splits, settings.seed)
    found: list[tuple[bytes, Found]] = []
    for stretch in stretches:
        if settings.filters and (reason := settings.filters.why_not(stretch)):
            counts[f"filtered/{reason}"] += 1
            continue
        extraction = settings.converter.extract(stretch)
        counts.update({f"rejected/{reason}": n for reason, n in extraction.rejected.items()})
        counts["extracted"] += len(extraction.examples)
        for key, example in zip(_keys(extraction.examples, settings), extraction.examples, strict=True):
            own = b"" if settings.deduplicate else f"{piece} {len(found)}".encode()
            found.append((_digest(key + own), Found(piece, split, example.tobytes())))
    return found


def unite(found: Iterable[Found]) -> tuple[Found, tuple[str, ...]]:
    """One of examples with the same key, whatever their order, and all pieces that they are in."""
    found = list(found)
    return min(found, key=lambda one: (one.piece, one.example)), tuple(sorted({one.piece for one in found}))


def record_of(chosen: Found, pieces: tuple[str, ...], settings: Settings) -> bytes | None:
    """The record of an example.

    In the format `examples`, 8 bytes that its piece shares with no other, and its array; else a NoteSequence,
    its id the pieces that it is in, or None where its own notes do not give it again.
    """
    if settings.output_format == "examples":
        return _digest(chosen.piece.encode())[:PIECE_BYTES] + chosen.example
    sequence = settings.converter.decode(array_of(chosen.example, settings.converter))
    if not len(settings.converter.extract(sequence).examples):
        return None
    sequence.id = ",".join(pieces)
    return sequence.SerializeToString(deterministic=True)


def split_of(piece: str, splits: tuple[tuple[str, float], ...], seed: int) -> str:
    """The split that a piece is in: always the same, whatever other pieces there are."""
    if not splits:
        return ""
    digest = hashlib.blake2b(f"{seed} {piece}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    for name, share in splits:
        place -= share
        if place < 0:
            return name
    return splits[-1][0]


def parse_splits(text: str) -> tuple[tuple[str, float], ...]:
    """`train:0.8,eval:0.2` as names and shares. Raises UserError where they are none, or not 1 in all."""
    splits = []
    for part in filter(None, (text or "").split(",")):
        found = re.fullmatch(r"\s*([A-Za-z0-9_]+):([0-9]*\.?[0-9]+(?:e-?\d+)?)\s*", part)
        if found is None:
            raise UserError(f"a split must be like train:0.8,eval:0.1,test:0.1 (received {text!r})")
        splits.append((found[1], float(found[2])))
    names, total = {name for name, _ in splits}, sum(share for _, share in splits)
    if len(names) < len(splits) or (splits and abs(total - 1.0) > 1e-6):
        raise UserError(f"the shares of a split must add up to 1, each name once (received {text!r})")
    return tuple(splits)


def _keys(examples: np.ndarray, settings: Settings) -> list[bytes]:
    """Keys that only equal examples share: their bytes, transposed down as far as they go if so set."""
    if settings.transposition_invariant and settings.deduplicate and len(examples):
        examples = np.array(examples)
        originals = examples.copy()
        for semitones in range(-1, _LOWEST_TRANSPOSITION - 1, -1):
            moved, fits = settings.converter.transposed(originals, semitones)
            if not fits.any():
                break
            examples[fits] = moved
    return [example.tobytes() for example in examples]


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
