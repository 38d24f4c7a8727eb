"""Tunes of which a part is known: the form of the whole, and how well what is new fits to it."""

from collections.abc import Sequence

import numpy as np

from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.tunes.form import Form

_NO_LEAP = 4  # semitones


def form_around(own: Form, is_known: np.ndarray, forms: Sequence[Form], rng: np.random.Generator) -> Form:
    """The form of a tune that is known in part.

    A tune that goes on may come back to what is known: as one of the forms does that begins like it.

    Args:
      own: form of the known segments.
      is_known: which segments are known, bool [segments].
      forms: that tunes have.
      rng: chooses.
    """
    known, size = int(is_known.sum()), len(is_known)
    labels = np.full(size, -1)
    varied = np.zeros(size, bool)
    labels[is_known], varied[is_known] = own.labels, own.varied
    fitting = [form for form in forms if len(form) >= size]
    next_label = max(own.labels, default=-1) + 1
    if fitting and known and is_known[:known].all():
        form = _like(own, fitting, rng)
        names = dict(zip(form.labels[:known], own.labels, strict=True))
        for place in range(known, size):
            if form.labels[place] not in names:
                names[form.labels[place]] = next_label
                next_label += 1
            labels[place], varied[place] = names[form.labels[place]], form.varied[place]
    unnamed = np.flatnonzero(labels < 0)
    labels[unnamed] = next_label + np.arange(len(unnamed))
    return Form(tuple(labels.tolist()), tuple(varied.tolist()))


def seam_leaps(tune: np.ndarray, is_known: np.ndarray) -> float:
    """Mean size of the leaps between known segments and new ones, in semitones beyond a third.

    Args:
      tune: melody, [segments, steps].
      is_known: bool [segments].
    """
    leaps = []
    for place in np.flatnonzero(is_known[1:] != is_known[:-1]):
        before, after = (part[part >= FIRST_NOTE].astype(int) for part in tune[place : place + 2])
        if len(before) and len(after):
            leaps.append(max(abs(after[0] - before[-1]) - _NO_LEAP, 0))
    return float(np.mean(leaps)) if leaps else 0.0


def _like(own: Form, forms: Sequence[Form], rng: np.random.Generator) -> Form:
    """The form, of several, whose beginning has the most returns in common with `own`."""
    mine = np.equal.outer(own.labels, own.labels)
    agreement = [
        np.mean(np.equal.outer(form.labels[: len(own)], form.labels[: len(own)]) == mine) for form in forms
    ]
    best = np.flatnonzero(np.array(agreement) >= max(agreement))
    return forms[best[rng.integers(len(best))]]
