"""Figures about examples and latents as arrays."""

import numpy as np

from base_vae.converters.melody.events import FIRST_NOTE, NO_EVENT

_WIDEST_INTERVAL = 12


def histograms(arrays: np.ndarray, bar: int = 16) -> dict[str, np.ndarray]:
    """The intervals, lengths and the like of melodies, as histograms that each sum to 1.

    Args:
      arrays: canonical melody ids [examples, steps], sixteenth notes.
      bar: steps in a bar.

    Returns:
      pitch_class [12]; interval [25], from an octave (or more) down to one up; note_length [bar + 1], in
      steps, the last for longer ones; onset_position [bar]; density [steps + 1], notes in an example.
    """
    examples, steps = arrays.shape
    row, onset = np.nonzero(arrays >= FIRST_NOTE)
    pitch = arrays[row, onset].astype(int) - FIRST_NOTE + 21
    same_row = row[1:] == row[:-1]
    interval = np.clip(np.diff(pitch)[same_row], -_WIDEST_INTERVAL, _WIDEST_INTERVAL) + _WIDEST_INTERVAL
    # A note lasts until the next event of its row, whatever it is.
    events = np.concatenate([arrays != NO_EVENT, np.ones((examples, 1), bool)], axis=1)
    event_row, event_step = np.nonzero(events)
    following = np.searchsorted(event_row * (steps + 1) + event_step, row * (steps + 1) + onset, side="right")
    length = np.minimum(event_step[following] - onset, bar + 1) - 1
    counts = {
        "pitch_class": np.bincount(pitch % 12, minlength=12),
        "interval": np.bincount(interval, minlength=2 * _WIDEST_INTERVAL + 1),
        "note_length": np.bincount(length, minlength=bar + 1),
        "onset_position": np.bincount(onset % bar, minlength=bar),
        "density": np.bincount(np.bincount(row, minlength=examples), minlength=steps + 1),
    }
    return {name: count / max(count.sum(), 1) for name, count in counts.items()}


def overlap_area(p: np.ndarray, q: np.ndarray) -> float:
    """Area that two histograms share: 1 where they are equal, 0 where they have nothing in common.

    The overlapping area of Yang & Lerch 2018 ("On the evaluation of generative models in music"), taken of
    the histograms themselves.
    """
    return float(np.minimum(p, q).sum())


def copy_rate(samples: np.ndarray, training: np.ndarray) -> float:
    """Share of samples [n, steps] that are, note for note, a row of `training` [m, steps]."""
    known = {row.tobytes() for row in training}
    return float(np.mean([row.tobytes() in known for row in samples]))


def distinct_rate(arrays: np.ndarray) -> float:
    """Share of different rows among `arrays` [n, steps]."""
    return len(np.unique(arrays, axis=0)) / len(arrays)


def silent_share(arrays: np.ndarray) -> float:
    """Share of steps of melody ids [n, steps] in which nothing sounds."""
    last = np.maximum.accumulate(np.where(arrays != NO_EVENT, np.arange(arrays.shape[1]), -1), axis=1)
    event = np.take_along_axis(arrays, np.maximum(last, 0), axis=1)
    return float(np.mean((last < 0) | (event < FIRST_NOTE)))
