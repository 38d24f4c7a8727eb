"""Checkpoints of the original: found, read as what they are, and refused with a reason."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.architecture import architecture, architecture_of, presets_like
from base_vae.checkpoints.magenta import checkpoint
from base_vae.checkpoints.magenta.variables import to_original
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.training.train import make_model
from benchmarks.conformance import models
from tests.checkpoints.magenta_files import as_trained, assert_same_weights, pack
from tests.paths import GOLDEN
from tests.tiny_models import CONFIG, lively_model, reduced

CASE = GOLDEN / "models" / "bilstm_cat.npz"
GOLDEN = [
    "bilstm_cat_2layer_enc",
    "bilstm_cat_controls",
    "bilstm_cat_residual",
    "bilstm_ctlpreprocess_cat",
    "bilstm_groove",
    "bilstm_groove_hitscontrol",
    "bilstm_hierdec_cat",
    "bilstm_hierdec_cat_autoreg",
    "bilstm_hierdec_split",
    "bilstm_multiout",
    "bilstm_nade",
    "hier3_hierdec_cat",
    "hier_hierdec_cat_reencode",
    "hier_hierdec_cat_seglens",
    "hier_hierdec_cat_seglens_controls",
    "lstm_boolean",
]
FIGURES = ("enc/mu", "enc/sigma", "dec/rnn_output")


def variables_of(path):
    with np.load(path) as case:
        return {name[4:]: case[name] for name in case if name.startswith("var/")}


def check_golden(path, tmp_path):
    prefix = tmp_path / "model.ckpt-1234"
    checkpoint.write_arrays(as_trained(variables_of(path)), prefix)
    read = checkpoint.read_variables(checkpoint.locate(pack(tmp_path / "case.tar", prefix)))
    with np.load(path) as golden:
        case = {name: golden[name] for name in golden if not name.startswith("var/")}
    figures = set(FIGURES)
    for what, difference, tolerance in models.check_model(
        {**case, **{f"var/{name}": value for name, value in read.items()}}
    ):
        assert difference <= tolerance, (what, difference)
        figures.discard(what)
        if not figures:  # the rest is not about reading
            break
    assert not figures
    check_architecture(case, read)


def check_architecture(case, variables):
    """What the shapes tell is what the case was made of."""
    meta = json.loads(str(case["meta_json"]))

    @dataclasses.dataclass
    class Made:
        name = "golden"
        hparams = models.make_hparams(meta)
        converter = type("Converter", (), {"spaces": models.make_spaces(meta, case)})

    assert architecture_of({name: value.shape for name, value in variables.items()}) == architecture(Made())


def test_a_checkpoint_in_a_tar_gives_the_figures_of_the_original(tmp_path, temporary):
    check_golden(CASE, tmp_path)


@pytest.mark.parametrize("name", GOLDEN)
def test_so_does_every_other_architecture(shared, tmp_path, name):
    check_golden(shared / "golden" / "models" / f"{name}.npz", tmp_path)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_comes_back_from_a_checkpoint(tmp_path, name):
    config = reduced(name)
    model = lively_model(config)
    checkpoint.write_checkpoint(model, tmp_path / "model.ckpt-7")
    shapes = checkpoint.read_shapes(tmp_path / "model.ckpt-7")
    assert architecture_of(shapes) == architecture(config)
    loaded = load(tmp_path / "model.ckpt-7", config)
    assert loaded.config == config
    assert_same_weights(loaded.model, model)
    with pytest.raises(UserError, match="exists already"):
        checkpoint.write_checkpoint(model, tmp_path / "model.ckpt-7")


def test_a_checkpoint_is_found_by_prefix_file_and_folder(written, tmp_path):
    _, prefix = written
    run = prefix.parent
    for path in (prefix, f"{prefix}.index", f"{prefix}.data-00000-of-00001", run):
        assert checkpoint.locate(path) == prefix
    for file in list(run.iterdir()):
        shutil.copy(file, str(file).replace("-1234", "-99"))
    assert checkpoint.locate(run) == prefix
    (run / "checkpoint").write_text('model_checkpoint_path: "/elsewhere/model.ckpt-99"\n')
    assert checkpoint.locate(run) == run / "model.ckpt-99"
    assert checkpoint.locate(tmp_path) is None
    with pytest.raises(UserError, match="nor a checkpoint of the original"):
        load(tmp_path)


def test_the_names_of_cudnns_own_saver_are_read_too(tmp_path):
    """Its cells add nothing to the forget gate, so the same LSTM has a bias that is 1 more there."""
    variables = variables_of(CASE)
    usual, cudnn = "/lstm_cell/", "/cudnn_compatible_lstm_cell/"
    renamed = {name.replace(usual, cudnn): value for name, value in variables.items()}
    for name, value in renamed.items():
        if name.endswith(f"{cudnn}bias"):
            i, j, f, o = np.split(value, 4)
            renamed[name] = np.concatenate([i, j, f + 1, o])
    checkpoint.write_arrays(renamed, tmp_path / "model.ckpt")
    read = checkpoint.read_variables(tmp_path / "model.ckpt")
    assert set(read) == set(variables)
    for name, value in variables.items():
        np.testing.assert_allclose(read[name], value, rtol=0, atol=2e-7, err_msg=name)


def test_missing_and_misshaped_variables_are_named_together(tmp_path):
    variables = to_original(lively_model(), lambda weight: weight.numpy())
    del variables["encoder/sigma/bias"]
    variables["encoder/mu/kernel"] = variables["encoder/mu/kernel"][1:]
    checkpoint.write_arrays(variables, tmp_path / "model.ckpt-1")
    with pytest.raises(UserError) as caught:
        load(tmp_path / "model.ckpt-1", CONFIG)
    message = str(caught.value)
    assert "encoder/sigma/bias is missing" in message
    assert "encoder/mu/kernel has shape (31, 8), the model needs (32, 8)" in message
    assert "tried as config cat-mel_2bar_small" in message
    assert "\n" not in message


def test_a_wrong_config_is_told_the_right_one(tmp_path):
    model = make_model(get_preset("cat-mel_2bar_small"))
    checkpoint.write_checkpoint(model, tmp_path / "cat-mel_2bar_small.ckpt")
    with pytest.raises(UserError) as caught:
        load(tmp_path / "cat-mel_2bar_small.ckpt", "cat-drums_2bar_small")
    message = str(caught.value)
    assert "tried as config cat-drums_2bar_small" in message
    assert "width of the output is 90 there and 512 in the config" in message
    assert "its shapes are those of config cat-mel_2bar_small: take that" in message


def test_the_config_is_deduced_from_the_name_or_else_the_shapes(tmp_path, temporary):
    checkpoint.write_checkpoint(make_model(get_preset("groovae_2bar_humanize")), tmp_path / "model.ckpt-1")
    tar = pack(tmp_path / "groovae_2bar_humanize.tar", tmp_path / "model.ckpt-1")
    assert load(tar).config.name == "groovae_2bar_humanize"
    with pytest.raises(UserError, match=r"several configs, groovae_4bar, .*groovae_2bar_add_closed_hh"):
        load(tmp_path / "model.ckpt-1")
    checkpoint.write_checkpoint(make_model(get_preset("cat-mel_2bar_small")), tmp_path / "other.ckpt-1")
    assert load(tmp_path / "other.ckpt-1").config.name == "cat-mel_2bar_small"
    checkpoint.write_checkpoint(lively_model(), tmp_path / "tiny.ckpt-1")
    with pytest.raises(UserError, match=r"fits no known config.*z_size 8"):
        load(tmp_path / "tiny.ckpt-1")


def test_shapes_tell_all_presets_apart_that_differ_in_them():
    drummers = presets_like(architecture(PRESETS["groovae_4bar"]))
    assert len(drummers) == 5 and all(name.startswith("groovae_") for name in drummers)
    # No file of the original is in 3/4, and those of ours say it.
    others = {"cat-mel_2bar_3beat_small": ["cat-mel_2bar_small"], **dict.fromkeys(drummers, drummers)}
    for name, config in PRESETS.items():
        assert presets_like(architecture(config)) == others.get(name, [name])


def test_a_model_folder_must_be_of_the_config_that_is_asked_for(tmp_path):
    model_folder.save(lively_model(), CONFIG, tmp_path / "model", "A card.")
    assert load(tmp_path / "model", CONFIG).config == CONFIG
    assert load(tmp_path / "model", CONFIG.name).config == CONFIG  # which others may have had with --hparams
    with pytest.raises(UserError, match="z_size is 8 there and 256"):
        load(tmp_path / "model", get_preset(CONFIG.name))
    with pytest.raises(UserError, match="is of config cat-mel_2bar_small, not cat-drums_2bar_small"):
        load(tmp_path / "model", "cat-drums_2bar_small")


def test_what_is_no_checkpoint_of_the_original_is_refused(written, tmp_path):
    _, prefix = written
    Path(f"{prefix}.index").rename(tmp_path / "gone")
    with pytest.raises(UserError, match=r"no \.index file"):
        load(prefix, CONFIG)
    checkpoint.write_arrays({"generator/kernel": np.zeros(3, np.float32)}, tmp_path / "gan.ckpt")
    with pytest.raises(UserError, match="no variables of a MusicVAE"):
        load(tmp_path / "gan.ckpt", CONFIG)
    own = tf.train.Checkpoint(model=make_model(CONFIG)).save(str(tmp_path / "train" / "ckpt"))
    with pytest.raises(UserError, match="give the run folder itself"):
        load(own, CONFIG)
    (tmp_path / "page.tar").write_text("<html>")
    with pytest.raises(UserError, match="cannot be read as a tar"):
        load(tmp_path / "page.tar", CONFIG)
