"""MusicVAE, complete: converters, data, models, training, inference and checkpoints.

    import base_vae
    model = base_vae.load("mel_2bar")
    pieces = model.sample(5, temperature=0.5)

`pieces` are NoteSequences; note_seq.note_sequence_to_midi_file writes them.
"""

import importlib
import os
import warnings
from typing import Any

# note-seq imports pydub, which complains that ffmpeg is missing; nothing here touches audio through it.
warnings.filterwarnings("ignore", message="Couldn't find ffmpeg or avconv", category=RuntimeWarning)

# TensorFlow shall take a GPU's memory as it needs it, not all at once: to be said before it starts.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

__all__ = ["TrainedModel", "UserError", "bundled_models", "load"]

_HOMES = {
    "TrainedModel": "trained_model",
    "UserError": "errors",
    "bundled_models": "loading",
    "load": "loading",
}


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: not before something that needs it is asked for.
    if name in _HOMES:
        return getattr(importlib.import_module(f"base_vae.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
