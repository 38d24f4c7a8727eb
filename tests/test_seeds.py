"""Seeds that no random generator takes are refused before anything else happens."""

import numpy as np
import pytest

import latent_constraints
import small_vae
from base_vae.data.batches import training_batches
from base_vae.errors import UserError
from base_vae.plots.projection import project
from base_vae.training.attribute_tuning import tune
from base_vae.training.train import RunSettings, make_model
from latent_constraints.lc_music_vae.training import train as train_lc
from latent_constraints.transfer.model import fit_transfer
from latent_constraints.transfer.style_transfer import train as train_transfer
from small_vae.knobs import weigh_knobs
from small_vae.training import train as train_small

NOTHING = None  # is not looked at
CALLS = {
    "personalize": lambda seed: small_vae.personalize(NOTHING, "songs/", seed=seed),
    "train a personal model": lambda seed: train_small(NOTHING, NOTHING, seed=seed),
    "weigh knobs": lambda seed: weigh_knobs(NOTHING, seed=seed),
    "train constraints": lambda seed: latent_constraints.train(NOTHING, ["realism"], seed=seed),
    "train an LCMusicVAE": lambda seed: train_lc(NOTHING, NOTHING, seed=seed),
    "fit a transfer": lambda seed: fit_transfer((NOTHING, NOTHING), seed=seed),
    "train a transfer": lambda seed: train_transfer(NOTHING, NOTHING, NOTHING, seed=seed),
    "tune vectors": lambda seed: tune(NOTHING, {}, NOTHING, NOTHING, seed=seed),
    "draw batches": lambda seed: training_batches(NOTHING, NOTHING, 4, seed=seed),
    "project": lambda seed: project(np.zeros((9, 4)), seed=seed),
    "make a model": lambda seed: make_model(NOTHING, seed=seed),
    "settings of a run": lambda seed: RunSettings(seed=seed),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("seed", [-1, 1.5, 2**31, "7"])
def test_a_wrong_seed_is_refused_in_a_sentence(call, seed):
    with pytest.raises(UserError, match="`seed` must be a whole number within 0 and 2147483647"):
        CALLS[call](seed)


@pytest.mark.parametrize("wrong", [{"num_steps": 0}, {"checkpoint_steps": 2.5}, {"keep_checkpoints": -1}])
def test_settings_of_a_run_are_checked(wrong):
    with pytest.raises(UserError, match=f"`{next(iter(wrong))}` must be a whole number of at least 1"):
        RunSettings(**wrong)
