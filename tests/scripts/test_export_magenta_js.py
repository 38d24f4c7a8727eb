"""Models for web pages, from the command line."""

import functools
import json
import subprocess
import sys

import numpy as np
import pytest
from midime_scripts import export_magenta_js

import small_vae
from base_vae.checkpoints import model_folder
from base_vae.checkpoints.magenta import checkpoint
from base_vae.loading import load
from small_vae.training import personalize
from tests.checkpoints.test_magenta_js import MELODIES, same_weights, small
from tests.scripts.commands import COMMANDS
from tests.tiny_models import lively_model, melodies


@pytest.fixture
def export(run, monkeypatch):
    monkeypatch.setitem(COMMANDS, "export_magenta_js", (export_magenta_js, export_magenta_js.export))
    return functools.partial(run, "export_magenta_js")


@pytest.fixture(scope="module")
def melody_base(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "model"
    model_folder.save(lively_model(MELODIES), MELODIES, path, "A base for tests.")
    return str(path)


@pytest.fixture(scope="module")
def mine(melody_base, tmp_path_factory):
    """Folder of a personal model."""
    base = load(melody_base)
    music = [base.config.converter.decode(array) for array in melodies(8).reshape(2, -1)]
    path = tmp_path_factory.mktemp("mine") / "model"
    personalize(base, music, seed=1).save(str(path))
    return str(path)


def test_a_base_is_written_and_can_be_named_wherever_a_model_can(export, run, melody_base, tmp_path):
    code, said, error = export(f"--checkpoint_file={melody_base}", f"--output_dir={tmp_path / 'page'}")
    assert code == 0, error
    assert str(tmp_path / "page") in said
    assert same_weights(load(tmp_path / "page").model, load(melody_base).model)
    for name, source in (("a", melody_base), ("b", tmp_path / "page")):
        code, _, error = run(
            "music_vae_generate", f"--checkpoint_file={source}", f"--output_dir={tmp_path / name}", "--seed=2"
        )
        assert code == 0, error
    one, other = (sorted((tmp_path / name).glob("*.mid")) for name in "ab")
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in other]


@pytest.mark.parametrize(("kind", "share"), [("uint8", 0.25), ("uint16", 0.5)])
def test_quantised_weights_take_less_room(export, melody_base, tmp_path, kind, share):
    sizes = []
    for more in (["--quantize=none"], [f"--quantize={kind}"]):
        out = tmp_path / str(len(sizes))
        code, _, error = export(f"--checkpoint_file={melody_base}", f"--output_dir={out}", *more)
        assert code == 0, error
        sizes.append(sum(file.stat().st_size for file in out.glob("group1-*")))
    assert sizes[1] == pytest.approx(share * sizes[0], rel=0.05)


def test_a_checkpoint_must_be_what_the_config_says(export, tmp_path):
    checkpoint.write_checkpoint(lively_model(small("groovae_4bar")), tmp_path / "model.ckpt-1")
    page = tmp_path / "page"
    code, _, error = export(
        f"--checkpoint_file={tmp_path / 'model.ckpt-1'}", f"--output_dir={page}", "--config=groovae_4bar"
    )
    assert code == 1 and "z_size is 6 there and 256 in the config" in error
    assert not page.exists()


def test_a_personal_model_goes_with_its_base(export, mine, melody_base, tmp_path):
    code, _, error = export(f"--model={mine}", f"--output_dir={tmp_path / 'page'}", "--quantize=uint16")
    assert code == 0, error
    page = tmp_path / "page"
    assert sorted(file.name for file in page.iterdir()) == ["base", "personal"]
    about = json.loads((page / "personal" / "personal.json").read_text())
    assert (about["knobs"], about["base"], about["attributes"]) == (4, "cat-mel_2bar_small", [])
    personal = small_vae.load(mine)
    for name, shape in (("decoder", [4, 64]), ("encoder", [8, 1024]), ("variety", [8, 8])):
        model = json.loads((page / "personal" / name / "model.json").read_text())
        first = model["weightsManifest"][0]["weights"][0]
        assert first["shape"] == shape and "quantization" not in first
    kernel = np.frombuffer((page / "personal" / "variety" / "group1-shard1of1").read_bytes(), "<f4")
    np.testing.assert_allclose(kernel.reshape(8, 8), personal.spread, rtol=1e-6)
    np.testing.assert_allclose(
        load(page / "base").encode_arrays(melodies(2)).mu,
        load(melody_base).encode_arrays(melodies(2)).mu,
        atol=1e-2,
    )


def test_what_cannot_run_there_is_one_line(export, saved, tmp_path):
    path, _ = saved("hierdec-mel_16bar")
    code, said, error = export(f"--checkpoint_file={path}", f"--output_dir={tmp_path / 'page'}")
    assert code == 1 and said == ""
    assert "hierdec-mel_16bar cannot run in Magenta.js: its encoder has 2 layers" in error
    assert len(error.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "--output_dir must be given"),
        (("--output_dir=x",), "give a model with --checkpoint_file"),
        (
            ("--output_dir=x", "--checkpoint_file=mel_2bar", "--model=m"),
            "give a model with --checkpoint_file",
        ),
        (("--output_dir=x", "--checkpoint_file=mel_2bar", "--base=b"), "--base goes with --model"),
        (
            ("--output_dir=x", "--checkpoint_file=mel_2bar", "--quantize=int8"),
            "uint8, uint16, none (received 'int8')",
        ),
        (("--output_dir=.", "--checkpoint_file=mel_2bar"), "exists already"),
        (("--output_dir=x", "--checkpoint_file=mel_9bar"), "mel_2bar"),
        (("--output_dir=x", "--checkpoint_file=mel_2bar", "--config=groovae_4bar"), "mel_2bar is of config"),
        (("--output_dir=x", "--model=mel_2bar"), "mel_2bar is not a model folder"),
    ],
)
def test_mistakes_are_explained(export, argv, message):
    code, _, error = export(*argv)
    assert code == 1 and message in error


def test_help_answers_without_tensorflow():
    code = (
        "import sys; from midime_scripts import export_magenta_js as c\n"
        "from midime_scripts.common import command\n"
        "wrong = ['x', '--quantize=1', '--output_dir=x', '--model=m']\n"
        "assert command.run(c.export, c.FLAGS, c.USAGE, wrong) == 1\n"
        "assert command.run(c.export, c.FLAGS, c.USAGE, ['x', '--help']) == 0\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--quantize must be one of none, uint8, uint16" in done.stderr
