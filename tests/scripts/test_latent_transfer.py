"""One style translated into another from the command line."""

import functools
import re

import numpy as np
import pytest
from midime_scripts import latent_transfer

from base_vae.readers.read import read_file
from tests.paths import EXAMPLES
from tests.scripts.commands import midi_files

TINY = "--hparams=size=16,layers=[128],num_steps=300,batch_size=32"


@pytest.fixture
def run(as_installed):
    return functools.partial(as_installed, latent_transfer)


def notes(path):
    piece = read_file(path).pieces[0]
    return np.stack([piece.pitch, piece.start])


def test_hymns_become_reels(run, tmp_path):
    run_dir = tmp_path / "run"
    code, said, error = run(
        "--mode=train",
        f"--style_a={EXAMPLES / 'hymns'}",
        f"--style_b={EXAMPLES / 'reels'}",
        f"--run_dir={run_dir}",
        TINY,
    )
    assert code == 0, error
    assert f"kept the transfer: {run_dir}/model" in said
    assert re.search(r"step 300: classification .* loss .* swd", error)
    assert "Style b: " in (run_dir / "model" / "README.md").read_text()

    made = {}
    for name, flags in (
        ("all", []),
        ("again", []),
        ("none", ["--amount=0"]),
        ("back", ["--towards=a"]),
    ):
        out = tmp_path / name
        code, said, error = run(
            "--mode=transform",
            f"--run_dir={run_dir}",
            f"--midi={EXAMPLES / 'hymns' / 'dundee.abc'}",
            f"--output_dir={out}",
            *flags,
        )
        assert code == 0, error
        assert len(midi_files(out)) == 2
        made[name] = notes(next(out.glob("dundee_*_as_a.mid" if name == "back" else "dundee_*_as_b.mid")))
    np.testing.assert_array_equal(made["all"], made["again"])
    assert not np.array_equal(made["all"], made["none"])
    assert not np.array_equal(made["all"], made["back"])

    code, _, error = run(
        "--mode=train",
        f"--style_a={EXAMPLES / 'hymns'}",
        f"--style_b={EXAMPLES / 'reels'}",
        f"--run_dir={run_dir}",
    )
    assert code == 1
    assert "exists" in error


STYLES = [f"--style_{style}={EXAMPLES / name}" for style, name in (("a", "hymns"), ("b", "reels"))]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--mode must be given"),
        (["--mode=evaluate"], "train, transform"),
        (["--mode=train", "--run_dir=x"], "--style_a, --style_b must be given"),
        (["--mode=transform", "--run_dir=x", "--output_dir=y", "--midi=z", "--towards=c"], "one of a, b"),
        (["--mode=transform", "--run_dir=x", "--output_dir=y", "--midi=z", "--amount=-1"], "at least 0"),
        (["--mode=train", "--run_dir=x", *STYLES, "--hparams=layer=3"], "layers"),
        (["--mode=transform", "--run_dir=x", "--output_dir=y", "--midi=z"], "x is not a model folder"),
    ],
)
def test_wrong_flags_are_said(run, monkeypatch, tmp_path, flags, message):
    monkeypatch.chdir(tmp_path)
    code, _, error = run(*flags)
    assert code == 1
    assert error.startswith("error: ")
    assert re.search(message, error)
