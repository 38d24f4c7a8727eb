"""Faders: music with more or less of an attribute, as near to the music it was as can be."""

import importlib
from typing import Any

_HOMES = {
    "Directions": "directions",
    "Faded": "fading",
    "Price": "search",
    "Request": "request",
    "fade": "fading",
    "fade_arrays": "fading",
    "find_directions": "directions",
    "generate_arrays": "from_values",
    "parse": "request",
}


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: not before something that needs it is asked for.
    if name in _HOMES:
        return getattr(importlib.import_module(f"base_vae.faders.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_HOMES]
