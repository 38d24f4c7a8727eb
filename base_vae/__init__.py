"""MusicVAE, complete: converters, data, models, training, inference and checkpoints.

    import base_vae
    model = base_vae.load("mel_2bar")
    pieces = model.sample(5, temperature=0.5)
    base_vae.write_midi(pieces[0], "first.mid")

`pieces` are NoteSequences, note-seq's protocol buffers of music.
"""

import os

from base_vae.lazy import lazy_names

# TensorFlow shall take a GPU's memory as it needs it, not all at once; this must be set before it starts.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")

__all__ = [
    "Limits",
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
    "Limits": "base_vae.readers.limits",
    "TrainedModel": "base_vae.trained_model",
    "UserError": "base_vae.errors",
    "bundled_models": "base_vae.checkpoints.finding",
    "fade": "base_vae.faders.fading",
    "load": "base_vae.loading",
    "make_deterministic": "base_vae.determinism",
    "read_music": "base_vae.readers.read_music",
    "write_midi": "base_vae.music.midi_file",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
