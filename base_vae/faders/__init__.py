"""Faders: music with more or less of an attribute, as near to the music it was as can be."""

from base_vae.faders.directions import Directions, find_directions
from base_vae.faders.fade import Faded, fade, fade_arrays
from base_vae.faders.request import Request, parse

__all__ = ["Directions", "Faded", "Request", "fade", "fade_arrays", "find_directions", "parse"]
