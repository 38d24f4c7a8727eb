"""Vectors found by listening: on a made-up model whose answer is known, and on the bundled one."""

import types

import numpy as np
import pytest

import base_vae
from base_vae.attributes import compute_vectors, get_attributes, measure_arrays, tuning
from base_vae.attributes.evaluation import evaluate
from base_vae.attributes.tuning import tune
from base_vae.presets import get_preset
from tests.tiny import melodies

MELODY = get_preset("cat-mel_2bar_small").converter
DENSITY = get_attributes(["density"])


class Narrow:
    """A model that plays 16 + 12 z0 notes in two bars where z1 is within 1 of 0, and 16 where it is not."""

    config = types.SimpleNamespace(converter=MELODY)

    def decode_arrays(self, z, temperature=0.0, seed=0, like=None):
        assert like is None or len(like) == len(z)
        notes = np.where(np.abs(z[:, 1]) < 1, 16 + 12 * z[:, 0], 16)
        arrays = np.zeros((len(z), 32), np.uint8)
        for array, count in zip(arrays, np.clip(np.round(notes), 0, 32).astype(int), strict=True):
            array[:count] = 41
        return np.stack([MELODY.canonical(array) for array in arrays])


@pytest.fixture(scope="module")
def music():
    """Latents of music in which z1 grows with the notes, but not where they are fewest and most."""
    z0 = np.linspace(-1.2, 1.2, 400)
    z1 = np.where(np.abs(z0) < 1.0, 0.9 * np.sign(z0), 0.0)
    latents = np.stack([z0, z1], axis=1).astype(np.float32)
    return latents, Narrow().decode_arrays(latents)


def right(vectors):
    """Share of 400 pieces, not those that it was tuned on, whose density changes as it should."""
    z = np.random.default_rng(99).standard_normal((400, 2), np.float32) * [0.5, 0.4]
    return evaluate(Narrow(), vectors, DENSITY, z, "pieces", steps=5).right_sign.mean()


def test_it_leaves_what_only_goes_along(music):
    latents, examples = music
    values = measure_arrays(examples, MELODY, DENSITY)
    plain = compute_vectors(latents, values, ["density"])
    told = []
    tuned = tune(Narrow(), plain, examples, latents, values, 64, seed=4, progress=lambda *n: told.append(n))
    assert plain["density"][1] > 1 and right(plain) < 0.65
    assert abs(tuned["density"][1] / tuned["density"][0]) < 0.4 and right(tuned) > 0.85
    assert tuned.lengths[0] <= np.sqrt(2) * np.linalg.norm(latents, axis=1).mean() + 1e-6
    assert 0 < tuned.standard_errors[0] < tuned.lengths[0] / 3
    np.testing.assert_array_equal(tuned.thresholds, plain.thresholds)
    np.testing.assert_array_equal(tuned.counts, plain.counts)
    assert told == [(1, 1)]
    again = tune(Narrow(), plain, examples, latents, values, 64, seed=4)
    np.testing.assert_array_equal(again.vectors, tuned.vectors)


def test_where_nothing_better_is_found_the_vector_stays(music, monkeypatch):
    latents, examples = music
    values = measure_arrays(examples, MELODY, DENSITY)
    plain = compute_vectors(latents, values, ["density"])
    monkeypatch.setattr(tuning, "_scores", lambda model, name, candidates, *_: [1.0] * len(candidates))
    tuned = tune(Narrow(), plain, examples, latents, values, pieces=32)
    np.testing.assert_array_equal(tuned.vectors, plain.vectors)
    np.testing.assert_array_equal(tuned.standard_errors, plain.standard_errors)


def test_undefined_values_and_a_real_model():
    base = base_vae.load("mel_2bar")
    examples = melodies(64)
    examples[:8] = 0  # silence has no pitch
    latents = base.encode_arrays(examples).mu
    attributes = get_attributes(["mean_pitch", "density"])
    values = measure_arrays(examples, base.config.converter, attributes)
    assert np.isnan(values[:8, 0]).all()
    plain = compute_vectors(latents, values, ["mean_pitch", "density"])
    tuned = tune(base, plain, examples, latents, values, pieces=8)
    assert np.isfinite(tuned.vectors).all() and np.isfinite(tuned.standard_errors).all()
    assert tuned.vectors.dtype == np.float32 and tuned.names == plain.names
