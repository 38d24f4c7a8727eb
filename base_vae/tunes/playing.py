"""Songs as music: seams, pickups, transposition, NoteSequences."""

import dataclasses

import numpy as np

from base_vae.converters import Converter
from base_vae.converters.melody.events import FIRST_NOTE, NO_EVENT, NOTE_OFF
from base_vae.music.note_sequence import NoteSequence
from base_vae.tunes.song import Song, is_melody, split
from base_vae.tunes.songbook import transposed


def to_sequence(song: Song, converter: Converter, *, num_bars: int | None = None) -> NoteSequence:
    """The music of a song in its metre, tempo and program, cut to `num_bars`; a pickup has a bar before."""
    if is_melody(converter):
        lead = np.zeros(converter.bar if len(song.pickup) else 0, np.uint8)
        if len(lead):
            lead[len(lead) - len(song.pickup) :] = song.pickup
        events = events_of_song(song)
        array = np.concatenate([lead, events if num_bars is None else events[: num_bars * converter.bar]])
    else:
        array = converter.join(song.segments)
        array = array if num_bars is None else converter.first_bars(array, num_bars)
    sequence = converter.decode(array, qpm=song.qpm)
    for note in sequence.notes:
        if not note.is_drum:
            note.program = song.program
    return converter.with_metre(sequence, song.metre) if song.metre else sequence


def events_of_song(song: Song) -> np.ndarray:
    """The melody of a song, events [segments * steps]: a note that is not tied ends with its segment."""
    segments = song.segments.copy()
    cut = (segments[:, 0] == NO_EVENT) & ~song.tied
    cut[0] = False
    segments[cut, 0] = NOTE_OFF
    return segments.ravel()


def ties_of(segments: np.ndarray, converter: Converter) -> np.ndarray:
    """A mask of the segments of new music that are tied to the ones before, bool [segments].

    Those that begin without an event after one that ends in a note: of such places in real tunes, nine of ten
    are ties.
    """
    if not is_melody(converter):
        return np.zeros(len(segments), bool)
    return split(segments.ravel(), segments.shape[1], converter)[1]


def mended(song: Song, segments: np.ndarray, converter: Converter) -> Song:
    """A song with other segments: seams between those that it had stay, others are new."""
    tied = ties_of(segments, converter)
    both = min(len(segments), len(song))
    same = (segments[:both] == song.segments[:both]).reshape(both, -1).all(1)
    kept = np.flatnonzero(same[1:] & same[:-1]) + 1
    tied[kept] = song.tied[kept]
    return dataclasses.replace(song, segments=segments, tied=tied)


def moved(
    segments: np.ndarray, pickup: np.ndarray, semitones: int, converter: Converter
) -> tuple[np.ndarray, np.ndarray]:
    """A melody and its pickup moved by an interval, by way of the nearest octave."""
    found = transposed(segments, (semitones + 5) % 12 - 5, converter)
    change = (found.astype(np.int64) - segments).flat[np.argmax(segments >= FIRST_NOTE)]
    return found, np.where(pickup >= FIRST_NOTE, pickup + change, pickup).astype(np.uint8)


def played_bars(song: Song, converter: Converter) -> int:
    """Bars of a song up to the last in which something begins."""
    rows = song.segments.reshape(len(song) * converter.bars, -1)
    return int(np.flatnonzero(rows.any(1)).max(initial=-1)) + 1


def with_bars(segments: np.ndarray, made: np.ndarray, bars: int, first: int, stop: int) -> np.ndarray:
    """Segments, of `bars` each, in which the bars from `first` to before `stop` are those of others."""
    merged = segments.reshape(len(segments) * bars, -1).copy()
    merged[first:stop] = made.reshape(merged.shape)[first:stop]
    return merged.reshape(segments.shape)
