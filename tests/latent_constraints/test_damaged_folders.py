"""Damaged folders of constraints, transfers and LCMusicVAEs are refused in a sentence, whatever is wrong."""

import json

import numpy as np
import pytest

import latent_constraints
from base_vae.errors import UserError
from base_vae.trained_model import TrainedModel
from latent_constraints.actor import Actor
from latent_constraints.config import ConstraintHParams
from latent_constraints.constraint import parse
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.personal import PersonalCritic
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.lc_music_vae import loading as lc_loading
from latent_constraints.lc_music_vae.config import get_preset
from latent_constraints.lc_music_vae.model import LCMusicVAE
from latent_constraints.lc_music_vae.trained_model import LCModel
from latent_constraints.lc_music_vae.training import fitted
from latent_constraints.transfer import saving, style_transfer
from latent_constraints.transfer.model import LatentTransfer, TransferHParams
from small_vae.mixture import Mixture
from tests.damaged import damaged_settings, damaged_weights, is_refused
from tests.tiny_models import CONFIG, lively_model

CARD = "Learned from little."


@pytest.fixture(scope="module")
def base():
    return TrainedModel(lively_model(), CONFIG)


def constraints(base):
    size = base.z_size
    critics = (
        AttributeCritic(np.array([-0.5, 0.5]), 0, label="density", z_size=size, units=(5,)),
        PersonalCritic(label="personal", z_size=size, units=(4,)),
    )
    asked = (parse("density:high"), parse("personal"))
    scale = np.ones(size, np.float32)
    return LatentConstraints(base, critics, Actor(size, 5, (6,)), asked, scale, ConstraintHParams(), CARD)


def transfer(base):
    model = LatentTransfer(TransferHParams(size=2, layers=(8, 5)), (base.z_size,) * 2, labels=4)
    return style_transfer.StyleTransfer(base, model, CARD)


def lc_model(base):
    config = fitted(get_preset("lc-mel_2bar"), base)
    model = LCMusicVAE(config.hparams, base.z_size, CONFIG.converter.spaces)
    size = config.hparams.z_size
    mixture = Mixture(np.ones(1), np.zeros((1, size)), np.eye(size)[np.newaxis])
    return LCModel(base, model, config, mixture, CARD)


KINDS = {
    "constraints": (constraints, latent_constraints.load),
    "transfer": (transfer, style_transfer.load),
    "lc_music_vae": (lc_model, lc_loading.load),
}


@pytest.fixture(scope="module", params=KINDS)
def saved(request, base, tmp_path_factory):
    """A saved folder, and what loads it."""
    make, load = KINDS[request.param]
    folder = tmp_path_factory.mktemp("saved") / "model"
    make(base).save(folder)
    return folder, lambda path: load(path, base=base)


def test_weights(saved, tmp_path):
    folder, load = saved
    assert load(folder).card == CARD
    for name, path in damaged_weights(folder, tmp_path / "damaged"):
        assert is_refused(load, path), name


def test_settings(saved, tmp_path):
    folder, load = saved
    refused = [is_refused(load, path) for _, path in damaged_settings(folder, tmp_path / "damaged")]
    assert np.mean(refused) > 0.4  # what is left can be read, such as a number for another


def test_a_missing_card_costs_nothing(saved):
    folder, load = saved
    (folder / "README.md").rename(folder / "aside.md")
    assert load(folder).card == ""
    (folder / "aside.md").rename(folder / "README.md")


def test_what_is_no_number_is_refused_where_it_is_used(base):
    steered, translator = constraints(base), transfer(base)
    z = np.full((2, base.z_size), np.nan, np.float32)
    for use in (
        lambda: translator.model.transfer(z, 0, 1),
        lambda: translator.model.transfer(np.zeros_like(z), 0, 1, amount=np.inf),
        lambda: steered.constrain(z),
        lambda: lc_model(base).decode(np.full((1, lc_model(base).size), np.inf)),
    ):
        with pytest.raises(UserError, match="must be"):
            use()


def test_a_scale_that_is_not_finite_is_refused(base, tmp_path):
    constraints(base).save(tmp_path / "model")
    settings = json.loads((tmp_path / "model" / "config.json").read_text())
    settings["scale"][0] = float("nan")
    (tmp_path / "model" / "config.json").write_text(json.dumps(settings))
    with pytest.raises(UserError, match="`scale` must be"):
        latent_constraints.load(tmp_path / "model", base=base)


def test_latents_of_another_size_are_refused(base, tmp_path):
    model = LatentTransfer(TransferHParams(size=2, layers=(8,)), (base.z_size + 1,) * 2)
    style_transfer.StyleTransfer(base, model, CARD).save(tmp_path / "model")
    with pytest.raises(UserError, match="its latents have another size"):
        style_transfer.load(tmp_path / "model", base=base)
    saving.load(tmp_path / "model")  # alone it is whole
