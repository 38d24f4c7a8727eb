"""Every preset at full size: it trains a step, samples, and survives being saved and loaded, in 24 GiB."""

import dataclasses
import resource

import numpy as np
import pytest

from base_vae import lstm
from base_vae.checkpoints import folder
from base_vae.config import override
from base_vae.inference import TrainedModel
from base_vae.presets import PRESETS
from base_vae.training import RunSettings, train
from tests.tiny import examples_for, reduced

pytestmark = pytest.mark.slow

GIB = 2**20  # in the KiB that Linux counts


@pytest.fixture(autouse=True)
def plain_first_weights():
    """Orthogonal matrices of this size take minutes to make, and any numbers will do."""
    token = lstm._recurrent_initializer.set("glorot_uniform")
    yield
    lstm._recurrent_initializer.reset(token)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_full_size(name, tmp_path):
    config = dataclasses.replace(PRESETS[name], hparams=override(PRESETS[name].hparams, "batch_size=2"))
    examples = examples_for(reduced(name), 2)
    model = train(config, examples, tmp_path, RunSettings(num_steps=1, checkpoint_steps=1))
    trained = TrainedModel(model, config)
    latents = trained.encode_arrays(examples)
    assert np.all(np.isfinite(latents.mu)) and np.all(latents.sigma > 0)
    arrays = trained.decode_arrays(latents.mu, 0.5, seed=1)
    assert arrays.shape == (2, *config.converter.shape)
    again = TrainedModel(*folder.load(tmp_path / "model"))
    np.testing.assert_array_equal(again.decode_arrays(latents.mu, 0.5, seed=1), arrays)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 24 * GIB
