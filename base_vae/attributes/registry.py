"""All attributes by name, and many pieces measured at once."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from base_vae.attributes.base import EVERYTHING, Attribute, BatchAttribute
from base_vae.attributes.drums import HatDensity, KickDensity, SnareDensity
from base_vae.attributes.feel import Swing, Velocity
from base_vae.attributes.pitch import CMajor, Contour, Interval, MeanPitch, PitchRange
from base_vae.attributes.rhythm import (
    Density,
    EighthSyncopation,
    NoteLength,
    Repetition,
    Rests,
    SixteenthSyncopation,
)
from base_vae.converters import KINDS, Converter
from base_vae.converters.pieces import notes_of, pieces_of
from base_vae.errors import UserError, closest_first
from base_vae.music.note_batch import NoteBatch
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import Piece, as_piece
from base_vae.plugins import register

ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        CMajor(),
        Density(),
        Interval(),
        SixteenthSyncopation(),
        EighthSyncopation(),
        PitchRange(),
        MeanPitch(),
        NoteLength(),
        Rests(),
        Repetition(),
        Contour(),
        Swing(),
        Velocity(),
        KickDensity(),
        SnareDensity(),
        HatDensity(),
    )
}


def register_attribute(attribute: Attribute) -> Attribute:
    """Adds an attribute of one's own, which flags and constraints then know by its name; returns it.

    Raises:
      UserError: if there is another attribute of this name.
    """
    fits = isinstance(attribute, Attribute)
    return register(ATTRIBUTES, getattr(attribute, "name", ""), attribute, "an attribute", fits=fits)


def get_attributes(names: Iterable[str]) -> list[Attribute]:
    """The attributes of these names. Raises UserError for unknown ones, listing all there are."""
    names = list(names)
    unknown = [name for name in names if name not in ATTRIBUTES]
    if unknown:
        known = ", ".join(closest_first(unknown[0], ATTRIBUTES))
        raise UserError(f"unknown attributes {', '.join(unknown)}; known are {known}")
    return [ATTRIBUTES[name] for name in names]


def attributes_for(converter: Converter) -> list[Attribute]:
    """The attributes that mean something for what a converter represents."""
    return [attribute for attribute in ATTRIBUTES.values() if applies_to(attribute, converter)]


def applies_to(attribute: Attribute, converter: Converter) -> bool:
    """Whether an attribute means something for what a converter represents."""
    kind = next(name for name, cls in KINDS.items() if isinstance(converter, cls))
    return kind in attribute.kinds or attribute.kinds >= EVERYTHING


def measure(music: Iterable[NoteSequence | Piece], attributes: Sequence[Attribute]) -> np.ndarray:
    """Every attribute of every piece, float64 [pieces, attributes]; NaN where it is not defined."""
    pieces = list(map(as_piece, music))
    return _columns(NoteBatch.of(pieces), attributes, lambda: pieces)


def measure_arrays(arrays: np.ndarray, converter: Converter, attributes: Sequence[Attribute]) -> np.ndarray:
    """Measures examples [examples, *converter.shape], as `measure`; silence at their end counts as time."""
    return _columns(notes_of(arrays, converter), attributes, lambda: pieces_of(arrays, converter))


def _columns(
    notes: NoteBatch, attributes: Sequence[Attribute], pieces: Callable[[], Iterable[Piece]]
) -> np.ndarray:
    """The table of `measure`; `pieces` gives the same music to attributes that measure piece by piece."""
    values = np.empty((len(notes), len(attributes)), np.float64)
    for attribute, column in zip(attributes, values.T, strict=True):
        if isinstance(attribute, BatchAttribute):
            column[:] = attribute.measure_batch(notes)
        else:
            column[:] = [attribute(piece) for piece in pieces()]
    return values
