"""What the knobs of a personal model do, in words."""

import types

import numpy as np
import pytest

import base_vae
import small_vae
from base_vae.configs.presets import get_preset
from small_vae.knob_grids import decode_places
from small_vae.knobs import KnobWeights, weigh_knobs
from tests.metrics.test_attribute_response import Ladder


def made_up(latents_of):
    """A personal model over the ladders: what it decodes is a function of the knobs."""
    return types.SimpleNamespace(base=Ladder(), size=3, controls=None, decode_knobs=latents_of)


def test_the_weights_are_those_of_the_music():
    # The first knob makes 3 notes more, the second an interval less: the third does nothing.
    mine = made_up(lambda knobs: np.stack([12 + 3 * knobs[:, 0], -4 * knobs[:, 1]], 1))
    found = weigh_knobs(mine)
    weights = dict(zip(found.attributes, found.weights.T, strict=True))
    np.testing.assert_allclose(weights["density"], [1, 0, 0], atol=0.2)
    np.testing.assert_allclose(weights["mean_pitch"], [0, -1, 0], atol=0.2)
    assert "pitch_range" not in weights  # all notes of a ladder are the same
    lines = found.describe()
    assert lines[0].startswith("knob 1: ") and "denser, +" in lines[0]
    assert lines[1].startswith("knob 2: lower, -")
    assert lines[2] == "knob 3: nothing that stands out"


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_the_batch_does_not_matter(batch):
    mine = made_up(lambda knobs: np.stack([12 + 3 * knobs[:, 0], -4 * knobs[:, 1]], 1))
    np.testing.assert_array_equal(weigh_knobs(mine, batch=batch).weights, weigh_knobs(mine).weights)


def test_strongest_first_and_no_more_than_three():
    found = KnobWeights(
        ("density", "interval", "rests", "mean_pitch"),
        np.array([[0.4, -0.9, 0.31, 0.5], [0.29, 0.2, -0.1, 0.0]]),
    )
    assert found.describe() == [
        "knob 1: smaller steps, -0.9; higher, +0.5; denser, +0.4",
        "knob 2: nothing that stands out",
    ]


def test_silence_says_nothing():
    found = weigh_knobs(made_up(lambda knobs: np.zeros((len(knobs), 2))))
    assert found.attributes == ()
    assert found.describe() == [f"knob {i}: nothing that stands out" for i in (1, 2, 3)]


def test_turning_a_knob_does_what_its_line_says():
    base = base_vae.load("mel_2bar")
    mine = small_vae.personalize(base, "examples/reels", seed=0)
    found = mine.weights
    assert found.weights.shape == (4, len(found.attributes))
    knob, attribute = np.unravel_index(np.argmax(np.abs(found.weights)), found.weights.shape)
    from base_vae.attributes import get_attributes, measure

    others = np.random.default_rng(9).standard_normal((64, 4)).astype(np.float32)
    ends = []
    for turn in (-1.0, 1.0):
        others[:, knob] = turn
        music = base.decode(mine.decode_knobs(others))
        ends.append(np.nanmean(measure(music, get_attributes([found.attributes[attribute]]))))
    assert np.sign(ends[1] - ends[0]) == np.sign(found.weights[knob, attribute])


def test_a_model_with_hits_as_controls():

    from base_vae.trained_model import TrainedModel
    from small_vae.training import train
    from tests.small_vae.test_every_preset import SETTINGS
    from tests.tiny_models import lively_model, reduced

    config = reduced("groovae_2bar_hits_control_tfds")
    base = TrainedModel(lively_model(config), config)
    z = 2 * np.random.default_rng(0).normal(size=(8, config.hparams.z_size))
    mine = train(base, base.collect(base.decode(z, temperature=1.0, seed=1)), config=SETTINGS, seed=1)
    # With all knobs at rest there is one piece, whatever hits the user's pieces have.
    at_rest = decode_places(mine, np.zeros((8, mine.size)), batch=8)
    assert np.all(at_rest == at_rest[0])
    found = weigh_knobs(mine, batch=8)
    assert {"density", "velocity"} <= set(found.attributes)
    assert np.all(np.isfinite(found.weights))
    assert get_preset("groovae_2bar_hits_control_tfds").converter.spaces.controls is not None
