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
from tests import apart
from tests.tiny import examples_for, reduced

GIB = 2**20  # in the KiB that Linux counts


def train_and_use(name: str, run_dir: str) -> None:
    # Orthogonal matrices of this size take minutes to make, and any numbers will do.
    lstm._recurrent_initializer.set("glorot_uniform")
    config = dataclasses.replace(PRESETS[name], hparams=override(PRESETS[name].hparams, "batch_size=2"))
    examples = examples_for(reduced(name), 2)
    model = train(config, examples, run_dir, RunSettings(num_steps=1, checkpoint_steps=1))
    trained = TrainedModel(model, config)
    latents = trained.encode_arrays(examples)
    assert np.all(np.isfinite(latents.mu)) and np.all(latents.sigma > 0)
    arrays = trained.decode_arrays(latents.mu, 0.5, seed=1)
    assert arrays.shape == (2, *config.converter.shape)
    again = TrainedModel(*folder.load(f"{run_dir}/model"))
    np.testing.assert_array_equal(again.decode_arrays(latents.mu, 0.5, seed=1), arrays)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    print(f"{name}: {peak:.1f} GiB")
    assert peak < 24


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_full_size(name, tmp_path):
    apart.run(train_and_use, name, tmp_path)  # alone: models of one process add up
