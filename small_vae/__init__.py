"""The personal model: a few numbers that say where one person's music lives in a MusicVAE's latent space.

    import base_vae, small_vae
    mine = small_vae.personalize(base_vae.load("mel_2bar"), "my_songs/")
    new = mine.sample(5)

`new` are NoteSequences; note_seq.note_sequence_to_midi_file writes them.
"""

import importlib
from typing import Any

__all__ = ["PersonalModel", "load", "personalize"]

_HOMES = {"PersonalModel": "personal_model", "load": "loading", "personalize": "training"}


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: so only when something needs it.
    if name in _HOMES:
        return getattr(importlib.import_module(f"small_vae.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
