"""The likeliest chords and keys of a piece that names none: a hidden Markov model, solved exactly.

The model is note-seq's (`chord_inference`): a state is a key and a chord, a frame is half a bar of 4/4, and
an observation is how long each pitch class sounds. Its results are kept to the last bit, ties included; only
the search is another one. A step from key to key is the same whatever the chord before, so of 1164 x 1164
transitions a frame all but 12 x 97 x 97 fall away.
"""

import dataclasses
import functools
import math

import numpy as np

from base_vae.music.chord_symbols import NO_CHORD
from base_vae.music.general_midi import UNPITCHED_PROGRAMS
from base_vae.music.note_table import metre, steps_per_bar
from base_vae.music.piece import Piece

_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_SCALE = (0, 2, 4, 5, 7, 9, 11)
_KINDS = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "+": (0, 4, 8),
    "dim": (0, 3, 6),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
}
_FIGURES = (NO_CHORD, *(name + kind for name in _NAMES for kind in _KINDS))
_CHORDS, _KEYS = len(_FIGURES), len(_NAMES)
_CHORDS_PER_BAR = {(2, 2): 1, (2, 4): 1, (3, 4): 1, (4, 4): 2, (6, 8): 2}
_MAX_FRAMES = 1000
_KEY_CHANGE, _CHORD_CHANGE = 0.001, 0.5
_OUT_OF_KEY = 0.01
_CONCENTRATION = 100.0
_NEAR = 1e-6  # far above the rounding errors of a log-likelihood, which alone decide between equals


class HarmonyError(ValueError):
    """Why a piece's chords or keys cannot be inferred, in words that fit a report of what was left out."""


@dataclasses.dataclass(frozen=True)
class Harmony:
    """Inferred changes.

    Attributes:
      chords: (time in seconds, figure) of each.
      keys: float64 [changes, 2]: time in seconds, pitch class.
    """

    chords: tuple[tuple[float, str], ...]
    keys: np.ndarray


def infer_harmony(piece: Piece, steps_per_quarter: int) -> Harmony:
    """Chords and keys of a piece of one tempo and time signature, counted from 0 to its total time.

    Raises:
      HarmonyError: if it has an odd metre, no length, or more than 1000 frames.
    """
    signature = metre(piece)
    if signature not in _CHORDS_PER_BAR:
        raise HarmonyError("no chords, and none are inferred in {}/{}".format(*signature))
    steps = steps_per_bar(piece, steps_per_quarter) / _CHORDS_PER_BAR[signature]
    if steps != round(steps):
        raise HarmonyError("no chords, and none are inferred where they do not begin on a step")
    seconds = int(steps) / (steps_per_quarter * piece.qpm / 60.0)
    frames = math.ceil(piece.total_time / seconds)
    if not 0 < frames <= _MAX_FRAMES:
        raise HarmonyError(f"no chords, and none are inferred for {frames} half bars")
    path = _most_likely(_CONCENTRATION * np.dot(_heard(piece, seconds, frames), _chord_vectors().T))
    keys, chords = path // _CHORDS, path % _CHORDS
    return Harmony(
        chords=tuple((float(i * seconds), _FIGURES[chords[i]]) for i in _changes(chords)),
        keys=np.array([(i * seconds, keys[i]) for i in _changes(keys)], np.float64),
    )


def _changes(ids: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))


def _heard(piece: Piece, seconds: float, frames: int) -> np.ndarray:
    """How long each pitch class sounds in each frame of `seconds`, as unit vectors [frames, 12]."""
    pitched = ~piece.is_drum & ~np.isin(piece.program, UNPITCHED_PROGRAMS)
    start, end, pitch = piece.start[pitched], piece.end[pitched], piece.pitch[pitched] % 12
    edges = seconds * np.arange(1, frames)
    first = np.searchsorted(edges, start, "right")
    last = np.maximum(np.searchsorted(edges, end, "left"), first)
    # One row for each frame of each note, notes in order: sums are the same to the last bit.
    count = last - first + 1
    note = np.repeat(np.arange(len(start)), count)
    frame = np.arange(len(note)) - np.repeat(np.cumsum(count) - count, count) + first[note]
    padded = np.concatenate([[0.0], edges, [0.0]])
    left = np.where(frame == first[note], start[note], padded[frame])
    right = np.where(frame == last[note], end[note], padded[frame + 1])
    sounding = np.bincount(frame * 12 + pitch[note], right - left, frames * 12).astype(np.float64)
    sounding = sounding.reshape(frames, 12)
    norm = np.linalg.norm(sounding, axis=1)
    sounding[norm > 0] /= norm[norm > 0, np.newaxis]
    return sounding


def _most_likely(frame_scores: np.ndarray) -> np.ndarray:
    """States of the likeliest path, Viterbi's algorithm.

    Args:
      frame_scores: log-likelihood of each frame under each chord, [frames, chords].

    Returns:
      int64 [frames]: key * chords + chord.
    """
    start, stay, move = _log_probabilities()
    key_of = np.repeat(np.arange(_KEYS), _CHORDS)
    rows = np.arange(_KEYS)[:, np.newaxis] * _CHORDS
    best = start + frame_scores[0]
    parents = np.zeros((len(frame_scores), _KEYS * _CHORDS), np.int32)
    for frame in range(1, len(frame_scores)):
        staying = best[:, np.newaxis, :] + stay  # [key, chord, chord before]
        chord = staying.argmax(-1)
        value = np.take_along_axis(staying, chord[..., np.newaxis], -1)[..., 0].ravel()
        parent = (rows + chord).ravel()
        # From another key only the best of all states counts, and for that one's key the best outside it.
        # Those that rounding can make their equals are tried too: among equals the first one wins.
        top = int(best.max(1).argmax())
        outside = np.delete(best, top, 0).max()
        flat = best.ravel()
        tried = np.flatnonzero(
            (flat >= best[top].max() - _NEAR) | ((key_of != top) & (flat >= outside - _NEAR))
        )
        moving = flat[tried, np.newaxis] + move.ravel()
        moving[key_of[tried, np.newaxis] == key_of] = -np.inf
        first = moving.argmax(0)
        moved = np.take_along_axis(moving, first[np.newaxis], 0)[0]
        better = (moved > value) | ((moved == value) & (tried[first] < parent))
        parents[frame] = np.where(better, tried[first], parent)
        best = np.where(better, moved, value).reshape(_KEYS, _CHORDS) + frame_scores[frame]
    path = [int(best.argmax())]
    for frame in range(len(frame_scores) - 1, 0, -1):
        path.append(int(parents[frame, path[-1]]))
    return np.array(path[::-1])


@functools.cache
def _chord_vectors() -> np.ndarray:
    """Unit vectors over pitch classes, [chords, 12]; zeros for no chord."""
    vectors = np.zeros((_CHORDS, 12))
    for i, (root, kind) in enumerate((root, kind) for root in range(12) for kind in _KINDS.values()):
        vectors[i + 1, [(root + offset) % 12 for offset in kind]] = 1
    vectors[1:] /= np.linalg.norm(vectors[1:], axis=1)[:, np.newaxis]
    return vectors


@functools.cache
def _log_probabilities() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logarithms of the first state's probabilities and of the steps between states.

    Returns:
      start: [key, chord].
      stay: [key, chord, chord before], within a key.
      move: [key, chord], from any state in another key.
    """
    sounding = _chord_vectors() > 0
    in_key = np.zeros((_KEYS, 12), bool)
    for key in range(_KEYS):
        in_key[key, [(key + offset) % 12 for offset in _SCALE]] = True
    inside = in_key.astype(np.int32) @ sounding.T.astype(np.int32)
    chords = (1 - _OUT_OF_KEY) ** inside * _OUT_OF_KEY ** (sounding.sum(1) - inside)
    chords /= chords.sum(axis=1)[:, np.newaxis]
    stay = chords[:, :, np.newaxis] + chords[:, np.newaxis, :] / (_CHORDS - 1)
    stay = (1 - _KEY_CHANGE) * (_CHORD_CHANGE * stay)
    stay[:, range(_CHORDS), range(_CHORDS)] = (1 - _KEY_CHANGE) * (1 - _CHORD_CHANGE)
    move = _KEY_CHANGE / 11 * chords
    return -np.log(12) + np.log(chords), np.log(stay), np.log(move)
