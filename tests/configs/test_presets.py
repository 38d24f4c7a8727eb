"""Every preset, at reduced size, through one routine: build, train, evaluate, save, load, use."""

import dataclasses

import numpy as np
import pytest

from base_vae.checkpoints import model_folder
from base_vae.configs.config import Config
from base_vae.configs.presets import ALIASES, PRESETS, get_preset
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.trained_model import TrainedModel
from base_vae.training.evaluation import evaluate
from base_vae.training.train import RunSettings, train
from tests.tiny_models import examples_for, reduced


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_from_build_to_use(tmp_path, name):
    config = reduced(name)
    examples = examples_for(config, 6)
    assert examples.shape == (6, *config.converter.shape)
    settings = RunSettings(num_steps=2, checkpoint_steps=2)
    model = train(config, examples, tmp_path, settings)
    figures = evaluate(model, examples, config.converter, 4)
    assert all(np.isfinite(value) for value in figures.values()), figures
    assert 0 <= figures["accuracy"] <= 1
    assert 0 <= figures["free_running_accuracy"] <= 1

    trained = load(tmp_path)
    assert trained.config == config
    for weight, again in zip(model.weights, trained.model.weights, strict=True):
        np.testing.assert_array_equal(weight, again)
    pieces = trained.sample(3, temperature=1.0, seed=1)
    assert pieces == trained.sample(3, temperature=1.0, seed=1)
    latents = trained.encode(pieces)
    assert latents.mu.shape == latents.sigma.shape == (3, config.hparams.z_size)
    assert np.all(latents.sigma > 0)
    assert len(trained.interpolate(pieces[0], pieces[1], num_steps=3)) == 3
    assert len(trained.reconstruct(pieces)) == 3
    probabilities = trained.step_probabilities(examples)
    assert probabilities.shape[0] == 6 and np.all((probabilities >= 0) & (probabilities <= 1))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_json(name):
    config = get_preset(name)
    assert Config.from_dict(config.to_dict()) == config
    assert config.description


def test_an_alias_is_the_preset_itself():
    for alias, name in ALIASES.items():
        assert get_preset(alias) is PRESETS[name]


def test_lengths_that_do_not_agree_are_refused():
    config = get_preset("cat-mel_2bar_small")
    with pytest.raises(UserError, match="32 steps of an example"):
        dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, max_seq_len=16))


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("cat-mel_2bar_small", {"head": "nade"}, "head=nade"),
        ("hier-multiperf_vel_1bar_med", {"decoder_levels": ()}, "`decoder_levels` must have segments of 64"),
        (
            "hier-multiperf_vel_1bar_med",
            {"encoder": "bidirectional", "encoder_levels": ()},
            "`encoder_levels` must have segments of 64",
        ),
        (
            "hier-multiperf_vel_1bar_med",
            {"encoder_levels": (32, 16), "decoder_levels": (16, 32)},
            "`encoder_levels` .*; `decoder_levels` ",
        ),
        (
            "hier-multiperf_vel_1bar_med_chords",
            {"autoregressive_levels": (0,), "reencode": True},
            "`reencode` needs a representation without controls",
        ),
    ],
)
def test_a_model_that_does_not_fit_its_music_is_refused(name, changes, message):
    config = reduced(name)
    with pytest.raises(UserError, match=message):
        dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, **changes))


def test_a_head_that_cannot_say_the_representation_is_refused():
    config = reduced("nade-drums_2bar_reduced")
    hparams = dataclasses.replace(config.hparams, head="categorical")
    with pytest.raises(UserError, match="head=categorical"):
        TrainedModel(model_folder.MusicVAE(hparams, config.converter.spaces), config)
