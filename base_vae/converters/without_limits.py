"""The converter for music that somebody chose by hand."""

import dataclasses
from typing import Any

from base_vae.converters.base import Converter

# General MIDI programs, without basses (32 to 39), percussion and sound effects (112 to 127).
_MELODIC = (*range(32), *range(40, 112))
_NO_LIMIT = 100_000  # bars: the cut keeps one long file from ruling a large collection, and this is none


def without_limits(converter: Converter) -> Converter:
    """A converter of the same examples without the limits that keep large collections even.

    A base may be trained on the programs that carry melodies there; in music that was chosen by hand a fiddle
    or a flute is as good as a piano, and the end of a long piece as good as its beginning.
    """
    names = {field.name for field in dataclasses.fields(converter)}
    changes: dict[str, Any] = {"max_examples_per_sequence": None}
    if "max_bars" in names and converter.slice_bars:  # without slices it is the length of an example
        changes["max_bars"] = _NO_LIMIT
    if "programs" in names and set(converter.programs) <= set(_MELODIC):
        changes["programs"] = _MELODIC
    return dataclasses.replace(converter, **changes)
