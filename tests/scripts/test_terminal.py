"""What commands print: plain text, short values, and a quiet end where nobody reads."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from absl import flags
from midime_scripts.common import command
from midime_scripts.common.terminal import shortened

from tests.paths import ROOT

FILES = ["midime_train", "latent_constraints"]


def run(main, *argv: str) -> int:
    values = command.flag_values()
    flags.DEFINE_integer("steps", 1, "Steps.", flag_values=values)
    return command.run(main, values, "usage", ["name", *argv])


@pytest.mark.parametrize("name", ["midime_generate", "music_vae_train"])
def test_nobody_reads_on(name: str) -> None:
    code = f"import sys, midime_scripts.{name} as c; sys.argv = ['{name}', '--config=help']; c.main()"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_closed_outputs_and_the_version() -> None:
    code = "import os, sys, midime_scripts.midime_train as c; sys.argv = ['c', '--version']; c.main()"
    ask = [sys.executable, "-c", code]
    assert re.fullmatch(r"midime \d+\.\d+\.\d+\n", subprocess.check_output(ask, text=True))
    command_line = f"exec {shlex.join(ask)}"
    done = subprocess.run(f"{command_line} >&-", shell=True, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    done = subprocess.run(f"{command_line}x >&- 2>&-", shell=True, check=False)
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    code = "import sys, midime_scripts.midime_train as c; sys.argv = ['c', '--config=help']; c.main()"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "error: standard output cannot be written: No space left on device\n"


def test_a_full_disk_names_the_path(tmp_path: Path, capfd) -> None:
    def fill() -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "a.mid"))

    assert run(fill) == 1
    assert capfd.readouterr().err.startswith(f"error: {tmp_path / 'a.mid'}: No space left on device")


def test_names_do_not_move_the_cursor(capfd) -> None:
    run(lambda: print("wrote a\x1b[2J\rb\u202ec\td\n"))
    assert capfd.readouterr().out == "wrote a\\x1b[2J\\x0db\\x202ec\td\n\n"


def test_long_values_are_shortened(capfd) -> None:
    assert run(lambda: None, f"--steps={'9' * 10_000}x") == 1
    said = capfd.readouterr().err
    assert said.startswith("error: flag --steps=999") and len(said) < 1500
    assert shortened("a short one") == "a short one"
    assert len(shortened("word " * 10_000)) < 2500


@pytest.mark.parametrize("name", FILES)
def test_a_script_runs_as_a_file(name: str, tmp_path: Path) -> None:
    script = ROOT / "scripts" / f"{name}.py"
    done = subprocess.run(
        [sys.executable, script, "--run_dir=x", "--mode=play"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: --mode must be one of train, "), done.stderr


def test_help_begins_with_what_people_need() -> None:
    from midime_scripts import midime_generate

    text = command._help(midime_generate.FLAGS, "")
    places = [
        text.index(name) for name in ("--midi\n", "--temperature=", "--debug\n", "--max_file_mb", "--log")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        ("midime_generate", "--max_batch_size=-1", "max_batch_size"),
        ("midime_train", "--eval_dir_suffix=_x", "figures are printed here"),
        ("midime_train", "--num_sync_workers=2", "on one machine"),
        ("music_vae_train", "--task=1", "--strategy=mirrored"),
        ("music_vae_train", "--keep_checkpoint_every_n_hours=2", "--keep_checkpoints"),
        ("preprocess_tfrecord", "--log=loud", "must be one of DEBUG, INFO"),
    ],
)
def test_flags_of_the_original_are_obeyed_or_refused(name, argument, message, capfd) -> None:
    import importlib

    module = importlib.import_module(f"midime_scripts.{name}")
    assert command.run(lambda: None, module.FLAGS, "usage", [name, argument]) == 1
    assert message in capfd.readouterr().err
    module.FLAGS.unparse_flags()
    module.FLAGS[argument[2:].partition("=")[0]].unparse()
