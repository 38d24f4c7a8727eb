"""Places in a small latent space."""

import numpy as np
import pytest

from base_vae.errors import UserError
from small_vae.knob_grids import across, along


def test_across_two_knobs():
    places = across(4, (2, 0), np.array([-1.0, 0.0, 3.0]))
    assert places.shape == (3, 3, 4) and places.dtype == np.float32
    assert places[0, 2].tolist() == [-1, 0, 3, 0]  # the first knob from left to right, the second by row
    assert places[2, 0].tolist() == [3, 0, -1, 0]
    assert not places[..., [1, 3]].any()


@pytest.mark.parametrize("knobs", [(0, 0), (0, 4), (-1, 2)])
def test_two_different_knobs_that_there_are(knobs):
    with pytest.raises(UserError, match="two different knobs from 1 to 4"):
        across(4, knobs, np.zeros(3))


def test_along_each_knob():
    places = along(3, np.array([-2.0, 0.5]))
    assert places.tolist() == [
        [[-2, 0, 0], [0.5, 0, 0]],
        [[0, -2, 0], [0, 0.5, 0]],
        [[0, 0, -2], [0, 0, 0.5]],
    ]
