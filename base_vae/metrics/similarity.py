"""How alike pieces are by the notes they share: copies, and what repeats within a set and within a piece.

Two pieces are compared by their notes, each an onset on the grid and a pitch (or a drum); lengths and
loudness do not count. Their similarity is Dice's coefficient, twice the notes they share over the notes they
have, 2 |A and B| / (|A| + |B|): 1 where they begin the same notes at the same time, 0 where none. Two silent
pieces are the same.
"""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_array

from base_vae.music.note_table import note_table
from base_vae.music.piece import Piece

NEAR = 0.9  # at least 9 of 10 notes are shared
OCTAVE = range(-12, 13)  # transpositions tried

_PITCHES = 128
_KINDS = 2 * _PITCHES  # the pitches, and the drums
_CHUNK = 64  # pieces at a time that are compared with all others


@dataclasses.dataclass(frozen=True)
class Onsets:
    """Onsets of the notes of some pieces, as columns [notes].

    Attributes:
      piece: number of the piece.
      step: on the grid.
      kind: pitch, or 128 and the number of the drum.
      pieces: how many pieces there are.
      steps: more than any note's step.
    """

    piece: np.ndarray
    step: np.ndarray
    kind: np.ndarray
    pieces: int
    steps: int

    @classmethod
    def of(cls, pieces: Sequence[Piece], steps_per_quarter: int, steps: int) -> "Onsets":
        """The onsets of pieces of one tempo that are at most `steps` long."""
        tables = [note_table(piece, steps_per_quarter) for piece in pieces]
        number, step, kind = (
            np.concatenate([np.zeros(0, np.int64), *parts])
            for parts in (
                (np.full(len(table), number) for number, table in enumerate(tables)),
                (np.clip(table.start, 0, steps - 1) for table in tables),
                (table.pitch + _PITCHES * table.is_drum for table in tables),
            )
        )
        return cls(number, step, kind, len(pieces), steps)

    def part(self, first: int, stop: int) -> "Onsets":
        """The pieces from number `first` to before `stop`."""
        stop = min(stop, self.pieces)
        mask = (self.piece >= first) & (self.piece < stop)
        columns = self.piece[mask] - first, self.step[mask], self.kind[mask]
        return Onsets(*columns, stop - first, self.steps)

    def bars(self, bar: int) -> "Onsets":
        """Every bar of `bar` steps as a piece of its own, [pieces * bars of a piece]."""
        in_piece = -(-self.steps // bar)
        number = self.piece * in_piece + self.step // bar
        return Onsets(number, self.step % bar, self.kind, self.pieces * in_piece, bar)

    def matrix(self, semitones: int = 0) -> csr_array:
        """The notes of each piece, moved by `semitones` (drums stay), 0 or 1, [pieces, steps * kinds].

        What leaves the range of MIDI pitches is left out.
        """
        kind = np.where(self.kind < _PITCHES, self.kind + semitones, self.kind)
        fits = (kind >= 0) & ((kind < _PITCHES) == (self.kind < _PITCHES))
        cells = self.step[fits] * _KINDS + kind[fits]
        shape = (self.pieces, self.steps * _KINDS)
        found = csr_array((np.ones(len(cells), np.float32), (self.piece[fits], cells)), shape)
        found.data[:] = 1.0  # the same note twice is one
        return found


def similarities(onsets: Onsets, others: Onsets, transpositions: Iterable[int] = (0,)) -> np.ndarray:
    """Dice's coefficient of each piece with each other one, float32 [pieces, other pieces].

    Args:
      onsets: pieces, [n].
      others: pieces on the same grid, [m].
      transpositions: intervals by which the first ones are moved, in semitones; the best one counts.
    """
    return _similarities(onsets, others.matrix(), transpositions)


def nearest(
    onsets: Onsets, others: Onsets, transpositions: Iterable[int] = OCTAVE
) -> tuple[np.ndarray, np.ndarray]:
    """The similarity of each piece to its most similar other one, float32 [pieces], and that one's number."""
    theirs, found = others.matrix(), []
    for first in range(0, onsets.pieces, _CHUNK):
        alike = _similarities(onsets.part(first, first + _CHUNK), theirs, transpositions)
        found.append((alike.max(1), alike.argmax(1)))
    best, number = zip(*found, strict=True)
    return np.concatenate(best), np.concatenate(number)


def _similarities(onsets: Onsets, theirs: csr_array, transpositions: Iterable[int]) -> np.ndarray:
    """`similarities` with pieces whose notes are `theirs`, a matrix of `Onsets`."""
    sizes = onsets.matrix().sum(1)[:, np.newaxis] + theirs.sum(1)
    shared = np.zeros(sizes.shape, np.float32)
    for semitones in transpositions:
        shared = np.maximum(shared, (onsets.matrix(semitones) @ theirs.T).toarray())
    return np.where(sizes > 0, 2 * shared / np.maximum(sizes, 1), 1.0).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class SelfSimilarity:
    """How alike the music of one set is.

    Attributes:
      pieces: mean similarity of two of its pieces, None where it has one alone.
      nearest: mean similarity of a piece to the other one that is most like it.
      bars: mean similarity of two bars of one piece, over all pieces; None where they are a bar long.
    """

    pieces: float | None
    nearest: float | None
    bars: float | None


def self_similarity(onsets: Onsets, bar: int) -> SelfSimilarity:
    """Similarities within a set, nothing transposed; `bar` is its length in steps."""
    alike = similarities(onsets, onsets)
    others = ~np.eye(len(alike), dtype=bool)
    between = closest = None
    if len(alike) > 1:
        between = float(alike[others].mean())
        closest = float(np.where(others, alike, 0.0).max(1).mean())
    count = -(-onsets.steps // bar)
    if count < 2:
        return SelfSimilarity(between, closest, None)
    bars = onsets.bars(bar)
    within = []
    for piece in range(onsets.pieces):
        own = bars.part(piece * count, (piece + 1) * count)
        within.append(similarities(own, own)[np.triu_indices(count, 1)].mean())
    return SelfSimilarity(between, closest, float(np.mean(within)))
