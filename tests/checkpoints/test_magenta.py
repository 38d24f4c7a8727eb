"""Checkpoints of the original: read as what they are, refused with a reason, and begun from."""

import dataclasses
import gzip
import io
import json
import shutil
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.architecture import architecture, architecture_of, presets_like
from base_vae.checkpoints.magenta import archive, checkpoint
from base_vae.checkpoints.magenta.variables import to_original
from base_vae.configs.presets import PRESETS, get_preset
from base_vae.errors import UserError
from base_vae.loading import first_weights, load
from base_vae.model.music_vae import MusicVAE
from base_vae.settings import override
from base_vae.training.train import RunSettings, make_model, train
from benchmarks.conformance import models
from tests.paths import GOLDEN
from tests.tiny_models import CONFIG, lively_model, melodies, reduced

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


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where temporary folders go: nothing may stay there."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    yield path
    assert list(path.iterdir()) == []


def variables_of(path):
    with np.load(path) as case:
        return {name[4:]: case[name] for name in case if name.startswith("var/")}


def as_trained(variables):
    """The variables with what the original's training leaves beside them, on one GPU with cuDNN."""
    rng = np.random.default_rng(0)
    slots = {
        f"{name}/{slot}": rng.normal(size=value.shape).astype(np.float32)
        for name, value in variables.items()
        for slot in ("Adam", "Adam_1", "ExponentialMovingAverage")
    }
    powers = {"beta1_power": np.float32(0.5), "beta2_power": np.float32(0.9), "global_step": np.int64(1234)}
    cudnn = {f"decoder/opaque_kernel{slot}": np.zeros(7, np.float32) for slot in ("", "/Adam", "/Adam_1")}
    return {**variables, **slots, **powers, **cudnn}


def pack(path, prefix):
    """A tar of a checkpoint, as the published ones are."""
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as tar:
        for file in sorted(prefix.parent.glob(f"{prefix.name}.*")):
            tar.add(file, arcname=file.name)
    return path


@pytest.fixture
def written(tmp_path):
    """A checkpoint `model.ckpt-1234` of a small model, in a folder of its own, and the model."""
    model = lively_model()
    (tmp_path / "run").mkdir()
    prefix = tmp_path / "run" / "model.ckpt-1234"
    checkpoint.write_arrays(as_trained(to_original(model, lambda weight: weight.numpy())), prefix)
    return model, prefix


def assert_same_weights(one, other):
    """Equal, but for the forget gates' biases, which are stored with 1 less."""
    for a, b in zip(one.trainable_weights, other.trainable_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=5e-7 if a.name == "bias" else 0, err_msg=a.path)


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


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz"])
def test_a_checkpoint_is_found_in_an_archive(written, tmp_path, temporary, ending):
    model, prefix = written
    loaded = load(pack(tmp_path / f"some{ending}", prefix), CONFIG)
    assert_same_weights(loaded.model, model)
    assert int(loaded.model.global_step.numpy()) == 0


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
    with pytest.raises(UserError, match=r"no known config.*z_size 8"):
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


def test_damaged_files_are_named(written, tmp_path, temporary):
    _, prefix = written
    tar = pack(tmp_path / "some.tgz", prefix)
    tar.write_bytes(tar.read_bytes()[:2000])
    with pytest.raises(UserError, match=r"some\.tgz cannot be read as a tar file .*fetch it again"):
        load(tar, CONFIG)
    data = Path(f"{prefix}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(UserError, match=r"model\.ckpt-1234 cannot be read as a checkpoint"):
        load(prefix, CONFIG)
    data.unlink()
    with pytest.raises(UserError, match=r"its \.data file is missing"):
        load(prefix, CONFIG)


HOSTILE = {
    "absolute path": tarfile.TarInfo("/tmp/model.ckpt.index"),
    "absolute": tarfile.TarInfo("C:\\model.ckpt.index"),
    "leaves the folder": tarfile.TarInfo("a/../../model.ckpt.index"),
    "leaves the folder ": tarfile.TarInfo("..\\model.ckpt.index"),
    "is a link": tarfile.TarInfo("model.ckpt.index"),
    "a link": tarfile.TarInfo("model.ckpt.index"),
    "neither a file nor a folder": tarfile.TarInfo("model.ckpt.index"),
}
HOSTILE["is a link"].type, HOSTILE["is a link"].linkname = tarfile.SYMTYPE, "/etc/passwd"
HOSTILE["a link"].type, HOSTILE["a link"].linkname = tarfile.LNKTYPE, "/etc/passwd"
HOSTILE["neither a file nor a folder"].type = tarfile.CHRTYPE


@pytest.mark.parametrize("reason", HOSTILE)
def test_archives_that_reach_out_of_their_folder_are_refused(written, tmp_path, temporary, reason):
    tar = pack(tmp_path / "some.tar", written[1])
    with tarfile.open(tar, "a") as more:
        more.addfile(HOSTILE[reason], io.BytesIO(b""))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=f"some.tar is refused: its member .* {reason.strip()}"):
        load(tar, CONFIG)
    assert sorted(tmp_path.rglob("*")) == before


def test_archives_that_are_too_large_empty_or_ambiguous_are_refused(written, tmp_path, temporary):
    tar = pack(tmp_path / "some.tar", written[1])
    with pytest.raises(UserError, match=r"more than 9\.31e-07 GiB"), archive.unpacked(tar, max_bytes=1000):
        pass
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    with pytest.raises(UserError, match=r"no \.index file"):
        load(tmp_path / "empty.tar", CONFIG)
    with tarfile.open(tar, "a") as more:
        more.add(f"{written[1]}.index", arcname="other.ckpt.index")
    with pytest.raises(UserError, match=r"several checkpoints \(model\.ckpt-1234, other\.ckpt\)"):
        load(tar, CONFIG)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_headers_of_archives_that_would_take_all_memory_are_refused_unread(tmp_path, temporary, kind):
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 2**33
    packed = gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
    (tmp_path / "some.tgz").write_bytes(packed)
    with pytest.raises(
        UserError, match=r"some\.tgz cannot be read as a tar file \(a header of 8,589,934,592 b"
    ):
        load(tmp_path / "some.tgz", CONFIG)


@pytest.mark.parametrize("kind", ["folder", "checkpoint", "tar"])
def test_the_first_weights_are_those_of_the_source(written, tmp_path, kind):
    source, path = written
    if kind == "folder":
        source.global_step.assign(1234)
        path = tmp_path / "source"
        model_folder.save(source, CONFIG, path, "A card.")
    elif kind == "tar":
        path = pack(tmp_path / "some.tar", path)
    model = make_model(CONFIG)
    first_weights(path, CONFIG)(model)
    assert_same_weights(model, source)
    assert int(model.global_step.numpy()) == 0


def test_a_warm_start_begins_there_with_a_fresh_optimizer(written, tmp_path):
    source, path = written
    set_weights, begun = first_weights(path, CONFIG), []

    def remember(model):
        set_weights(model)
        assert_same_weights(model, source)
        begun.append(model)

    settings = RunSettings(num_steps=1, checkpoint_steps=1)
    warm = train(CONFIG, melodies(8), tmp_path / "warm", settings, remember)
    assert int(warm.global_step.numpy()) == int(warm.optimizer.iterations.numpy()) == 1

    def distance(other):
        pairs = zip(warm.trainable_weights, other.trainable_weights, strict=True)
        return max(np.abs(a.numpy() - b.numpy()).max() for a, b in pairs)

    assert 0 < distance(source) < 0.02  # Adam's first step is the learning rate, 0.01
    assert distance(make_model(CONFIG, settings.seed)) > 0.5
    again = train(CONFIG, melodies(8), tmp_path / "warm", settings, remember)
    assert_same_weights(again, warm)  # a run that goes on is not set back
    assert begun == [warm]


def test_fine_tuning_the_bundled_model_begins_with_its_loss():
    config = get_preset("cat-mel_2bar_small")
    model, bundled = make_model(config), load("mel_2bar")
    examples = melodies(8)
    batch = config.converter.tensors(tf.constant(examples, tf.int32))
    noise, step = tf.zeros([8, config.hparams.z_size]), tf.constant(0)
    fresh = model.elbo(batch, noise, step)["loss"]
    first_weights("mel_2bar", config)(model)
    loss = model.elbo(batch, noise, step)["loss"]
    assert float(loss) == float(bundled.model.elbo(batch, noise, step)["loss"])
    assert abs(float(loss) - float(fresh)) > 1
    assert int(model.global_step.numpy()) == 0


@pytest.mark.parametrize("kind", ["folder", "checkpoint"])
def test_a_source_that_does_not_fit_is_refused_before_training(written, tmp_path, kind):
    model, path = written
    if kind == "folder":
        path = tmp_path / "source"
        model_folder.save(model, CONFIG, path, "A card.")
    other = dataclasses.replace(CONFIG, hparams=override(CONFIG.hparams, "z_size=9,dec_rnn_size=12"))
    with pytest.raises(UserError) as caught:
        first_weights(path, other)
    message = str(caught.value)
    assert "z_size is 8 there and 9 in the config" in message
    assert "dec_rnn_size is (12, 10) there and (12,) in the config" in message
    for name in ("encoder/mu/kernel", "encoder/mu/bias", "decoder/z_to_initial_state/kernel"):
        assert f"{name} has shape" in message
    with pytest.raises(UserError, match="no model is called"):
        first_weights(tmp_path / "nothing", CONFIG)


@pytest.mark.slow
def test_a_published_size_comes_back_from_a_tar(tmp_path, temporary):
    config = get_preset("cat-mel_2bar_small")
    model = lively_model(config)
    checkpoint.write_checkpoint(model, tmp_path / "cat-mel_2bar_small.ckpt")
    loaded = load(pack(tmp_path / "cat-mel_2bar_small.tar", tmp_path / "cat-mel_2bar_small.ckpt"))
    assert isinstance(loaded.model, MusicVAE) and loaded.config == config
    assert_same_weights(loaded.model, model)
