"""Ways from piece to piece, and how far they are from both ends."""

import numpy as np
import pytest

import base_vae
from base_vae.data.collection import collect
from base_vae.errors import UserError
from base_vae.metrics.differences import hamming_distance
from base_vae.metrics.interpolations import interpolation_paths, mix, random_pairs
from base_vae.trained_model import TrainedModel
from tests.paths import EXAMPLES
from tests.tiny_models import CONFIG, lively_model, melodies


@pytest.fixture(scope="module")
def model():
    return TrainedModel(lively_model(), CONFIG)


def test_a_mix_is_a_coin_for_each_step():
    start, end = np.zeros((4000, 3), np.int16), np.ones((4000, 3), np.int16)
    mixed = mix(start, end, np.array([0.0, 0.3, 1.0]), np.random.default_rng(0))
    assert mixed.shape == (3, 4000, 3)
    assert not mixed[0].any() and mixed[2].all()
    assert (mixed == mixed[..., :1]).all()  # whole steps, not single numbers
    assert mixed[1].mean() == pytest.approx(0.3, abs=0.03)  # 4 standard deviations of 4000 coins


def test_paths_begin_and_end_with_the_reconstructions(model):
    starts, ends = melodies(3, 1), melodies(3, 2)
    paths = interpolation_paths(model, starts, ends, num_steps=5, seed=3)
    assert paths.alphas.tolist() == [0, 0.25, 0.5, 0.75, 1]
    for examples, point in ((starts, 0), (ends, -1)):
        again = model.decode_arrays(model.encode_arrays(examples).mu)
        np.testing.assert_array_equal(paths.latent[:, point], again)
    np.testing.assert_array_equal(paths.mixed[:, 0], starts)
    np.testing.assert_array_equal(paths.mixed[:, -1], ends)


def test_distances_are_to_the_music_itself(model):
    starts, ends = melodies(3, 1), melodies(3, 2)
    paths = interpolation_paths(model, starts, ends, num_steps=4)
    for pair in range(3):
        for point in range(4):
            for end, target in enumerate((starts[pair], ends[pair])):
                for music, distances in (
                    (paths.latent, paths.latent_distances),
                    (paths.mixed, paths.mixed_distances),
                ):
                    expected = np.mean(music[pair, point] != target)
                    assert distances[pair, point, end] == pytest.approx(expected)
    assert paths.mixed_distances[:, 0, 0].tolist() == paths.mixed_distances[:, -1, 1].tolist() == [0, 0, 0]
    whole = hamming_distance(starts, ends, CONFIG.converter)
    np.testing.assert_allclose(paths.mixed_distances.sum(-1), whole[:, np.newaxis] * np.ones(4))


def test_the_same_seed_gives_the_same_paths(model):
    starts, ends = melodies(2, 1), melodies(2, 2)
    one, again, other = (
        interpolation_paths(model, starts, ends, num_steps=4, seed=seed).mixed for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    with pytest.raises(UserError, match="within 2 and"):
        interpolation_paths(model, starts, ends, num_steps=1)


@pytest.mark.parametrize("n", [2, 3, 50])
def test_pairs_are_of_two_different_pieces(n):
    pairs = random_pairs(n, 500, seed=0)
    assert pairs.shape == (500, 2)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert set(pairs.ravel()) == set(range(n))


def test_the_bundled_base_goes_from_reel_to_reel():
    base = base_vae.load("mel_2bar")
    reels = EXAMPLES / "reels"
    examples = collect(reels, base.config.converter, num_workers=1).examples
    pairs = random_pairs(len(examples), 24, seed=0)
    paths = interpolation_paths(base, examples[pairs[:, 0]], examples[pairs[:, 1]], num_steps=5)
    to_start, to_end = paths.latent_distances.mean(0).T
    assert to_start[0] < 0.05 and to_end[-1] < 0.05  # the ends are given back
    assert (np.diff(to_start) > -0.02).all() and (np.diff(to_end) < 0.02).all()
    assert to_start[-1] > 0.2
