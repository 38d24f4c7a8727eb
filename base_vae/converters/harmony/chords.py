"""Chords and keys as ids, one a step: the controls that a model can have.

A chord is one of 49: none, then the major, minor, augmented and diminished triads on C, C#, ... B. A key is
the pitch class of its signature. Both come from the symbols that a piece has, or from its notes where it has
none (`chord_inference`).
"""

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from base_vae.errors import UserError
from base_vae.music.chord_inference import HarmonyError, infer_harmony
from base_vae.music.chord_symbols import NO_CHORD as NO_CHORD_FIGURE
from base_vae.music.chord_symbols import parse_chord_symbol
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import quantize, total_steps
from base_vae.music.piece import Piece

if TYPE_CHECKING:
    import tensorflow as tf

NO_CHORD = 0
CHORD_DEPTH = 49
KEY_DEPTH = 12
UNREADABLE = 255  # stands for a chord that is no triad; a model never sees it
UNREADABLE_REASON = "chord that is not a major, minor, augmented or diminished one"

_CHORD_SYMBOL = NoteSequence.TextAnnotation.CHORD_SYMBOL
_ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Alterations of root, third and fifth, and the name of the kind, in the order of the ids.
_TRIADS = {(0, 0, 0): "", (0, -1, 0): "m", (0, 0, 1): "aug", (0, -1, -1): "dim"}
_FIGURES = (NO_CHORD_FIGURE, *(root + kind for kind in _TRIADS.values() for root in _ROOTS))
_FIRST_IDS: dict[tuple[int | None, ...], int] = {triad: 1 + 12 * i for i, triad in enumerate(_TRIADS)}

_roots = np.arange(CHORD_DEPTH - 1)
# [interval, id]: the id of each chord moved up by 0 to 11 semitones.
_ROTATED_CHORDS = np.concatenate(
    [np.zeros((12, 1)), _roots // 12 * 12 + (_roots + np.arange(12)[:, np.newaxis]) % 12 + 1], 1
).astype(np.int32)
_ROTATED_KEYS = ((np.arange(12) + np.arange(12)[:, np.newaxis]) % 12).astype(np.int32)


def check_chord_encoding(name: str | None) -> None:
    """Raises UserError unless `name` is an encoding of chords there is, or None."""
    if name not in (None, "triad"):
        raise UserError(f"chord_encoding must be 'triad' or None (received {name!r})")


@functools.lru_cache(maxsize=4096)
def chord_id(figure: str) -> int:
    """Id of a chord symbol, `UNREADABLE` for other chords and for text that is no chord symbol."""
    if figure == NO_CHORD_FIGURE:
        return NO_CHORD
    chord = parse_chord_symbol(figure)
    if chord is None:
        return UNREADABLE
    first = _FIRST_IDS.get(tuple(chord.degrees.get(degree) for degree in (1, 3, 5)))
    return UNREADABLE if first is None else first + chord.root_pitch


def chord_figure(chord: int) -> str:
    """Symbol of a chord's id, 0 to 48."""
    return _FIGURES[chord]


def with_harmony(piece: Piece, steps_per_quarter: int, chords: bool, keys: bool) -> Piece:
    """The piece with the chords (and keys) that its controls need, as the original adds them.

    They are inferred where it has none. With `keys` the inferred ones take the place of the piece's own, so
    that they agree with the chords.

    Args:
      piece: of one tempo and time signature.
      steps_per_quarter: resolution of the grid.
      chords: whether chords are needed.
      keys: whether keys are needed.

    Raises:
      HarmonyError: where the original leaves the piece out: it has chords and no key, or none are found.
    """
    if (piece.chords or not chords) and (len(piece.keys) or not keys):
        return piece
    if piece.chords:
        raise HarmonyError("chord symbols without a key signature")
    harmony = infer_harmony(piece, steps_per_quarter)
    return dataclasses.replace(piece, chords=harmony.chords, keys=harmony.keys if keys else piece.keys)


def with_any_harmony(piece: Piece, steps_per_quarter: int, chords: bool, keys: bool) -> Piece:
    """The piece of `with_harmony` for music that must not be left out: it keeps its own chords and keys.

    Where they can be neither read nor inferred it has no chord, and is in C.
    """
    needs_chords, needs_keys = chords and not piece.chords, keys and not len(piece.keys)
    if not (needs_chords or needs_keys):
        return piece
    try:
        harmony = infer_harmony(piece, steps_per_quarter)
    except HarmonyError:
        return dataclasses.replace(piece, keys=np.zeros((1, 2))) if needs_keys else piece
    return dataclasses.replace(
        piece,
        chords=harmony.chords if needs_chords else piece.chords,
        keys=harmony.keys if needs_keys else piece.keys,
    )


def chord_ids(piece: Piece, steps_per_quarter: int, steps: int) -> np.ndarray:
    """The chord at each step, as the original reads it; the last one goes on past the end of the piece.

    Args:
      piece: of one tempo.
      steps_per_quarter: resolution of the grid.
      steps: length of the result.

    Returns:
      uint8 [steps], `UNREADABLE` where the chord is no triad.

    Raises:
      HarmonyError: if two different chords begin at one step.
    """
    at, figures = _chord_changes(piece, steps_per_quarter)
    inside = at < total_steps(piece, steps_per_quarter)
    at, figures = at[inside], figures[inside]
    if np.any((np.diff(at) == 0) & (figures[1:] != figures[:-1])):
        raise HarmonyError("two different chords at one step")
    return _held(at, [chord_id(figure) for figure in figures], steps)


def lenient_chord_ids(piece: Piece, steps_per_quarter: int, steps: int) -> np.ndarray:
    """The chord at each step, uint8 [steps]: the last at a step counts, if it is a triad."""
    at, figures = _chord_changes(piece, steps_per_quarter)
    ids = np.array([chord_id(figure) for figure in figures], np.int64)
    return _held(at, np.where(ids == UNREADABLE, NO_CHORD, ids), steps)


def key_ids(piece: Piece, steps_per_quarter: int, steps: int, slack: float = 0.0) -> np.ndarray:
    """The key at each step; before the first signature it is that one's.

    The original does not round the time of a signature to a step: the key changes at the first step that is
    not before it. `slack` (in steps) takes rounding errors out.

    Args:
      piece: of one tempo, with at least one key signature.
      steps_per_quarter: resolution of the grid.
      steps: length of the result.
      slack: how much too late a signature may come.

    Returns:
      uint8 [steps], pitch classes.
    """
    at = steps_per_quarter * piece.qpm / 60.0 * piece.keys[:, 0] - slack
    order = np.lexsort((piece.keys[:, 1], at))
    keys = piece.keys[order, 1].astype(np.uint8)
    return np.asarray(keys[np.maximum(np.searchsorted(at[order], np.arange(steps), "right") - 1, 0)])


def rotated(ids: np.ndarray, semitones: int, *, keys: bool = False) -> np.ndarray:
    """Ids of chords (or of keys) of any shape, moved by `semitones`; type and shape are kept."""
    table = _ROTATED_KEYS if keys else _ROTATED_CHORDS
    return np.asarray(table[semitones % 12][ids], ids.dtype)


def rotated_tensor(ids: "tf.Tensor", semitones: "tf.Tensor", *, keys: bool = False) -> "tf.Tensor":
    """The same in TensorFlow's graph.

    Args:
      ids: int32 [batch, time].
      semitones: int32 [batch].
      keys: whether they are keys.
    """
    import tensorflow as tf

    table = tf.constant(_ROTATED_KEYS if keys else _ROTATED_CHORDS)
    return tf.gather(tf.gather(table, semitones % 12), ids, batch_dims=1)


def add_chords(sequence: NoteSequence, ids: np.ndarray, seconds: np.ndarray) -> None:
    """Writes a chord symbol wherever the chord changes, the first one too.

    Args:
      sequence: gets the symbols.
      ids: chords, [times].
      seconds: when each begins, [times], in order.
    """
    for i in _changes(ids):
        sequence.text_annotations.add(
            time=seconds[i], text=chord_figure(int(ids[i])), annotation_type=_CHORD_SYMBOL
        )


def add_keys(sequence: NoteSequence, ids: np.ndarray, seconds: np.ndarray) -> None:
    """Writes a key signature wherever the key changes, the first one too; arguments as in `add_chords`."""
    for i in _changes(ids):
        sequence.key_signatures.add(time=seconds[i], key=int(ids[i]))


def _changes(ids: np.ndarray) -> np.ndarray:
    """Places where an id differs from the one before, and the first."""
    ids = np.asarray(ids)
    return np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]])) if len(ids) else np.array([], int)


def _chord_changes(piece: Piece, steps_per_quarter: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps and figures [changes] of the chord symbols, in order of time."""
    times = np.array([time for time, _ in piece.chords], np.float64)
    figures = np.array([figure for _, figure in piece.chords], object)
    at = quantize(times, steps_per_quarter * piece.qpm / 60.0)
    order = np.argsort(at, kind="stable")
    return at[order], figures[order]


def _held(at: np.ndarray, ids: list[int] | np.ndarray, steps: int) -> np.ndarray:
    """Each id from its step on, uint8 [steps]; no chord before the first."""
    values = np.concatenate([[NO_CHORD], np.asarray(ids, np.int64)]).astype(np.uint8)
    return values[np.searchsorted(at, np.arange(steps), "right")]


__all__ = [
    "CHORD_DEPTH",
    "KEY_DEPTH",
    "NO_CHORD",
    "NO_CHORD_FIGURE",
    "UNREADABLE",
    "UNREADABLE_REASON",
    "HarmonyError",
    "add_chords",
    "add_keys",
    "check_chord_encoding",
    "chord_figure",
    "chord_id",
    "chord_ids",
    "key_ids",
    "lenient_chord_ids",
    "rotated",
    "rotated_tensor",
    "with_any_harmony",
    "with_harmony",
]
