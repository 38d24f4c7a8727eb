"""Steering a trained model after training (Engel et al. 2018, arXiv:1711.05772).

    import base_vae, latent_constraints
    steered = latent_constraints.train(base_vae.load("mel_2bar"), ["density:high"])
    dense = steered.sample(5)

`dense` are NoteSequences. Critics say which latents have a property, are realistic or sound like one's own
music; an actor, gradient ascent or Markov chains find such latents. The base does not change.
"""

import importlib
from typing import Any

__all__ = ["LatentConstraints", "constrain", "load", "train"]

_HOMES = {
    "LatentConstraints": "latent_constraints",
    "constrain": "steering",
    "load": "loading",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    # TensorFlow takes seconds to import: so only when something needs it.
    if name in _HOMES:
        return getattr(importlib.import_module(f"latent_constraints.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
