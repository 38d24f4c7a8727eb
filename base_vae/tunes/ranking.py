"""Chooses the new tunes that are worth keeping."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np

from base_vae.converters import MelodyConverter
from base_vae.converters.melody.events import FIRST_NOTE, NO_EVENT
from base_vae.tunes.key import scale_share
from base_vae.tunes.measures import copied, likeness, longest_run

_ONE_PITCH = 0.5  # of the notes
_HALF_SILENT = 0.5  # of the steps
_COPIED = 0.05  # of the segments
_COPIED_BARS = 8
_ALIKE = 0.8


@dataclasses.dataclass
class Choice:
    """The tunes that were kept, and why others were not.

    Attributes:
      kept: numbers of the tunes, the best first.
      left_out: how many for each reason.
    """

    kept: list[int]
    left_out: collections.Counter

    def __str__(self) -> str:
        if not self.left_out:
            return "nothing was left out"
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.left_out.most_common())
        return f"left out: {reasons}"


def choose(
    tunes: Sequence[np.ndarray],
    scores: Sequence[float],
    n: int,
    converter: MelodyConverter,
    at_home: Sequence[np.ndarray] | None = None,
    known: frozenset[bytes] = frozenset(),
) -> Choice:
    """The best tunes; dull ones, copies and near-duplicates only where there are no others.

    Args:
      tunes: melodies [segments, steps].
      scores: of the tunes, the higher the better.
      n: how many to keep.
      converter: of the base.
      at_home: the same in the key of the known windows.
      known: windows that are not to be copied.
    """
    reasons = [dull(tune, converter.min_pitch) for tune in tunes]
    if known and at_home is not None:
        for number, tune in enumerate(at_home):
            mask = copied(tune, known)
            if not reasons[number] and (
                mask.mean() > _COPIED or longest_run(mask) * converter.bars >= _COPIED_BARS
            ):
                reasons[number] = "copied"
    kept: list[int] = []
    left_out: collections.Counter = collections.Counter()
    spare: list[int] = []
    for number in np.argsort(scores, kind="stable")[::-1].tolist():
        reason = reasons[number]
        if not reason and any(_alike(tunes[number], tunes[other]) for other in kept):
            reason = "nearly the same as another"
        if reason:
            left_out[reason] += 1
            spare.append(number)
        elif len(kept) < n:
            kept.append(number)
    return Choice((kept + spare)[:n], left_out)


def dull(tune: np.ndarray, min_pitch: int) -> str:
    """Why a tune is dull, in a word or two; empty where it is not."""
    events = tune.ravel()
    notes = events[events >= FIRST_NOTE]
    if not len(notes) or np.bincount(notes).max() > _ONE_PITCH * len(notes):
        return "on one pitch"
    if silence(events) > _HALF_SILENT:
        return "half silent"
    return "" if scale_share(events, min_pitch) > 0.8 else "in no key"


def silence(events: np.ndarray) -> float:
    """Share of the steps of a melody in which nothing sounds."""
    marks = np.maximum.accumulate(np.where(events != NO_EVENT, np.arange(len(events)), -1))
    sounding = (marks >= 0) & (events[np.maximum(marks, 0)] >= FIRST_NOTE)
    return float(1.0 - sounding.mean())


def _alike(one: np.ndarray, two: np.ndarray) -> bool:
    length = min(len(one), len(two))
    return float(likeness(one[:length], two[:length]).mean()) > _ALIKE
