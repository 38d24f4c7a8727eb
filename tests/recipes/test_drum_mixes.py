import numpy as np

from recipes.drum_mixes import mixed


def test_each_drum_of_a_mix_comes_whole_from_a_pattern() -> None:
    examples = np.random.default_rng(0).integers(0, 2, (20, 32, 9)).astype(np.uint8)
    found = mixed(examples, 3, seed=1)
    assert found.dtype == np.uint8 and 70 <= len(found) <= 80
    tracks = {track.tobytes() for pattern in examples for track in pattern.T}
    tracks |= {np.roll(track, 16).tobytes() for pattern in examples for track in pattern.T}
    assert all(track.tobytes() in tracks for pattern in found for track in pattern.T)
    whole = {pattern.tobytes() for pattern in found}
    assert all(pattern.tobytes() in whole for pattern in examples)
    assert np.array_equal(found, mixed(examples, 3, seed=1))


def test_the_feel_of_a_drum_goes_with_its_hits() -> None:
    hits = np.random.default_rng(0).integers(0, 2, (12, 64, 9)).astype(np.float32)
    number = np.arange(1, 13, dtype=np.float32)[:, np.newaxis, np.newaxis]
    grooves = np.stack([hits, hits * number / 20, hits * -number / 30], axis=-1)
    for groove in mixed(grooves, 2, seed=1):
        hit, velocity, offset = np.moveaxis(groove, -1, 0)
        np.testing.assert_allclose(velocity * 20, offset * -30, rtol=1e-5)
        drummers = np.round(velocity * 20).max(0)
        np.testing.assert_allclose(velocity * 20, hit * drummers, rtol=1e-5)
