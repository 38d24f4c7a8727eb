"""The converter for music that somebody chose by hand."""

import dataclasses
from typing import Any, TypeVar

from base_vae.converters.base import Converter
from base_vae.converters.drums.converter import DrumsConverter
from base_vae.converters.melody.converter import MelodyConverter
from base_vae.converters.melody.extraction import MELODIC_PROGRAMS
from base_vae.converters.trio.converter import TrioConverter

_NO_LIMIT = 100_000  # bars: the cut keeps one long file from ruling a large collection, and this is none
_Kind = TypeVar("_Kind", bound=Converter)


def without_limits(converter: _Kind) -> _Kind:
    """A converter of the same examples without the limits that keep large collections even.

    A base may be trained on the programs that carry melodies there; in music that was chosen by hand a fiddle
    or a flute is as good as a piano, a bass is where nothing else plays, and the end of a long piece is as
    good as its beginning.
    """
    changes: dict[str, Any] = {"max_examples_per_sequence": None}
    if isinstance(converter, MelodyConverter):
        if converter.slice_bars is not None:  # without slices it is the length of an example
            changes["max_bars"] = _NO_LIMIT
        if converter.programs is not None and set(converter.programs) <= set(MELODIC_PROGRAMS):
            changes["programs"] = None
    elif isinstance(converter, DrumsConverter | TrioConverter):
        changes["max_bars"] = _NO_LIMIT
    if isinstance(converter, TrioConverter) and set(converter.melody_programs or ()) <= set(MELODIC_PROGRAMS):
        changes["melody_programs"] = None
    return dataclasses.replace(converter, **changes)
