"""A whole song as segments of a base's length that follow each other, from its first full bar on."""

import collections
import dataclasses
import os
from collections.abc import Iterator, Sequence
from typing import TypeGuard

import numpy as np

from base_vae.converters import Converter, MelodyConverter
from base_vae.converters.melody.events import FIRST_NOTE, NO_EVENT, NOTE_OFF, events_of, top_notes
from base_vae.data.collection import Music
from base_vae.data.stretches import cut
from base_vae.errors import UserError
from base_vae.music.musical_grid import split_at_metre_changes
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import NoteTable, metre, note_table
from base_vae.music.piece import Piece
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.read import PassedOver, ReadPiece, read_pieces
from base_vae.readers.sources import find_sources


@dataclasses.dataclass(frozen=True)
class Song:
    """A song.

    Attributes:
      name: of its file.
      segments: examples of the base, [segments, *converter.shape].
      tied: whether the last note of the segment before goes on as one begins, bool [segments].
      pickup: what comes before the first full bar, melody events [at most a bar of steps], the last of them
        right before it; empty where there is nothing.
      qpm: quarters a minute.
      program: General MIDI program, from 0.
      metre: numerator and denominator of its time signature; None where it is not known.
    """

    name: str
    segments: np.ndarray
    tied: np.ndarray
    pickup: np.ndarray
    qpm: float
    program: int
    metre: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.segments)

    def __repr__(self) -> str:
        return f"<Song {self.name or 'without a name'}: {len(self)} segments>"


def usual_metre(songs: Sequence[Song]) -> tuple[int, int] | None:
    """The metre that most songs are in; None where none is known."""
    known = collections.Counter(song.metre for song in songs if song.metre)
    return known.most_common(1)[0][0] if known else None


def is_melody(converter: Converter) -> TypeGuard[MelodyConverter]:
    """Whether segments are plain melodies: one event a step, without controls or an end."""
    return isinstance(converter, MelodyConverter) and converter.shape == (converter.bars * converter.bar,)


def songs_in(
    music: Music, converter: Converter, *, limits: Limits = DEFAULT_LIMITS
) -> tuple[list[Song], list[str]]:
    """The songs in files, folders or NoteSequences, and what was left out and why, a sentence each.

    Args:
      music: files or folders of MIDI, ABC or MusicXML, or NoteSequences.
      converter: of the base: what a segment is.
      limits: how large files and pieces may be.
    """
    songs: list[Song] = []
    left_out: list[str] = []
    for name, piece in _pieces(music, limits, left_out):
        try:
            songs.append(song_of(piece, converter))
        except UserError as error:
            left_out.append(f"{name}: {error}")
    return songs, left_out


def _pieces(
    music: Music, limits: Limits, left_out: list[str]
) -> Iterator[tuple[str, ReadPiece | PassedOver | NoteSequence]]:
    """The pieces in some music with the names of their files; what cannot be read is added to `left_out`."""
    music = [music] if isinstance(music, (str, os.PathLike)) else list(music)
    sequences = [piece for piece in music if isinstance(piece, NoteSequence)]
    for number, sequence in enumerate(sequences, 1):
        yield sequence.filename or f"sequence {number}", sequence
    paths = [path for path in music if not isinstance(path, NoteSequence)]
    for source in find_sources(paths, limits=limits)[0]:
        try:
            yield from ((source.name, piece) for piece in read_pieces(source, limits=limits))
        except UserError as error:
            left_out.append(f"{source.name}: {error}")


def song_of(music: ReadPiece | PassedOver | NoteSequence | Piece, converter: Converter) -> Song:
    """A piece as a song: its longest stretch of one metre.

    Args:
      music: as it was read, or in memory.
      converter: of the base.

    Raises:
      UserError: if there is no melody in the base's metre in it.
    """
    if isinstance(music, PassedOver):
        raise UserError(music.reason)
    read = music if isinstance(music, ReadPiece) else ReadPiece.of(music)
    piece = read.on_musical_grid()
    parts = split_at_metre_changes(piece)
    fitting = [p for p in parts if converter.takes_metre(*metre(p)) and len(p)]
    if not fitting:
        metres = ", ".join(dict.fromkeys("{:.0f}/{:.0f}".format(*p.metres[0, 1:]) for p in parts if len(p)))
        raise UserError(f"it is in {metres or 'no metre'}, which the base does not know")
    piece = max(fitting, key=lambda part: part.total_time)
    if is_melody(converter):
        return melody_song(piece, converter)
    arrays = cut(piece, converter).arrays
    program = int(np.bincount(np.maximum(piece.program, 0)).argmax())
    return Song(
        name=piece.name,
        segments=arrays,
        tied=np.zeros(len(arrays), bool),
        pickup=np.zeros(0, np.uint8),
        qpm=piece.qpm,
        program=program,
        metre=metre(piece),
    )


def melody_song(piece: Piece, converter: MelodyConverter) -> Song:
    """The melody of a piece of one metre. Raises UserError if it has none."""
    table = note_table(piece, converter.steps_per_quarter)
    fits = ~table.is_drum & (table.velocity > 0) & (table.start >= 0)
    fits &= (table.pitch >= converter.min_pitch) & (table.pitch <= converter.max_pitch)
    table = table.where(fits)
    if len(table) < 2:
        raise UserError("there is no melody in it")
    table = _melody_of(table, converter.bar)
    program = int(table.program[0])
    table = table.where(top_notes(table.start, table.pitch))
    bar, steps = converter.bar, converter.shape[0]
    first = int(table.start[0]) // bar * bar
    # A bar of which the first half is silent is a pickup: the tune begins with the bar after it.
    with_pickup = table.start[0] - first >= bar // 2 and table.start[-1] >= first + bar
    origin = first + bar * bool(with_pickup)
    length = int(-(-(table.end.max() - origin) // steps) * steps)
    ids = table.pitch - converter.min_pitch + FIRST_NOTE
    events = events_of(table.start - first, table.end - first, ids, length + origin - first)
    pickup, events = events[: origin - first], events[origin - first :]
    segments, tied = split(events, steps, converter)
    if len(pickup):
        pickup = pickup[np.flatnonzero(pickup)[0] :]
    return Song(piece.name, segments, tied, pickup, piece.qpm, program, metre(piece))


def split(events: np.ndarray, steps: int, converter: Converter) -> tuple[np.ndarray, np.ndarray]:
    """Segments [n, steps] of melody events [n * steps] and whether each is tied to the one before."""
    segments = events.reshape(-1, steps)
    sounding = sounds_at_end(segments)
    tied = np.append(False, sounding[:-1]) & (segments[:, 0] == NO_EVENT)
    return converter.all_canonical(segments), tied


def sounds_at_end(segments: np.ndarray) -> np.ndarray:
    """Whether a note sounds as each melody [n, steps] ends, bool [n].

    In what is not canonical by itself, a segment without events goes on with the note before it.
    """
    sounding, last = np.zeros(len(segments), bool), False
    for number, segment in enumerate(segments):
        marks = segment[segment != NO_EVENT]
        last = bool(marks[-1] != NOTE_OFF) if len(marks) else last
        sounding[number] = last
    return sounding


def _melody_of(table: NoteTable, bar: int) -> NoteTable:
    """The notes of the instrument that has the melody, in order.

    Of those that play in at least half as many bars as the busiest one, the one that has the fewest notes
    at once; of equal ones the highest.
    """
    order = np.lexsort((-table.pitch, table.start))
    table = table.where(order)
    candidates = []
    for number in np.unique(table.instrument):
        own = table.where(table.instrument == number)
        alone = len(np.unique(own.start)) / len(own)
        candidates.append((len(np.unique(own.start // bar)), round(alone, 1), float(own.pitch.mean()), own))
    most = max(bars for bars, *_ in candidates)
    return max((c for c in candidates if 2 * c[0] >= most), key=lambda c: c[1:3])[3]
