"""Chords, and keys, as the controls of a converter: further columns of its arrays."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from base_vae.converters.harmony import chords as ch
from base_vae.errors import UserError
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece
from base_vae.spaces import Categorical, MultiCategorical

if TYPE_CHECKING:
    import tensorflow as tf

_SLACK = 1e-3  # of a step: for the rounding of times that a converter wrote


@dataclasses.dataclass(frozen=True)
class HarmonyControls:
    """Chord and key as the controls of each step; ids have a column for each, the chord first.

    Attributes:
      chords: whether the chord is a control.
      keys: whether the key is.
    """

    chords: bool
    keys: bool

    @classmethod
    def named(cls, chord_encoding: str | None, condition_on_key: bool) -> "HarmonyControls":
        """The controls of a converter's settings. Raises UserError for an unknown encoding of chords."""
        ch.check_chord_encoding(chord_encoding)
        return cls(chord_encoding is not None, condition_on_key)

    @property
    def columns(self) -> int:
        """Number of ids of a step."""
        return self.chords + self.keys

    @property
    def space(self) -> Categorical | MultiCategorical | None:
        """A step of the controls; None where there are none."""
        depths = [ch.CHORD_DEPTH] * self.chords + [ch.KEY_DEPTH] * self.keys
        if len(depths) < 2:
            return Categorical(depths[0]) if depths else None
        return MultiCategorical(tuple(depths), ("chord", "key"))

    def tensor(self, ids: "tf.Tensor") -> "tf.Tensor | None":
        """The controls as a model takes them, from ids [batch, time, columns]."""
        return ids[..., 0] if self.columns == 1 else ids if self.columns else None

    def append(self, ids: np.ndarray, controls: np.ndarray | None) -> np.ndarray:
        """The columns of `controls` after those of `ids` [..., time, n]; no chord and C without controls."""
        shape = (*ids.shape[:-1], self.columns)
        columns = np.zeros(shape) if controls is None else np.reshape(controls, shape)
        return np.concatenate([ids, columns.astype(ids.dtype)], -1)

    def spread(self, chords: np.ndarray, bars: int, steps: int) -> np.ndarray:
        """Chords [chords] over `bars` bars, each as long as the others, in C: ids [steps, columns].

        Raises:
          UserError: if the model takes no chords, or they do not last half bars or whole bars.
        """
        if not self.chords:
            raise UserError("this model takes no chords (those whose names end in _chords do)")
        counts = [n for n in range(1, 2 * bars + 1) if 2 * bars % n == 0]
        if len(chords) not in counts:
            allowed = ", ".join(map(str, counts[:-1]))
            raise UserError(
                f"chords must last half bars or whole bars, so {bars} bars have {allowed} or {counts[-1]} of "
                f"them (received {len(chords)})"
            )
        ids = np.zeros((steps, self.columns), np.int64)
        ids[:, 0] = np.repeat(chords, -(-steps // len(chords)))[:steps]
        return ids

    def read(self, piece: Piece, steps_per_quarter: int, steps: int) -> np.ndarray:
        """Ids of a piece of one tempo and metre that has all that is needed, as the original reads them.

        Returns:
          uint8 [steps, columns], `chords.UNREADABLE` where a chord is no triad.

        Raises:
          HarmonyError: if two different chords begin at one step.
        """
        columns = [ch.chord_ids(piece, steps_per_quarter, steps)] if self.chords else []
        if self.keys:
            columns.append(ch.key_ids(piece, steps_per_quarter, steps))
        return _stacked(columns, steps)

    def read_any(self, piece: Piece, steps_per_quarter: int, steps: int) -> np.ndarray:
        """Ids [steps, columns] of any music: inferred where it has none, or else no chord, and C."""
        piece = ch.with_any_harmony(piece, steps_per_quarter, self.chords, self.keys)
        columns = [ch.lenient_chord_ids(piece, steps_per_quarter, steps)] if self.chords else []
        if self.keys:
            columns.append(ch.key_ids(piece, steps_per_quarter, steps, _SLACK))
        return _stacked(columns, steps)

    def write(self, sequence: NoteSequence, ids: np.ndarray, seconds: float) -> None:
        """Adds chord symbols and key signatures for ids [steps, columns], a step lasting `seconds`."""
        times = np.arange(len(ids)) * seconds
        if self.chords:
            ch.add_chords(sequence, ids[:, 0], times)
        if self.keys:
            ch.add_keys(sequence, ids[:, -1], times)

    def rotated(self, ids: np.ndarray, semitones: int) -> np.ndarray:
        """Ids [..., columns] moved by `semitones`."""
        parts = [ch.rotated(ids[..., :1], semitones)] if self.chords else []
        if self.keys:
            parts.append(ch.rotated(ids[..., -1:], semitones, keys=True))
        return np.concatenate(parts, -1) if parts else ids

    def rotated_tensor(self, ids: "tf.Tensor", semitones: "tf.Tensor") -> "tf.Tensor":
        """Ids int32 [batch, time, columns], each example moved by its own of `semitones`, int32 [batch]."""
        import tensorflow as tf

        parts = [ch.rotated_tensor(ids[..., 0], semitones)] if self.chords else []
        if self.keys:
            parts.append(ch.rotated_tensor(ids[..., -1], semitones, keys=True))
        return tf.stack(parts, -1) if parts else ids


def _stacked(columns: list[np.ndarray], steps: int) -> np.ndarray:
    return np.stack(columns, 1) if columns else np.zeros((steps, 0), np.uint8)
