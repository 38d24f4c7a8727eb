"""Folders for Magenta.js: written, read back, and read as others write them."""

import dataclasses
import json
import struct

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from base_vae.attributes import AttributeVectors
from base_vae.checkpoints import model_folder
from base_vae.checkpoints.finding import find
from base_vae.checkpoints.magenta.variables import forget_remainders, load_variables, to_original
from base_vae.checkpoints.magenta_js import config_from_spec
from base_vae.checkpoints.magenta_js import folder as magenta_js
from base_vae.checkpoints.magenta_js.spec_from_config import spec_of
from base_vae.checkpoints.magenta_js.weights import quantized, read_weights
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.errors import UserError
from base_vae.loading import first_weights, load
from base_vae.trained_model import TrainedModel
from base_vae.training.train import make_model
from tests.checkpoints.magenta_js_files import MELODIES, same_weights, trained
from tests.tiny_models import lively_model, melodies, reduced

REFUSED = {
    "flat-mel_16bar": "2 layers",
    "flat-trio_16bar": "one decoder for all three",
    "hierdec-mel_16bar": "both be flat or both hierarchical",
    "hierdec-trio_16bar": "both be flat or both hierarchical",
}
EXPORTED = [name for name in PRESETS if name not in REFUSED]


def small(name):
    """A preset with few units, as many in each layer of the decoder: others cannot run there."""
    config = reduced(name)
    units = (8,) * len(config.hparams.dec_rnn_size)
    return dataclasses.replace(config, hparams=dataclasses.replace(config.hparams, dec_rnn_size=units))


@pytest.mark.parametrize("name", EXPORTED)
def test_there_and_back_the_weights_are_identical(tmp_path, monkeypatch, name):
    model = trained(small(name))
    model.export_magenta_js(tmp_path / name)
    again = load(tmp_path / name)
    assert same_weights(model.model, again.model)
    assert again.config == model.config

    (tmp_path / name / "midime.json").unlink()  # as others write it
    deduced = load(tmp_path / name)
    assert same_weights(model.model, deduced.model)
    assert deduced.config.name == name
    assert deduced.config.hparams.encoder_levels == model.config.hparams.encoder_levels
    monkeypatch.setattr(config_from_spec, "PRESETS", {preset: small(preset) for preset in PRESETS})
    assert load(tmp_path / name).config == model.config


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_run_there_is_refused_with_the_reason(tmp_path, name):
    config = reduced(name)
    with pytest.raises(UserError, match=f"{name} cannot run in Magenta.js: .*{REFUSED[name]}"):
        TrainedModel(None, config).export_magenta_js(tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("name", "hparams", "converter", "reason"),
    [
        ("cat-mel_2bar_small", {"conditional": False}, {}, "no latent space"),
        ("cat-mel_2bar_small", {"encoder": "lstm"}, {}, "forwards only"),
        ("cat-mel_2bar_small", {"residual_decoder": True}, {}, "residual"),
        ("cat-mel_2bar_small", {"max_seq_len": 33}, {"add_end_token": True}, "end token"),
        ("cat-mel_2bar_small", {"max_seq_len": 64}, {"steps_per_quarter": 8}, "8 steps a quarter"),
        ("cat-mel_2bar_small", {"dec_rnn_size": (256, 512)}, {}, r"\(256, 512\) units"),
        ("hier-mel_16bar", {"autoregressive_levels": (0,)}, {}, "conductor gets the segments"),
        ("hier-mel_16bar", {"decoder_levels": (8, 32)}, {}, "differ in length"),
        ("hier-mel_16bar", {"encoder_levels": (4, 4, 16)}, {}, "3 and 2 levels"),
        ("groovae_2bar_humanize", {"max_seq_len": 288}, {"split_instruments": True}, "a step of its own"),
        ("groovae_4bar", {}, {"fixed_velocities": True}, "no velocities"),
        ("hier-multiperf_vel_1bar_med", {}, {"quarters_per_bar": 3}, "one bar of 4/4"),
    ],
)
def test_every_limit_of_magenta_js_is_a_reason(name, hparams, converter, reason):
    preset = get_preset(name)
    config = dataclasses.replace(
        preset,
        hparams=dataclasses.replace(preset.hparams, **hparams),
        converter=dataclasses.replace(preset.converter, **converter),
    )
    with pytest.raises(UserError, match=reason):
        spec_of(config)


@pytest.mark.parametrize(
    "name", ["cat-mel_2bar_small", "cat-mel_2bar_3beat_small", "cat-drums_2bar_small", "groovae_4bar"]
)
def test_a_preset_at_full_size_is_recognised(tmp_path, name):
    config = get_preset(name)
    TrainedModel(make_model(config, seed=1), config).export_magenta_js(tmp_path / "mine")
    (tmp_path / "mine" / "midime.json").unlink()
    assert load(tmp_path / "mine").config == config


def test_a_forget_bias_keeps_its_last_bits():
    model = lively_model(MELODIES)
    lost = forget_remainders(model)
    assert sum(np.count_nonzero(array) for array in lost.values()) > 10  # or there would be nothing to keep
    arrays = to_original(model, lambda weight: weight.numpy())
    again = make_model(MELODIES, seed=5)
    load_variables(again, arrays)
    assert not same_weights(model, again)
    load_variables(again, arrays | lost)
    assert same_weights(model, again)


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_quantised_weights_are_within_half_a_step(tmp_path, kind):
    model = trained()
    model.export_magenta_js(tmp_path / "small", quantize=kind)
    manifest = json.loads((tmp_path / "small" / "weights_manifest.json").read_text())
    original = to_original(model.model, lambda weight: weight.numpy())
    read = magenta_js.read_variables(tmp_path / "small")
    assert len(manifest[0]["weights"]) == len(original)
    for entry in manifest[0]["weights"]:
        scale = entry["quantization"]["scale"]
        error = np.abs(read[entry["name"]] - original[entry["name"]]).max()
        rounding = np.spacing(np.abs(original[entry["name"]]).max())
        assert 0 < error <= 0.5 * scale + rounding
    size = sum(file.stat().st_size for file in (tmp_path / "small").glob("group1-*"))
    assert size == sum(array.size for array in original.values()) * np.dtype(kind).itemsize
    assert load(tmp_path / "small").encode_arrays(melodies(2)).mu.shape == (2, 8)


@given(
    arrays.arrays(
        np.float32, st.integers(1, 30), elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
    ),
    st.sampled_from(["uint8", "uint16"]),
)
def test_zero_stays_zero_and_nothing_moves_by_more_than_half_a_step(array, kind):
    numbers, scale, least = quantized(array, kind)
    values = numbers * np.float64(scale) + least
    assert np.all(np.abs(values - array) <= 0.500001 * scale)
    if array.min() < 0 < array.max():
        assert np.all(values[array == 0] == 0)


def test_a_folder_as_others_write_it(tmp_path):
    """Bytes by hand, in two shards of odd lengths, one array of each type."""
    listed = [
        {"name": "a", "shape": [2, 2], "dtype": "float32"},
        {"name": "b", "shape": [3], "dtype": "float32",
         "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}},
        {"name": "c", "shape": [2], "dtype": "float32",
         "quantization": {"dtype": "uint16", "scale": 0.25, "min": -64.0}},
        {"name": "d", "shape": [1], "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "e", "shape": [], "dtype": "int32"},
    ]  # fmt: skip
    data = struct.pack("<4f3B2Hei", 1, -2, 3.5, 0, 0, 2, 255, 256, 65535, 0.5, 7)
    (tmp_path / "one").write_bytes(data[:13])
    (tmp_path / "two").write_bytes(data[13:])
    read = read_weights([{"paths": ["one", "two"], "weights": listed}], tmp_path)
    expected = {
        "a": [[1, -2], [3.5, 0]], "b": [-1, 0, 126.5], "c": [0, 16319.75], "d": [0.5], "e": 7,
    }  # fmt: skip
    assert {name: array.tolist() for name, array in read.items()} == expected
    assert all(array.dtype == np.float32 for array in read.values())


def test_the_bundled_model_there_and_back(tmp_path):
    base = load("mel_2bar")
    base.export_magenta_js(tmp_path / "mel_2bar")
    shards = sorted((tmp_path / "mel_2bar").glob("group1-shard*"))
    assert [file.stat().st_size for file in shards[:-1]] == [4 * 2**20] * (len(shards) - 1)
    assert shards[0].name == f"group1-shard1of{len(shards)}"
    assert json.loads((tmp_path / "mel_2bar" / "config.json").read_text()) == {
        "type": "MusicVAE",
        "dataConverter": {
            "type": "MelodyConverter",
            "args": {"numSteps": 32, "minPitch": 21, "maxPitch": 108},
        },
    }
    again = load(tmp_path / "mel_2bar")
    music = melodies(3)
    np.testing.assert_array_equal(again.encode_arrays(music).mu, base.encode_arrays(music).mu)
    assert find(tmp_path / "mel_2bar") == tmp_path / "mel_2bar"


def test_attribute_vectors_go_along(tmp_path):
    model = lively_model(MELODIES)
    model_folder.save(model, MELODIES, tmp_path / "model", "A card.")
    vectors = np.arange(16, dtype=np.float32).reshape(2, 8)
    AttributeVectors(
        ("density", "interval"), vectors, 2 * vectors, np.ones((2, 2), np.int64), np.ones(2), np.zeros((2, 2))
    ).save(tmp_path / "model")
    load(tmp_path / "model").export_magenta_js(tmp_path / "mine")
    written = json.loads((tmp_path / "mine" / "attribute_vectors.json").read_text())
    assert written == {
        "density": {"more": list(range(8)), "less": list(range(0, 16, 2))},
        "interval": {"more": list(range(8, 16)), "less": list(range(16, 32, 2))},
    }
    again = load(tmp_path / "mine").attributes
    assert again.names == ("density", "interval") and again.counts.tolist() == [[1, 1], [1, 1]]
    np.testing.assert_array_equal(again.less, 2 * vectors)


def test_a_missing_vector_is_null(tmp_path):
    model = lively_model(MELODIES)
    model_folder.save(model, MELODIES, tmp_path / "model", "A card.")
    more, less = np.full((1, 8), np.nan, np.float32), np.ones((1, 8), np.float32)
    row = np.ones((1, 2))
    AttributeVectors(("density",), more, less, row, np.ones(1), row).save(tmp_path / "model")
    load(tmp_path / "model").export_magenta_js(tmp_path / "mine")
    written = json.loads((tmp_path / "mine" / "attribute_vectors.json").read_text())
    assert written == {"density": {"more": None, "less": [1.0] * 8}}


def test_without_sigma_the_posterior_is_nearly_a_point(exported):
    model, path = exported
    variables = magenta_js.read_variables(path)
    kept = {name: array for name, array in variables.items() if "sigma" not in name}
    (path / "weights_manifest.json").write_text(
        json.dumps(magenta_js.write_weights(kept, path))  # over the old shards
    )
    again, music = load(path), melodies(3)
    np.testing.assert_array_equal(again.encode_arrays(music).mu, model.encode_arrays(music).mu)
    np.testing.assert_allclose(again.encode_arrays(music).sigma, np.log1p(np.exp(-10.0)), rtol=1e-4)


def test_a_warm_start_from_a_folder(exported):
    model, path = exported
    fresh = make_model(MELODIES, seed=7)
    first_weights(path, MELODIES)(fresh)
    assert same_weights(fresh, model.model)
    with pytest.raises(UserError, match="z_size is 8 there and 6 in the config"):
        first_weights(path, reduced("cat-mel_2bar_small"))
