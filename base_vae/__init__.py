"""MusicVAE, complete: converters, data, models, training, inference and checkpoints.

    import base_vae
    model = base_vae.load("mel_2bar")
    pieces = model.sample(5, temperature=0.5)
    base_vae.write_midi(pieces[0], "first.mid")

`pieces` are NoteSequences, note-seq's protocol buffers of music.
"""

import importlib
import importlib.metadata
import os
from typing import Any

# TensorFlow shall take a GPU's memory as it needs it, not all at once; this must be set before it starts.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

__all__ = [
    "TrainedModel",
    "UserError",
    "bundled_models",
    "fade",
    "load",
    "make_deterministic",
    "read_music",
    "write_midi",
]

_HOMES = {
    "TrainedModel": "trained_model",
    "UserError": "errors",
    "bundled_models": "checkpoints.finding",
    "fade": "faders.fading",
    "load": "loading",
    "make_deterministic": "determinism",
    "read_music": "readers.read_music",
    "write_midi": "music.midi_file",
}


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: so only when something needs it.
    if name in _HOMES:
        return getattr(importlib.import_module(f"base_vae.{_HOMES[name]}"), name)
    if name == "__version__":
        return importlib.metadata.version("midime")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
