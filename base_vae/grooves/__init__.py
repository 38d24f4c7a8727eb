"""Drumming with its feel: hits as a drummer plays them, drums for a rhythm or a tune, grooves carried over.

    from base_vae import grooves
    played = grooves.humanize(sequence)

Gillick et al. 2019 (arXiv:1905.06118). Music may be of any length; what a mode does not change stays.
"""

from base_vae.lazy import lazy_names

__all__ = ["add_closed_hh", "add_drums", "control", "drumify", "humanize", "transfer"]

__getattr__, __dir__ = lazy_names(__name__, dict.fromkeys(__all__, "base_vae.grooves.modes"))
