"""Faders: music with more or less of an attribute, as near to the music it was as can be."""

from base_vae.lazy import lazy_names

_HOMES = {
    "Directions": "base_vae.faders.directions",
    "Faded": "base_vae.faders.fading",
    "Price": "base_vae.faders.search",
    "Request": "base_vae.faders.request",
    "fade": "base_vae.faders.fading",
    "fade_arrays": "base_vae.faders.fading",
    "find_directions": "base_vae.faders.directions",
    "generate_arrays": "base_vae.faders.from_values",
    "parse": "base_vae.faders.request",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
