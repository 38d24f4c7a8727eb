"""Steering a trained model after training (Engel et al. 2018, arXiv:1711.05772).

    import base_vae, latent_constraints
    steered = latent_constraints.train(base_vae.load("mel_2bar"), ["density:high"])
    dense = steered.sample(5)

`dense` are NoteSequences. Critics say which latents have a property, are realistic or sound like one's own
music; an actor, gradient ascent or Markov chains find such latents. The base does not change.
"""

from base_vae.lazy import lazy_names

__all__ = ["LatentConstraints", "constrain", "load", "train"]

_HOMES = {
    "LatentConstraints": "latent_constraints.latent_constraints",
    "constrain": "latent_constraints.steering",
    "load": "latent_constraints.loading",
    "train": "latent_constraints.training",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
