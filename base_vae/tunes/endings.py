"""Endings and pickups of melodies."""

import numpy as np

from base_vae.converters.melody.events import FIRST_NOTE, NO_EVENT
from base_vae.music.key import Key
from base_vae.tunes.form import Form

_BEAT = 4  # steps


def ended(segment: np.ndarray, key: Key, bar: int, min_pitch: int) -> tuple[np.ndarray, float]:
    """A last segment whose last note is long, if one of its last bar can be, and how well it ends.

    Notes after the one on which it can end (a pickup to what comes next) are left out, and it rings on.

    Args:
      segment: events [steps].
      key: of the tune.
      bar: steps in a bar.
      min_pitch: pitch of the first id.

    Returns:
      The segment, and 1 where it ends on the tonic, .5 on another note of its chord, 0 elsewhere; less, the
      more was left out.
    """
    steps = len(segment)
    onsets = np.flatnonzero(segment >= FIRST_NOTE)
    best, score = segment, 0.0
    for onset in onsets[(onsets >= steps - bar) & (onsets % _BEAT == 0) & (onsets <= steps - _BEAT)]:
        pitch_class = int(segment[onset] - FIRST_NOTE + min_pitch) % 12
        worth = 1.0 if pitch_class == key.tonic else 0.5 if pitch_class in key.triad else 0.0
        worth -= 0.05 * int((onsets > onset).sum())
        if worth >= score:
            best, score = np.where(np.arange(steps) > onset, NO_EVENT, segment).astype(segment.dtype), worth
    return best, score


def lead_in(segments: np.ndarray, form: Form, steps: int) -> np.ndarray:
    """The pickup of a tune: what leads back to its beginning, in the last `steps` before its first return.

    Empty where it does not come back, or nothing begins there.
    """
    labels = form.labels
    returns = [place for place in range(1, len(labels)) if labels[place] == labels[0]]
    if not steps or not returns:
        return np.zeros(0, np.uint8)
    tail = segments[returns[0] - 1][-steps:]
    onsets = np.flatnonzero(tail >= FIRST_NOTE)
    return tail[onsets[0] :].copy() if len(onsets) else np.zeros(0, np.uint8)
