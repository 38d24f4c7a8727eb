"""Models small enough to train in a test, one for each preset, and music for them."""

import dataclasses

import numpy as np

from base_vae.configs.config import Config
from base_vae.configs.presets import get_preset
from base_vae.converters.melody.converter import canonical
from base_vae.model.hparams import HParams
from base_vae.model.music_vae import MusicVAE
from base_vae.training.train import make_model

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


def reduced(name: str) -> Config:
    """A preset with layers of a few units, the rest as it is."""
    config = get_preset(name)
    hparams = dataclasses.replace(
        config.hparams,
        z_size=6,
        enc_rnn_size=tuple(9 - i for i, _ in enumerate(config.hparams.enc_rnn_size)),
        dec_rnn_size=tuple(8 - i for i, _ in enumerate(config.hparams.dec_rnn_size)),
        nade_num_hidden=5,
        batch_size=4,
        learning_rate=0.01,
    )
    return dataclasses.replace(config, hparams=hparams)


def lively_model(config: Config = CONFIG) -> MusicVAE:
    """A model with random weights that are large enough for its outputs to differ."""
    model = make_model(config, seed=2)
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


def examples_for(config: Config, n: int, seed: int = 0) -> np.ndarray:
    """`n` canonical examples for any preset: what a model of that kind says with random weights."""
    from base_vae.trained_model import TrainedModel

    lively = TrainedModel(lively_model(config), config)
    z = np.random.default_rng(seed).normal(size=(n, config.hparams.z_size))
    return lively.decode_arrays(z, temperature=1.0, seed=seed)
