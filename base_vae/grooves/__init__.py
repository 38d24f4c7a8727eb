"""Drumming with its feel: hits played like a drummer, drums for a tapped rhythm, one groove over another.

    from base_vae import grooves
    played = grooves.humanize(sequence)

Gillick et al. 2019 (arXiv:1905.06118). Music may be of any length; what a mode does not change stays.
"""

import importlib
from typing import Any

__all__ = ["add_closed_hh", "control", "drumify", "humanize", "transfer"]


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: not before something that needs it is asked for.
    if name in __all__:
        return getattr(importlib.import_module("base_vae.grooves.modes"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
