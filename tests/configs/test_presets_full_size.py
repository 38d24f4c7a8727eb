"""Every preset at full size: it trains a step, samples, and survives being saved and loaded, in 24 GiB."""

import dataclasses
import resource

import numpy as np
import pytest

from base_vae.checkpoints import model_folder
from base_vae.configs.presets import PRESETS
from base_vae.model.layers import lstm
from base_vae.settings import override
from base_vae.trained_model import TrainedModel
from base_vae.training.train import RunSettings, train
from tests import child_process
from tests.tiny_models import examples_for, reduced

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
    arrays = trained.decode_arrays(latents.mu, temperature=0.5, seed=1)
    assert arrays.shape == (2, *config.converter.shape)
    again = TrainedModel(*model_folder.load(f"{run_dir}/model"))
    np.testing.assert_array_equal(again.decode_arrays(latents.mu, temperature=0.5, seed=1), arrays)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    print(f"{name}: {peak:.1f} GiB")
    assert peak < 24


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PRESETS))
def test_full_size(name, tmp_path):
    child_process.run(train_and_use, name, tmp_path)  # alone: models of one process add up
