"""Musical attributes of NoteSequences, and the directions in a latent space that change them.

>>> import base_vae
>>> from base_vae.attributes import ATTRIBUTES
>>> base = base_vae.load("mel_2bar")
>>> tune = base.sample(1, seed=1)[0]
>>> denser = base.decode(base.encode([tune]).mu + base.attributes["density"])[0]
>>> ATTRIBUTES["density"](tune) < ATTRIBUTES["density"](denser)
True
"""

from base_vae.attributes.base import Attribute
from base_vae.attributes.registry import (
    ATTRIBUTES,
    applies_to,
    attributes_for,
    get_attributes,
    measure,
    measure_arrays,
    register_attribute,
)
from base_vae.attributes.vectors import AttributeVectors, compute_vectors

__all__ = [
    "ATTRIBUTES",
    "Attribute",
    "AttributeVectors",
    "applies_to",
    "attributes_for",
    "compute_vectors",
    "get_attributes",
    "measure",
    "measure_arrays",
    "register_attribute",
]
