"""A model of tunes with random weights, over a base with random weights."""

import numpy as np

from base_vae.trained_model import TrainedModel
from base_vae.tunes.corpus import AttributeScale, attribute_names
from base_vae.tunes.denoiser import DenoiserHParams
from base_vae.tunes.denoising import Denoising
from base_vae.tunes.form import Form
from base_vae.tunes.latent_space import LatentSpace
from base_vae.tunes.song import Song
from base_vae.tunes.training import new_denoiser
from base_vae.tunes.tune_model import TuneModel
from tests.tiny_models import CONFIG, lively_model, melodies

HPARAMS = DenoiserHParams(directions=6, width=16, layers=2, heads=2)
FORMS = [Form((0, 1, 0, 2), (False,) * 4), Form((0, 1, 0, 2, 3, 4, 3, 2), (False,) * 8)]


def tiny_model() -> TuneModel:
    base = TrainedModel(lively_model(), CONFIG)
    rng = np.random.default_rng(1)
    space = LatentSpace.of(rng.standard_normal((100, base.z_size)).astype(np.float32), HPARAMS.directions)
    names = attribute_names(CONFIG.converter)
    scale = AttributeScale(tuple(names), np.array([6.0, 60.0, 3.0]), np.array([3.0, 6.0, 2.0]))
    denoiser = new_denoiser(HPARAMS, 0)
    denoiser.set_weights([rng.normal(size=w.shape, scale=0.2) for w in denoiser.get_weights()])
    return TuneModel(base, Denoising(space, scale, denoiser, FORMS, "a card"))


def song(
    segments: int = 8, seed: int = 0, pickup: tuple[int, ...] = (), qpm: float = 96.0, program: int = 40
) -> Song:
    """A song of random melodies, its first segments again at its end."""
    arrays = melodies(segments, seed)
    arrays[segments // 2] = arrays[0]
    return Song("a song", arrays, np.zeros(segments, bool), np.array(pickup, np.uint8), qpm, program)
