"""Every preset at full size: it trains a step, samples, and survives being saved and loaded."""

import dataclasses

import numpy as np
import pytest

from base_vae.checkpoints import folder
from base_vae.config import override
from base_vae.inference import TrainedModel
from base_vae.presets import PRESETS
from base_vae.training import RunSettings, train
from tests.tiny import melodies

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_full_size(name, tmp_path):
    config = PRESETS[name]
    config = dataclasses.replace(config, hparams=override(config.hparams, "batch_size=4"))
    model = train(config, melodies(4), tmp_path, RunSettings(num_steps=1, checkpoint_steps=1))
    trained = TrainedModel(model, config)
    ids = trained.decode_arrays(np.zeros((2, trained.z_size)), 0.5, seed=1)
    again = TrainedModel(*folder.load(tmp_path / "model"))
    np.testing.assert_array_equal(again.decode_arrays(np.zeros((2, trained.z_size)), 0.5, seed=1), ids)
