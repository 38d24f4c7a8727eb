"""One file of music, of any kind that is read, as pieces or as NoteSequences."""

import codecs
import collections
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from base_vae.errors import UserError, in_short
from base_vae.music.beats import align_to_beats
from base_vae.music.musical_grid import to_musical_grid
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.midi.read import MidiMusic, read_midi
from base_vae.readers.sources import ABC_SUFFIXES, MIDI_SUFFIXES, MUSIC_SUFFIXES, MUSICXML_SUFFIXES, Source
from base_vae.readers.tfrecord import TFRECORD_SUFFIXES, parse_sequence, raw_records
from base_vae.readers.validation import checked

_SCORE = NoteSequence.SourceInfo.SCORE_BASED


class ReadPiece(NamedTuple):
    """A piece as it was read.

    Attributes:
      piece: in seconds, its tempos and time signatures as the file gives them.
      has_bar_lines: whether it was written down in bars; those of a MIDI file have to be found.
    """

    piece: Piece
    has_bar_lines: bool

    @classmethod
    def of(cls, music: NoteSequence | Piece, *, limits: Limits = DEFAULT_LIMITS) -> "ReadPiece":
        """Takes music in memory as a file's piece. Raises UserError where it is too large or no music."""
        if isinstance(music, Piece):
            return cls(music, has_bar_lines=True)
        sequence = checked(music, limits)
        return cls(Piece.from_sequence(sequence), _has_bar_lines(sequence))

    def on_musical_grid(self) -> Piece:
        """The piece at one tempo, in bars of 4/4 where its header allows it, beats on the grid."""
        piece = to_musical_grid(self.piece)
        return piece if self.has_bar_lines else align_to_beats(piece)


class PassedOver(NamedTuple):
    """A piece of a book, or a part of a piece, that was not read.

    Attributes:
      reason: why, in a sentence.
      is_part: whether the rest of the piece was read.
    """

    reason: str
    is_part: bool = False


@dataclasses.dataclass(frozen=True)
class Reading:
    """The contents of one file.

    Attributes:
      as_read: its pieces, before they are put on the musical grid.
      rejected: how often each reason kept a piece, or a part of one, out.
    """

    as_read: list[ReadPiece]
    rejected: collections.Counter[str]

    @property
    def pieces(self) -> list[Piece]:
        """The pieces on the musical grid."""
        return [piece.on_musical_grid() for piece in self.as_read]

    @property
    def sequences(self) -> list[NoteSequence]:
        """The same as NoteSequences."""
        return [piece.to_sequence() for piece in self.pieces]


def read_file(path: str | Path, *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Reads everything in a file that can be read; a tune that cannot be does not cost the book.

    Args:
      path: its ending, in upper or lower case, decides how it is read.
      limits: how large a file and a piece may be.

    Raises:
      UserError: with the reason (and without the file's name) if nothing of it can be read.
    """
    pieces: list[ReadPiece] = []
    rejected: collections.Counter[str] = collections.Counter()
    for music in read_pieces(Source(os.fspath(path)), limits=limits):
        if isinstance(music, PassedOver):
            rejected[music.reason] += 1
        else:
            pieces.append(music)
    return Reading(pieces, rejected)


def read_pieces(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[ReadPiece | PassedOver]:
    """The pieces in a file, one after the other.

    Raises:
      UserError: with the reason (and without the file's name) where no more of it can be read.
    """
    for music in _read(source, limits):
        if isinstance(music, PassedOver):
            yield music
        elif isinstance(music, MidiMusic):
            yield ReadPiece(music.piece, has_bar_lines=False)
        else:
            yield ReadPiece(Piece.from_sequence(_in_bars(music, source)), _has_bar_lines(music))


def read_note_sequences(
    source: Source, *, limits: Limits = DEFAULT_LIMITS, as_written: bool = False
) -> Iterator[NoteSequence | PassedOver]:
    """Reads pieces as `read_pieces` does, as NoteSequences with everything that the file holds.

    Args:
      source: the file.
      limits: how large a file and a piece may be.
      as_written: whether scores keep their tempos, metres and pickups, and are not put on the musical grid.

    Raises:
      UserError: as there.
    """
    for music in _read(source, limits):
        if isinstance(music, MidiMusic):
            yield music.to_sequence()
        elif isinstance(music, PassedOver) or as_written:
            yield music
        else:
            yield _in_bars(music, source)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in Latin-1 where it is not UTF-8."""
    return _text(path.read_bytes())


def _has_bar_lines(sequence: NoteSequence) -> bool:
    """Whether a sequence was written down in bars: scores were, and whatever is not known to be MIDI."""
    source = sequence.source_info
    return source.source_type == _SCORE or source.encoding_type != NoteSequence.SourceInfo.MIDI


def _in_bars(sequence: NoteSequence, source: Source) -> NoteSequence:
    """Scores on the musical grid; sequences of a TFRecord are left alone: they may have been put there."""
    return sequence if source.suffix in TFRECORD_SUFFIXES else to_musical_grid(sequence)


_Music: TypeAlias = MidiMusic | NoteSequence | PassedOver


def _read(source: Source, limits: Limits) -> Iterator[_Music]:
    """The music in a file, each piece followed by what was passed over in it; every error in words."""
    if source.problem:
        raise UserError(source.problem)
    suffix = source.suffix
    try:
        if suffix in MIDI_SUFFIXES:
            music = read_midi(source.read(limits), name=source.name, limits=limits)
            yield from _with_rest(music, music.passed_over)
        elif suffix in ABC_SUFFIXES:
            yield from _book(source, limits)
        elif suffix in MUSICXML_SUFFIXES:
            from base_vae.readers.musicxml.read import read_score

            score = read_score(source.read(limits))
            yield from _with_rest(_named(checked(score.sequence, limits), source), score.passed_over)
        elif suffix in TFRECORD_SUFFIXES:
            yield from _records(source, limits)
        else:
            endings = ", ".join(MUSIC_SUFFIXES)
            raise UserError(f"not a kind of file that is read (those end in {endings})")
    except UserError:
        raise
    except PermissionError as error:
        raise UserError("no permission to read it") from error
    except OSError as error:
        raise UserError(f"it cannot be read ({error.strerror or error})") from error
    except GeneratorExit:
        raise
    except Exception as error:  # whatever an odd file does to a parser, it costs no other file anything
        raise UserError(f"it cannot be read ({in_short(error)})") from error


def _with_rest(music: _Music, passed_over: list[str]) -> Iterator[_Music]:
    yield music
    for reason in passed_over:
        yield PassedOver(reason, is_part=True)


def _named(sequence: NoteSequence, source: Source) -> NoteSequence:
    sequence.filename = source.name
    return sequence


def _text(data: bytes) -> str:
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")  # a byte-order mark is not part of the text
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _book(source: Source, limits: Limits) -> Iterator[_Music]:
    from base_vae.readers.abc.read import read_tune, split_tunes

    text = _text(source.read(limits))
    if not text.strip():
        raise UserError("the file is empty")
    tune = None
    for tune in split_tunes(text):
        try:
            sequence, passed_over = read_tune(tune)
            sequence = _named(checked(sequence, limits), source)
        except UserError as error:
            yield PassedOver(str(error))
            continue
        yield from _with_rest(sequence, passed_over)
    if tune is None:
        raise UserError("no tune in it: an ABC tune begins with a line like X:1")


def _records(source: Source, limits: Limits) -> Iterator[_Music]:
    count = 0
    for count, record in enumerate(raw_records(source.path, limits=limits), 1):
        sequence = parse_sequence(record, count)
        try:
            sequence = checked(sequence, limits)
        except UserError as error:  # the next one need not be so
            yield PassedOver(str(error))
            continue
        yield sequence
    if not count:
        raise UserError("the file is empty")
