"""Drums to play under the tunes of the page."""

from typing import Any

from midime_scripts.studio.notes import to_page

from base_vae import grooves
from base_vae.checkpoints.finding import find_folder
from base_vae.grooves.tasks import TASKS
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM

BEATS = 4  # in a bar of all drums there are
_BARS = 8  # that the page repeats
_MODEL = TASKS["add_drums"].model


def can_drum(beats: int) -> bool:
    """Whether there are drums for music with `beats` quarters in a bar."""
    return beats == BEATS and find_folder(_MODEL) is not None


def drums(seed: int) -> dict[str, Any]:
    """Eight bars of drums for the page, which go on from the last to the first."""
    silence = NoteSequence(total_time=_BARS * BEATS * 60.0 / DEFAULT_QPM)
    silence.tempos.add(qpm=DEFAULT_QPM)
    silence.time_signatures.add(numerator=BEATS, denominator=4)
    return to_page(grooves.add_drums(silence, seed=seed), DEFAULT_QPM, _BARS, BEATS)
