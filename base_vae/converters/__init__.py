"""Maps between NoteSequences and compact arrays, a folder for each representation.

>>> from base_vae.music.note_sequence import NoteSequence
>>> tune = NoteSequence()
>>> for i, pitch in enumerate((60, 62, 64, 65)):
...     note = tune.notes.add(pitch=pitch, velocity=80, start_time=i / 2, end_time=i / 2 + 0.5)
>>> converter = MelodyConverter(slice_bars=1)
>>> array = converter.encode_whole(tune)
>>> array.tolist()
[41, 0, 0, 0, 43, 0, 0, 0, 45, 0, 0, 0, 46, 0, 0, 0]
>>> [note.pitch for note in converter.decode(array, qpm=90.0).notes]
[60, 62, 64, 65]
"""

import dataclasses
from typing import Any

from base_vae.converters.base import Converter, Extraction
from base_vae.converters.drums.converter import DrumsConverter
from base_vae.converters.groove.converter import GrooveConverter
from base_vae.converters.melody.converter import MelodyConverter
from base_vae.converters.multitrack.converter import MultitrackConverter
from base_vae.converters.trio.converter import TrioConverter
from base_vae.converters.without_limits import without_limits
from base_vae.errors import UserError
from base_vae.plugins import register
from base_vae.settings import from_dict
from base_vae.spaces import Tensors

KINDS: dict[str, type[Converter]] = {
    "melody": MelodyConverter,
    "drums": DrumsConverter,
    "groove": GrooveConverter,
    "multitrack": MultitrackConverter,
    "trio": TrioConverter,
}

__all__ = [
    "KINDS",
    "Converter",
    "DrumsConverter",
    "Extraction",
    "GrooveConverter",
    "MelodyConverter",
    "MultitrackConverter",
    "Tensors",
    "TrioConverter",
    "converter_from_dict",
    "converter_to_dict",
    "register_converter",
    "without_limits",
]


def register_converter(kind: str, converter: type[Converter]) -> type[Converter]:
    """Adds a representation of one's own, under the name that model folders keep for it; returns it.

    Args:
      kind: its name.
      converter: a frozen dataclass, whose settings a model folder keeps too.

    Raises:
      UserError: if there is another converter of this name.
    """
    fits = isinstance(converter, type) and issubclass(converter, Converter)
    return register(KINDS, kind, converter, "a kind of converter", fits=fits)


def converter_to_dict(converter: Converter) -> dict[str, Any]:
    """Plain data for JSON: the kind and every setting."""
    kind = next(name for name, cls in KINDS.items() if type(converter) is cls)
    return {"kind": kind, **dataclasses.asdict(converter)}


def converter_from_dict(values: dict[str, Any]) -> Converter:
    """The converter that `converter_to_dict` described. Raises UserError for an unknown kind or setting."""
    values = dict(values)
    kind = values.pop("kind", None)
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise UserError(f"unknown converter {kind!r}; known are {known} (--plugin=MODULE brings others)")
    return from_dict(KINDS[kind], values)
