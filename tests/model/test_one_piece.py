"""One piece alone is what it is among others: batches of one are compiled by themselves."""

import numpy as np
import pytest

from base_vae.trained_model import TrainedModel
from tests.tiny_models import lively_model, reduced


@pytest.mark.parametrize(
    "name",
    [
        "cat-mel_2bar_small",
        "nade-drums_2bar_full",
        "hierdec-trio_16bar",
        "hier-multiperf_vel_1bar_med_chords",
    ],
)
def test_alone_or_among_others(name):
    config = reduced(name)
    model = TrainedModel(lively_model(config), config)
    z = np.random.default_rng(0).standard_normal((3, model.z_size)).astype(np.float32)
    together = model.decode_arrays(z)
    alone = np.concatenate([model.decode_arrays(row[np.newaxis]) for row in z])
    np.testing.assert_array_equal(alone, together)
    encoded = [model.encode_arrays(array[np.newaxis]).mu[0] for array in together]
    np.testing.assert_allclose(encoded, model.encode_arrays(together).mu, atol=1e-6)
