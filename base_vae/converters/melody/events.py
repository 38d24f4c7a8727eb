"""One voice as event ids: 0 no event, 1 note off, then one id for each pitch."""

from typing import TYPE_CHECKING

import numpy as np

from base_vae.music.note_batch import NoteBatch
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM

if TYPE_CHECKING:
    import tensorflow as tf

NO_EVENT = 0
NOTE_OFF = 1
FIRST_NOTE = 2
OUTPUT_VELOCITY = 80


def canonical(array: np.ndarray) -> np.ndarray:
    """The same music with one spelling: note-offs only where a note sounds.

    Args:
      array: ids [..., steps]. Shape and dtype are kept.
    """
    array = np.array(array)
    places = np.arange(array.shape[-1])
    latest = np.maximum.accumulate(np.where(array != NO_EVENT, places, -1), axis=-1)
    before = np.concatenate([np.full((*array.shape[:-1], 1), -1), latest[..., :-1]], -1)
    silent = (before < 0) | (np.take_along_axis(array, before, -1) == NOTE_OFF)
    array[(array == NOTE_OFF) & silent] = NO_EVENT
    return array


def canonical_with_end(columns: np.ndarray, end_token: int, bar: int) -> np.ndarray:
    """The same melody with one spelling, its end after whole bars.

    How long the silence after the last note is cannot be seen from notes, so the end token stands where the
    bar of the last event, or of the last change of a control, is over. The last place of an array can hold
    nothing else. The end token has the controls of the step before it, and zeros follow.

    Args:
      columns: [steps, 1 + controls]: ids of events, and the controls. Shape and dtype are kept.
      end_token: id that ends the melody.
      bar: steps in a bar.
    """
    size = len(columns) - 1
    stop = min(length_to_end(columns[:, 0], end_token), size)
    events, controls = np.zeros_like(columns[:size, 0]), np.array(columns[:size, 1:])
    events[:stop] = columns[:stop, 0]
    events[stop : stop + 1] = NOTE_OFF  # where the music ends, a note does
    events = canonical(events)
    controls[stop:] = columns[stop - 1, 1:] if stop else 0
    marks = np.flatnonzero(events)
    last = 0 if not len(marks) else marks[-1] if events[marks[-1]] == NOTE_OFF else size
    changes = np.flatnonzero(np.any(np.diff(controls, axis=0) != 0, axis=1)) + 2
    length = max(int(last), int(changes.max(initial=1)))
    length = min(-(-length // bar) * bar, size)
    result = np.zeros_like(columns)
    result[:length, 0], result[length, 0] = events[:length], end_token
    result[:length, 1:], result[length, 1:] = controls[:length], controls[length - 1]
    return result


def length_to_end(ids: np.ndarray, end_token: int) -> int:
    """Events before the first end token; all of `ids` [steps] where there is none."""
    ends = np.flatnonzero(ids == end_token)
    return int(ends[0]) if len(ends) else len(ids)


def events_of(start: np.ndarray, end: np.ndarray, ids: np.ndarray, steps: int) -> np.ndarray:
    """Event ids of notes, in canonical form.

    Args:
      start: int [notes], in order and all different, 0 to steps - 1. A note ends where the next one starts,
        if not before.
      end: int [notes], steps.
      ids: of their pitches, [notes].
      steps: length of the result.

    Returns:
      uint8 [steps].
    """
    events = np.zeros(steps, np.uint8)
    events[end[end < np.append(start[1:], steps)]] = NOTE_OFF
    events[start] = ids
    return events


def top_notes(start: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """Indices of the notes by start, of those that start together only the highest."""
    order = np.lexsort((-pitch, start))
    first: np.ndarray = np.diff(start[order], prepend=np.iinfo(np.int64).min) != 0
    return np.asarray(order[first])


def add_notes(
    sequence: NoteSequence, events: np.ndarray, *, seconds: float, min_pitch: int, **fields: int
) -> None:
    """Adds the notes of one voice to `sequence` and makes its total time reach the last one's end.

    Args:
      sequence: gets the notes.
      events: ids [steps] in canonical form.
      seconds: length of a step.
      min_pitch: the pitch of the first id of a note.
      **fields: further fields of each note (instrument, program).
    """
    marks = np.flatnonzero(events)
    ends = np.append(marks, len(events))[1:]
    sounding = events[marks] >= FIRST_NOTE
    for start, end in zip(marks[sounding].tolist(), ends[sounding].tolist(), strict=True):
        sequence.notes.add(
            pitch=int(events[start]) - FIRST_NOTE + min_pitch,
            velocity=OUTPUT_VELOCITY,
            start_time=start * seconds,
            end_time=end * seconds,
            **fields,
        )
        sequence.total_time = max(sequence.total_time, end * seconds)


def note_batch(ids: np.ndarray, depth: int, *, seconds: float, min_pitch: int, bar: int) -> NoteBatch:
    """The notes that `add_notes` gives of each of several melodies, at the tempo that pieces have by default.

    Args:
      ids: [n, steps] in canonical form.
      depth: number of ids up to the highest note; an id above (an end token) ends a note and is none.
      seconds: length of a step.
      min_pitch: the pitch of the first id of a note.
      bar: sixteenths in a bar.
    """
    piece, at = np.nonzero(ids)
    end = np.append(at, ids.shape[1])[1:]
    end[np.append(np.diff(piece), 1)[: len(end)] != 0] = ids.shape[1]  # the last of a melody goes on
    event = ids[piece, at].astype(np.int64)
    sounding = (event >= FIRST_NOTE) & (event < depth)
    piece, at, end, event = (column[sounding] for column in (piece, at, end, event))
    total_time = np.zeros(len(ids))
    np.maximum.at(total_time, piece, end * seconds)
    return NoteBatch(
        piece=piece,
        pitch=event - FIRST_NOTE + min_pitch,
        velocity=np.full(len(piece), OUTPUT_VELOCITY),
        instrument=np.zeros(len(piece), np.int64),
        start=at * seconds,
        end=end * seconds,
        is_drum=np.zeros(len(piece), bool),
        qpm=np.full(len(ids), DEFAULT_QPM),
        total_time=total_time,
        bar=np.full(len(ids), bar),
    )


def moved(ids: np.ndarray, semitones: int, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Melodies moved by `semitones`, and a mask of those that stay in range.

    Args:
      ids: [n, steps].
      semitones: how far.
      depth: number of ids up to the highest note; an id above (an end token) is no note.

    Returns:
      int64 [n, steps] and bool [n].
    """
    notes = (ids >= FIRST_NOTE) & (ids < depth)
    result = np.where(notes, ids.astype(np.int64) + semitones, ids)
    return result, np.all(~notes | ((result >= FIRST_NOTE) & (result < depth)), axis=1)


def random_shift(ids: "tf.Tensor", semitones: tuple[int, int], depth: int, seed: "tf.Tensor") -> "tf.Tensor":
    """A random interval for each melody that keeps all of it in range; nothing is clipped.

    Args:
      ids: int32 [batch, steps].
      semitones: lowest and highest transposition.
      depth: number of ids up to the highest note.
      seed: [2].

    Returns:
      int32 [batch], semitones; 0 where none of the intervals keeps it in range.
    """
    import tensorflow as tf

    is_note = _is_note(ids, depth)
    lowest = tf.reduce_min(tf.where(is_note, ids, depth - 1), 1)
    highest = tf.reduce_max(tf.where(is_note, ids, FIRST_NOTE), 1)
    low = tf.maximum(semitones[0], FIRST_NOTE - lowest)
    high = tf.minimum(semitones[1], depth - 1 - highest)
    uniform = tf.random.stateless_uniform(tf.shape(low), seed)
    shift = low + tf.cast(uniform * tf.cast(high - low + 1, tf.float32), tf.int32)
    return tf.where(low > high, 0, shift)


def moved_tensor(ids: "tf.Tensor", shift: "tf.Tensor", depth: int) -> "tf.Tensor":
    """Melodies int32 [batch, steps], each moved by its own of `shift`, int32 [batch]."""
    import tensorflow as tf

    return tf.where(_is_note(ids, depth), ids + shift[:, tf.newaxis], ids)


def _is_note(ids: "tf.Tensor", depth: int) -> "tf.Tensor":
    return (ids >= FIRST_NOTE) & (ids < depth)
