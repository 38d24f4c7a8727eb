"""Where two pieces of music differ: step by step, and note by note."""

from collections import Counter

import numpy as np

from base_vae.converters import Converter, MelodyConverter, TrioConverter
from base_vae.converters.groove.converter import GrooveConverter
from base_vae.converters.groove.layout import HIT
from base_vae.converters.harmony.controls import HarmonyControls
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM


def differing_steps(a: np.ndarray, b: np.ndarray, converter: Converter) -> np.ndarray:
    """A mask of the rows (steps; events of multitrack bars) in which examples are not equal.

    A row with several voices or drums is equal if all of it is. Of grooves the hits count, not how they are
    played; of melodies and trios the notes, not the chord and key, which are controls.

    Args:
      a, b: examples [..., *converter.shape], which may be broadcast.
      converter: of the examples.

    Returns:
      Booleans [..., rows].
    """
    a, b = np.asarray(a), np.asarray(b)
    if isinstance(converter, GrooveConverter):
        a, b = a[..., HIT] > 0.5, b[..., HIT] > 0.5
    elif isinstance(converter, MelodyConverter | TrioConverter):
        controls = HarmonyControls.named(converter.chord_encoding, converter.condition_on_key).columns
        if controls:
            a, b = a[..., :-controls], b[..., :-controls]
    different = a != b
    inside = len(converter.shape) - 1 - isinstance(converter, GrooveConverter)  # axes within a row
    return different.any(axis=tuple(range(different.ndim - inside, different.ndim))) if inside else different


def hamming_distance(a: np.ndarray, b: np.ndarray, converter: Converter) -> np.ndarray:
    """Share of rows that differ, float [...]: the Hamming distance over the length, from 0 to 1.

    Roberts et al. 2018 (arXiv:1803.05428), section 5.3; see `differing_steps`.
    """
    return differing_steps(a, b, converter).mean(-1)


def unmatched_notes(a: NoteSequence, b: NoteSequence, steps_per_quarter: int) -> tuple[list[int], list[int]]:
    """Notes of each of two pieces that the other has not: numbers of notes of `a`, and of `b`.

    Notes are the same where pitch, voice and the steps at which they begin agree, and the steps at which they
    end, drums apart. A note is the other half of one note only.
    """
    keys = [[_key(sequence, note, steps_per_quarter) for note in sequence.notes] for sequence in (a, b)]
    return _left_over(keys[0], keys[1]), _left_over(keys[1], keys[0])


_Key = tuple[int, int, int, bool, int, int]  # pitch, instrument, program, drum or not, start, end


def _left_over(keys: list[_Key], others: list[_Key]) -> list[int]:
    available, left = Counter(others), []
    for number, key in enumerate(keys):
        if available[key]:
            available[key] -= 1
        else:
            left.append(number)
    return left


def _key(sequence: NoteSequence, note: NoteSequence.Note, resolution: int) -> _Key:
    qpm = sequence.tempos[0].qpm if sequence.tempos else DEFAULT_QPM
    start, end = (round(time * qpm / 60.0 * resolution) for time in (note.start_time, note.end_time))
    return note.pitch, note.instrument, note.program, note.is_drum, start, 0 if note.is_drum else end
