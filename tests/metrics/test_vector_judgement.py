"""Vectors that change too much else are dropped; the others are scaled to one standard deviation."""

import types

import numpy as np
import pytest

from base_vae.attributes import AttributeVectors, attributes_for
from base_vae.errors import UserError
from base_vae.metrics.vector_judgement import judge_vectors, judgement_table, keep_good
from tests.metrics.test_attribute_response import MELODY

NAMES = ("density", "mean_pitch")
# Notes a bar and semitones; the other attributes do not count.
SPREADS = {each.name: 1e6 for each in attributes_for(MELODY)} | {"density": 2.0, "mean_pitch": 8.0}


class Steps:
    """A model that plays z0 repeated notes in two bars, of one eighth each, z1 semitones above 60."""

    config = types.SimpleNamespace(converter=MELODY)

    def decode_arrays(self, z, *, temperature=0.0, seed=0, controls=None):
        arrays = np.zeros((len(z), 32), np.uint8)
        for array, (notes, pitch) in zip(arrays, np.round(z).astype(int), strict=True):
            array[: 2 * np.clip(notes, 0, 16) : 2] = 41 + np.clip(pitch, -20, 20)
        return np.stack([MELODY.canonical(array) for array in arrays])


def judged(density, mean_pitch):
    """Vectors from what they add to latents, and the judgement of each way."""
    more = np.array([density, mean_pitch], np.float32)
    counts = np.ones((2, 2), np.int64)
    vectors = AttributeVectors(NAMES, more, -more, counts, np.ones(2), np.zeros((2, 2)))
    latents = np.array([[notes, pitch] for notes in (6, 7, 8, 9) for pitch in range(-2, 3)], np.float32)
    return vectors, judge_vectors(Steps(), vectors, latents, latents, SPREADS)


def test_a_vector_that_does_its_own_work_alone_is_good_and_scaled():
    vectors, judgements = judged([8, 0], [0, 16])
    more = judgements[0]
    assert more.is_good and more.words == "more density"
    assert more.amount == pytest.approx(0.5, abs=0.03)  # 4 notes in two bars are one spread, 2 a bar
    assert more.kept == pytest.approx(1 - 4 / 32, abs=0.02) and more.side < 1e-3
    good = keep_good(vectors, judgements)
    moved = good.moved(np.zeros(2), {"density": 1.0})
    np.testing.assert_allclose(moved, [8 * more.amount, 0], rtol=1e-6)
    assert good.standard_errors[0] == pytest.approx(more.amount, rel=1e-6)


def test_what_wrecks_the_music_is_dropped_and_named():
    # Denser goes 16 semitones up for each spread; sparser leaves every pitch.
    vectors, judgements = judged([4, 16], [0, 0])
    vectors.less[0] = [-4, 0]
    assert [each.is_good for each in judgements] == [False] * 4
    assert judgements[0].other == "mean_pitch" and judgements[0].side == pytest.approx(2.0, abs=0.3)
    latents = np.array([[9, 0], [10, 1], [11, 2]], np.float32)
    judgements = judge_vectors(Steps(), vectors, latents, latents, SPREADS)
    good = keep_good(vectors, judgements)
    assert list(good) == ["density"]
    assert not good.has("density", 1) and good.has("density", -1) and good.has("density")
    np.testing.assert_allclose(good["density"], -good.less[0])
    with pytest.raises(UserError, match="no attribute vector to more density"):
        good.moved(latents, {"density": 0.5})
    text = judgement_table(judgements)
    assert "| more density " in text and "| not reached " in text and text.count("dropped") == 3


def test_what_is_missing_is_missing_in_the_file_too(tmp_path):
    vectors, _ = judged([4, 16], [0, 16])
    vectors.more[0] = np.nan
    vectors.save(tmp_path)
    again = AttributeVectors.load(tmp_path)
    assert not again.has("density", 1) and again.has("mean_pitch", 1)
    assert np.isfinite(again.correlations()).all() and np.isnan(again.straightness()[0])
    assert np.isnan(again.orthogonal().more[0]).all() and np.isfinite(again.orthogonal().less).all()
    vectors.less[0] = np.nan
    vectors.save(tmp_path)
    with pytest.raises(UserError, match="not finite"):
        AttributeVectors.load(tmp_path)
