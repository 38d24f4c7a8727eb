"""One file of music, of any kind that is read, as pieces or as NoteSequences."""

import collections
import dataclasses
import functools
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from base_vae.errors import UserError
from base_vae.music.beats import align_to_beats
from base_vae.music.musical_grid import to_musical_grid
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.midi.read import midi_to_piece, midi_to_sequence
from base_vae.readers.sources import ABC_SUFFIXES, MIDI_SUFFIXES, MUSIC_SUFFIXES, MUSICXML_SUFFIXES, Source
from base_vae.readers.tfrecord import TFRECORD_SUFFIXES, parse_sequence, raw_records

_SCORE = NoteSequence.SourceInfo.SCORE_BASED

_T = TypeVar("_T")


class ReadPiece(NamedTuple):
    """A piece as it was read.

    Attributes:
      piece: in seconds, its tempos and time signatures as the file gives them.
      has_bar_lines: whether it was written down in bars; in a MIDI file they are to be found.
    """

    piece: Piece
    has_bar_lines: bool

    @classmethod
    def from_sequence(cls, sequence: NoteSequence, *, limits: Limits = DEFAULT_LIMITS) -> "ReadPiece":
        """Takes a NoteSequence as a file's piece. Raises UserError where it is too large."""
        _check(sequence, limits)
        return cls(Piece.from_sequence(sequence), sequence.source_info.source_type == _SCORE)

    def on_musical_grid(self) -> Piece:
        """The piece at one tempo, in bars of 4/4 where its header allows it, beats on the grid."""
        piece = to_musical_grid(self.piece)
        return piece if self.has_bar_lines else align_to_beats(piece)


class PassedOver(NamedTuple):
    """A piece of a book, or a part of a file, that was not read, and why."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Reading:
    """What one file holds.

    Attributes:
      as_read: its pieces, before they are put on the musical grid.
      rejected: how often each reason kept a piece, or a part of one, out.
    """

    as_read: list[ReadPiece]
    rejected: collections.Counter

    @property
    def pieces(self) -> list[Piece]:
        """The pieces on the musical grid."""
        return [piece.on_musical_grid() for piece in self.as_read]

    @property
    def sequences(self) -> list[NoteSequence]:
        """The same as NoteSequences."""
        return [piece.to_sequence() for piece in self.pieces]


def read_file(path: str | Path, *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Everything in a file that can be read; a tune that cannot be does not cost the book.

    Args:
      path: its ending, in upper or lower case, says what it is.
      limits: how large a file and a piece may be.

    Raises:
      UserError: with the reason (and without the file's name) if nothing of it can be read.
    """
    pieces, rejected = [], collections.Counter()
    for music in read_pieces(Source(os.fspath(path)), limits=limits):
        if isinstance(music, PassedOver):
            rejected[music.reason] += 1
        else:
            pieces.append(music)
    return Reading(pieces, rejected)


def read_pieces(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[ReadPiece | PassedOver]:
    """The pieces in a file, one after the other as they are asked for.

    Raises:
      UserError: with the reason (and without the file's name) where no more of it can be read.
    """

    def from_midi(data: bytes, name: str) -> ReadPiece:
        return ReadPiece(midi_to_piece(data, name=name, limits=limits), has_bar_lines=False)

    return _read(source, limits, from_midi, functools.partial(ReadPiece.from_sequence, limits=limits))


def read_note_sequences(
    source: Source, *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[NoteSequence | PassedOver]:
    """As `read_pieces`, as NoteSequences with everything that the file says.

    Raises:
      UserError: as there.
    """

    def check(sequence: NoteSequence) -> NoteSequence:
        _check(sequence, limits)
        return sequence

    def midi(data: bytes, name: str) -> NoteSequence:
        return midi_to_sequence(data, name=name, limits=limits)

    return _read(source, limits, midi, check)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in Latin-1 where it is not UTF-8."""
    return _text(path.read_bytes())


def _read(
    source: Source,
    limits: Limits,
    from_midi: Callable[[bytes, str], _T],
    from_sequence: Callable[[NoteSequence], _T],
) -> Iterator[_T | PassedOver]:
    """What the two functions make of each piece, with every error in words."""
    if source.problem:
        raise UserError(source.problem)
    suffix = source.suffix
    try:
        if suffix in MIDI_SUFFIXES:
            yield from_midi(source.read(limits), source.name)
        elif suffix in ABC_SUFFIXES:
            yield from _book(source, limits, from_sequence)
        elif suffix in MUSICXML_SUFFIXES:
            yield from_sequence(_named(_score(source, limits), source))
        elif suffix in TFRECORD_SUFFIXES:
            yield from _records(source, limits, from_sequence)
        else:
            raise UserError(f"not a kind of file that is read (those end in {', '.join(MUSIC_SUFFIXES)})")
    except UserError:
        raise
    except PermissionError as error:
        raise UserError("no permission to read it") from error
    except OSError as error:
        raise UserError(f"it cannot be read ({error.strerror or error})") from error
    except GeneratorExit:
        raise
    except Exception as error:  # whatever an odd file does to a parser, it costs no other file anything
        raise UserError(f"it cannot be read ({type(error).__name__}: {_in_short(error)})") from error


def _check(sequence: NoteSequence, limits: Limits) -> None:
    limits.check("max_piece_notes", len(sequence.notes), "the piece", "notes")
    changes = len(sequence.tempos) + len(sequence.time_signatures)
    limits.check("max_piece_changes", changes, "the piece", "changes")
    ends = [sequence.total_time, *(note.end_time for note in sequence.notes)]
    if not all(map(math.isfinite, [*ends, *(note.start_time for note in sequence.notes)])):
        raise UserError("a note at a time that is no number")
    limits.check("max_piece_hours", max(ends) / 3600.0, "the piece", "hours")


def _named(sequence: NoteSequence, source: Source) -> NoteSequence:
    sequence.filename = source.name
    return sequence


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")  # a byte-order mark is not part of the text
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _in_short(error: Exception) -> str:
    """The first line of an error's message, or its name where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:100] if lines else type(error).__name__


def _book(
    source: Source, limits: Limits, from_sequence: Callable[[NoteSequence], _T]
) -> Iterator[_T | PassedOver]:
    from base_vae.readers.abc.read import parse_tune, split_tunes

    text = _text(source.read(limits))
    if not text.strip():
        raise UserError("the file is empty")
    tunes = split_tunes(text)
    if not tunes:
        raise UserError("no tune in it: an ABC tune begins with a line like X:1")
    for tune in tunes:
        try:
            yield from_sequence(_named(parse_tune(tune), source))
        except UserError as error:
            yield PassedOver(str(error))


def _score(source: Source, limits: Limits) -> NoteSequence:
    from base_vae.readers.musicxml.read import read_musicxml

    if source.member is None:
        return read_musicxml(Path(source.path))
    with tempfile.NamedTemporaryFile(suffix=source.suffix) as file:  # its reader wants a file
        file.write(source.read(limits))
        file.flush()
        return read_musicxml(Path(file.name))


def _records(
    source: Source, limits: Limits, from_sequence: Callable[[NoteSequence], _T]
) -> Iterator[_T | PassedOver]:
    count = 0
    for count, record in enumerate(raw_records(source.path, limits=limits), 1):
        sequence = parse_sequence(record, count)
        try:
            music = from_sequence(sequence)
        except UserError as error:  # too large; the next one need not be
            yield PassedOver(str(error))
            continue
        yield music
    if not count:
        raise UserError("the file is empty")
