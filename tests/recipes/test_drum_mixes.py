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
