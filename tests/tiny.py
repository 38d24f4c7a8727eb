"""A MusicVAE small enough to train in a test, and music for it."""

import dataclasses

import numpy as np

from base_vae.config import HParams
from base_vae.converters.melody import canonical
from base_vae.model import MusicVAE
from base_vae.presets import get_preset
from base_vae.training import make_model

CONFIG = dataclasses.replace(
    get_preset("cat-mel_2bar_small"),
    hparams=HParams(
        z_size=8,
        enc_rnn_size=(16,),
        dec_rnn_size=(12, 10),
        batch_size=4,
        max_beta=0.2,
        beta_rate=0.9,
        sampling_schedule="inverse_sigmoid",
        sampling_rate=3.0,
        learning_rate=0.01,
    ),
)


def lively_model() -> MusicVAE:
    """A model with random weights that are large enough for its outputs to differ."""
    model = make_model(CONFIG, seed=2)
    rng = np.random.default_rng(0)
    model.set_weights(
        [w if w.dtype == np.int64 else rng.normal(size=w.shape, scale=0.5) for w in model.get_weights()]
    )
    return model


def melodies(n: int, seed: int = 0) -> np.ndarray:
    """Canonical ids, uint8 [n, 32], of random melodies around middle C."""
    rng = np.random.default_rng(seed)
    notes = rng.integers(36, 48, (n, 32))
    kinds = rng.choice(3, (n, 32), p=[0.5, 0.1, 0.4])
    arrays = np.where(kinds == 2, notes, kinds).astype(np.uint8)
    return np.stack([canonical(row) for row in arrays])
