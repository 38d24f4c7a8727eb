"""Attributes of the parts of a drum kit: hits for each bar, by the nine drums of MusicVAE's reduced map."""

from typing import ClassVar

import numpy as np

from base_vae.attributes.base import BatchAttribute
from base_vae.converters.drums.maps import classes_of
from base_vae.music.note_batch import NoteBatch

_WITH_DRUMS = frozenset({"drums", "groove", "trio", "multitrack"})


class _DrumDensity(BatchAttribute):
    """Hits of some drums for each bar; percussion counts as the drum that the map puts it with."""

    unit = "hits a bar"
    kinds = _WITH_DRUMS
    drums: ClassVar[tuple[int, ...]]  # classes of the map

    def measure_batch(self, notes: NoteBatch) -> np.ndarray:
        """From 0 on."""
        hits = np.isin(classes_of(notes.pitch, notes.is_drum, "REDUCED"), self.drums)
        return np.bincount(notes.piece, hits, len(notes)) / notes.bars


class KickDensity(_DrumDensity):
    """Hits of the bass drum for each bar."""

    name, more, less = "kick_density", "more kicks", "fewer kicks"
    drums = (0,)


class SnareDensity(_DrumDensity):
    """Hits of the snare drum (rims and claps with it) for each bar."""

    name, more, less = "snare_density", "more snare", "less snare"
    drums = (1,)


class HatDensity(_DrumDensity):
    """Hits of the hi-hats, closed or open, for each bar."""

    name, more, less = "hat_density", "more hi-hat", "less hi-hat"
    drums = (2, 3)
