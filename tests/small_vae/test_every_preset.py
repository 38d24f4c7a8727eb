"""Personal models over every preset, at reduced size, through one routine: learn, play, keep, reopen."""

import dataclasses

import numpy as np
import pytest

import small_vae
from base_vae.configs.presets import PRESETS
from base_vae.settings import override
from base_vae.trained_model import TrainedModel
from small_vae.config import get_preset
from small_vae.evaluation import evaluate
from small_vae.training import train
from tests.tiny_models import lively_model, reduced

SETTINGS = dataclasses.replace(
    get_preset("ae-mel_2bar"),
    hparams=override(
        get_preset("ae-mel_2bar").hparams,
        "latent_encoder_layers=[8],latent_decoder_layers=[8],num_steps=3,batch_size=4",
    ),
)


def notes(pieces):
    return [piece.SerializeToString() for piece in pieces]


@pytest.mark.parametrize("name", PRESETS)
def test_a_personal_model_over_it(tmp_path, name):
    config = reduced(name)
    base = TrainedModel(lively_model(config), config)
    bars = config.converter.bars
    longer = 2 * bars - 1 if bars > 1 else 3
    z = 2 * np.random.default_rng(0).normal(size=(8, config.hparams.z_size))
    music = base.decode(z, temperature=1.0, seed=1)
    collection = base.collect(music)
    mine = train(base, collection, config=SETTINGS, seed=1)
    assert (mine.controls is not None) == (config.converter.spaces.controls is not None)

    short = mine.sample(2, temperature=1.0, seed=3)
    long = mine.play([0.5, -1, 0, 1], n=2, temperature=1.0, seed=3, num_bars=longer)
    for pieces, length in ((short, bars), (long, longer)):
        assert all(len(piece.notes) for piece in pieces)
        assert all(piece.total_time <= 2.0 * length + 0.25 for piece in pieces)
    assert any(piece.total_time > 2.0 * bars for piece in long)

    latents = mine.encode(short)
    assert latents.mu.shape == latents.sigma.shape == (2, 4)
    assert len(mine.decode(latents.mu)) == len(mine.reconstruct(short)) == 2
    assert len(mine.interpolate(short[0], short[1], num_steps=3)) == 3
    figures = evaluate(mine, collection)
    assert 0 <= figures["accuracy"] <= 1 and 0 <= figures["base_accuracy"] <= 1

    mine.save(tmp_path / "mine")
    again = small_vae.load(tmp_path / "mine", base=base)
    assert notes(again.sample(2, temperature=1.0, seed=3)) == notes(short)
    assert notes(again.decode(latents.mu, temperature=1.0, seed=5)) == notes(
        mine.decode(latents.mu, temperature=1.0, seed=5)
    )
