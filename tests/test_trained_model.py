"""A trained model on music: what it samples it can encode, ends are ends, seeds are seeds."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import base_vae
from base_vae.errors import UserError
from base_vae.model.interpolation import slerp
from base_vae.music.note_sequence import NoteSequence
from base_vae.trained_model import TrainedModel
from tests.tiny_models import CONFIG, lively_model, melodies, reduced


@pytest.fixture(scope="module")
def model():
    return TrainedModel(lively_model(), CONFIG)


def arrays(model, sequences):
    return np.stack([model.config.converter.encode_whole(sequence) for sequence in sequences])


def test_everything_it_samples_can_be_encoded_again(model):
    for temperature in (0.0, 0.5, 1.5):
        samples = model.sample(20, temperature=temperature, seed=1)
        assert model.encode(samples).mu.shape == (20, 8)
    z = np.random.default_rng(0).normal(size=(20, 8))
    ids = model.decode_arrays(z, temperature=1.0, seed=3)
    np.testing.assert_array_equal(arrays(model, model.decode(z, temperature=1.0, seed=3)), ids)


def test_one_seed_one_result(model):
    first, again, other = (arrays(model, model.sample(5, temperature=1.0, seed=seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_batches_of_any_size_give_the_same_posteriors(model):
    ids = melodies(70)
    whole = model.encode_arrays(ids)
    np.testing.assert_allclose(model.encode_arrays(ids[:3]).mu, whole.mu[:3], atol=1e-6)
    np.testing.assert_allclose(model.encode_arrays(ids[69:]).sigma, whole.sigma[69:], atol=1e-6)


def test_interpolation_includes_both_ends(model):
    start, end = (model.config.converter.decode(ids) for ids in melodies(2))
    path = model.interpolate(start, end, num_steps=5)
    assert len(path) == 5
    np.testing.assert_array_equal(
        arrays(model, [path[0], path[-1]]), arrays(model, model.reconstruct([start, end]))
    )


VECTORS = st.lists(st.floats(-3, 3), min_size=4, max_size=4).map(lambda v: np.array(v, np.float32))


@given(VECTORS, VECTORS, st.floats(0, 1))
def test_slerp_keeps_to_the_arc(start, end, t):
    np.testing.assert_allclose(slerp(start, end, 0.0), start, atol=1e-5)
    np.testing.assert_allclose(slerp(start, end, 1.0), end, atol=1e-5)
    assert np.all(np.isfinite(slerp(start, end, t)))


def test_slerp_on_the_unit_circle():
    quarter = slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 1 / 3)
    np.testing.assert_allclose(quarter, [np.cos(np.pi / 6), np.sin(np.pi / 6)])


def test_wrong_requests_are_explained(model):
    with pytest.raises(UserError, match="`temperature` must be a number within 0 and 1000"):
        model.sample(1, temperature=-1)
    with pytest.raises(UserError, match=r"\[n, 8\] \(received \[2, 3\]\)"):
        model.decode(np.zeros((2, 3)))
    with pytest.raises(UserError, match="within 1 and"):
        model.sample(0)
    with pytest.raises(UserError, match="within 1 and"):
        model.sample(10**30)
    with pytest.raises(UserError, match="nothing to work on"):
        model.encode([])
    with pytest.raises(UserError, match="`change` must be a function"):
        model.remake([], None)
    silence = model.config.converter.decode(np.zeros(32))
    with pytest.raises(UserError, match="`num_steps` must be a whole number within 2 and"):
        model.interpolate(silence, silence, num_steps=1)


def test_how_likely_a_reconstruction_is(model):
    ids = melodies(3)
    own = model.step_probabilities(ids)
    np.testing.assert_allclose(model.step_probabilities(ids, inputs=ids), own, atol=1e-6)
    assert np.any(np.abs(model.step_probabilities(ids, inputs=melodies(3, seed=1)) - own) > 1e-3)


def test_controls_change_the_music():
    config = reduced("cat-mel_2bar_med_chords")
    told = TrainedModel(lively_model(config), config)
    z = np.random.default_rng(0).normal(size=(2, 6))
    c, f = (config.converter.controls_from_chords(np.array([chord])) for chord in (1, 6))
    one, other, each = (
        told.decode_arrays(z, temperature=1.0, seed=3, controls=controls)
        for controls in (c, f, np.concatenate([c, f]))
    )
    assert np.any(one[..., 0] != other[..., 0])
    np.testing.assert_array_equal(each, [one[0], other[1]])
    np.testing.assert_array_equal(one[..., 1], np.ones((2, 32)))
    with pytest.raises(UserError, match=r"of 1 example or of 2, one for each z \(received 3\)"):
        told.decode_arrays(z, controls=np.concatenate([c, f, f]))


def test_without_a_latent_space_a_model_only_samples():
    config = dataclasses.replace(CONFIG, hparams=dataclasses.replace(CONFIG.hparams, conditional=False))
    free = TrainedModel(lively_model(config), config)
    pieces = free.sample(3, temperature=1.0, seed=1)
    assert len({piece.SerializeToString() for piece in pieces}) == 3
    assert np.all(free.step_probabilities(free.arrays(pieces)) > 0)
    with pytest.raises(UserError, match="conditional=False: it has no latent space"):
        free.encode(pieces)


@pytest.mark.parametrize("call", ["encode", "reconstruct"])
@pytest.mark.parametrize("wrong", ["x.mid", Path("x.mid"), NoteSequence(), None, 3, ["x.mid"], [None]])
def test_what_is_no_list_of_note_sequences_is_refused(model, call, wrong):
    with pytest.raises(UserError, match="must be a list of NoteSequences"):
        getattr(model, call)(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1}, {"seed": 1.5}, {"temperature": float("nan")}, {"temperature": float("inf")},
        {"qpm": 0}, {"qpm": float("nan")}, {"qpm": "fast"}, {"seed": 1, "temperature": "hot"},
        {"seed": None}, {"temperature": None}, {"qpm": None}, {"temperature": 10**400},
    ],
)  # fmt: skip
def test_arguments_out_of_range_are_refused(model, wrong):
    with pytest.raises(UserError, match=f"`{list(wrong)[-1]}` must be"):
        model.sample(1, **wrong)
    with pytest.raises(UserError):
        model.sample(2.0)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (np.zeros((2, 33), np.uint8), r"the shape \[examples, 32\] \(received \[2, 33\]\)"),
        (np.zeros(32, np.uint8), r"the shape \[examples, 32\] \(received \[32\]\)"),
        (np.full((2, 32), np.nan), "finite numbers"),
        ("x", "finite numbers"),
        ([[1], [2, 3]], "finite numbers"),
        (np.full((2, 32), -1), "whole numbers that are events"),
        (np.full((2, 32), 1.5), "whole numbers that are events"),
        (np.full((2, 32), 300), "whole numbers that are events"),
        (np.full((2, 32), 200, np.uint8), "not events of this model"),
    ],
)
def test_what_are_no_examples_of_the_model_is_refused(model, arrays, message):
    with pytest.raises(UserError, match=message):
        model.encode_arrays(arrays)


@pytest.mark.parametrize("path", [5, None, b"x", "", "a\0b"])
def test_what_is_no_path_is_refused(model, path):
    for call in (base_vae.load, model.save):
        with pytest.raises(UserError, match="a path must be text, or a Path"):
            call(path)
    with pytest.raises(UserError, match="unknown config 5"):
        base_vae.load("mel_2bar", config=5)
    with pytest.raises(UserError, match="`quantize` must be one of uint8, uint16"):
        model.export_magenta_js("x", quantize="uint3")


@pytest.mark.parametrize(
    "music", [5, None, b"x", [5], [None, "x.mid"], NoteSequence(), [NoteSequence(), "x.mid"]]
)
def test_what_is_no_music_to_collect_is_refused(model, music):
    with pytest.raises(UserError, match="music must be a path, a list of paths, or a list of NoteSequences"):
        model.collect(music)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_latents_that_are_not_finite_are_refused(model, value):
    z = np.zeros((2, model.z_size))
    z[1, 0] = value
    with pytest.raises(UserError, match="`z` must be finite numbers"):
        model.decode(z)


def test_a_model_is_saved_and_loads_with_equal_music(model, tmp_path):
    model.save(tmp_path / "mine", card="Made in a test.")
    again = base_vae.load(tmp_path / "mine")
    assert again.sample(2, temperature=1.0) == model.sample(2, temperature=1.0)
    assert "Made in a test." in (tmp_path / "mine" / "README.md").read_text()
    again.save(tmp_path / "again")
    assert (tmp_path / "again" / "README.md").read_text() == (tmp_path / "mine" / "README.md").read_text()
    with pytest.raises(UserError, match="exists already"):
        model.save(tmp_path / "mine")


def test_reprs_are_short(model):
    latents = model.encode_arrays(melodies(3))
    for value in (model, latents, model.collect([model.config.converter.decode(ids) for ids in melodies(3)])):
        assert len(repr(value)) < 120
        assert type(value).__name__ in repr(value)


def test_the_packages_list_what_they_offer():
    import latent_constraints
    import small_vae

    assert {"load", "TrainedModel", "UserError", "__version__"} <= set(dir(base_vae))
    assert base_vae.__version__.count(".") == 2
    assert "personalize" in dir(small_vae) and "constrain" in dir(latent_constraints)
