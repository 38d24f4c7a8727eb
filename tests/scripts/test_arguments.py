"""What is wrong in the arguments is said before TensorFlow starts."""

import importlib
import json
import sys
from pathlib import Path

import pytest
from midime_scripts.common import arguments

from base_vae.errors import UserError
from tests import child_process
from tests.paths import EXAMPLES
from tests.scripts.commands import reset_flags

REELS = str(EXAMPLES / "reels")

MISTAKES = [
    ("midime_generate --midi=NONE --output_dir=OUT", "NONE: there is no such file or folder"),
    ("midime_generate --midi=BAD --output_dir=OUT", "BAD: not a MIDI file"),
    (
        "midime_generate --midi=REELS --output_dir=FILE/out",
        "FILE/out: cannot be written (FILE is",
    ),
    ("midime_generate --midi=REELS --output_dir=OUT --base=mel_9bar", "no model is called 'mel_9bar'"),
    ("midime_generate --midi=REELS --output_dir=OUT --knobs=1,2,3", "--knobs must be 4 numbers"),
    ("midime_generate --model=SAVED --output_dir=OUT --knobs=1,2", "--knobs must be 3 numbers"),
    ("midime_generate --midi=REELS --output_dir=OUT --knobs=1,nan,2,3", "--knobs must be numbers"),
    ("midime_generate --midi=REELS --output_dir=OUT --save_model=SAVED", "SAVED exists already"),
    ("midime_generate --midi=REELS --output_dir=OUT --vae_config=cat-mel", "unknown config 'cat-mel'"),
    ("midime_generate --midi=REELS --output_dir=OUT --num_outputs=10000 --num_bars=11", "at most 100,000"),
    ("midime_train --run_dir=OUT --examples_path=NONE", "NONE: there is no such"),
    ("midime_train --run_dir=OUT --examples_path=REELS --base=nothing", "no model is called 'nothing'"),
    ("midime_train --run_dir=NONE --examples_path=REELS --mode=eval", "NONE is not a model folder"),
    ("music_vae_generate --checkpoint_file=nothing --output_dir=OUT", "no model is called 'nothing'"),
    ("music_vae_generate --checkpoint_file=mel_2bar --step=4 --output_dir=OUT", "--step goes with --run_dir"),
    (
        "music_vae_generate --run_dir=SAVED --step=4 --output_dir=OUT",
        "no model is called 'SAVED/train/ckpt-4'",
    ),
    ("music_vae_generate --checkpoint_file=mel_2bar --output_dir=FILE", "FILE is not a folder"),
    (
        "music_vae_generate --checkpoint_file=mel_2bar --output_dir=OUT --input_midi_1=BAD",
        "--input_midi_1: BAD: not a MIDI file",
    ),
    (
        "music_vae_train --config=groovae_4bar --run_dir=OUT --examples_path=NONE",
        "NONE: there is",
    ),
    (
        "music_vae_train --config=groovae_4bar --run_dir=NONE --examples_path=REELS --mode=eval",
        "NONE",
    ),
    (
        "music_vae_train --config=groovae_4bar --run_dir=OUT --examples_path=REELS --step=4",
        "--step goes with --mode=eval",
    ),
    (
        "music_vae_train --config=groovae_4bar --run_dir=SAVED --examples_path=REELS --mode=eval --step=4",
        "no model is called 'SAVED/train/ckpt-4'",
    ),
    ("latent_plot rolls --checkpoint_file=mel_2bar --step=4 --output_dir=OUT", "--step goes with --run_dir"),
    (
        "latent_plot rolls --run_dir=SAVED --step=4 --output_dir=OUT",
        "no model is called 'SAVED/train/ckpt-4'",
    ),
    ("attribute_vectors apply --midi=REELS --attribute=loudness --output_dir=OUT", "loudness"),
    ("attribute_vectors apply --midi=REELS --attribute=kick_density --output_dir=OUT", "kick_density"),
    ("attribute_vectors apply --midi=NONE --attribute=density --output_dir=OUT", "--midi: NONE"),
    (
        "attribute_vectors apply --midi=REELS --attribute=density --output_dir=OUT --amount=inf",
        "is finite",
    ),
    ("midime_fade --midi=REELS --set=swing:1 --output_dir=OUT", "no attribute swing"),
    ("midime_fade --midi=NONE --set=density:1 --output_dir=OUT", "--midi: NONE"),
    ("latent_constraints --mode=evaluate --method=search", "--method=search goes with generate"),
    ("attribute_vectors compute --checkpoint_file=OUT --examples_path=REELS", "no model is called"),
    (
        "latent_constraints --mode=generate --run_dir=NONE --output_dir=OUT",
        "NONE is not a model folder",
    ),
    ("latent_constraints --mode=train --constraint=density:much --run_dir=OUT", "density must be high, low"),
    ("latent_constraints --mode=train --constraint=personal:NONE --run_dir=OUT", "NONE: there is no"),
    ("latent_transfer --mode=train --style_a=REELS --style_b=NONE --run_dir=OUT", "NONE: there is no"),
    ("latent_plot map --examples_path=NONE --output_dir=OUT", "--examples_path: NONE"),
    (
        "latent_plot attributes --evaluation=NONE --output_dir=OUT",
        "there is no file NONE",
    ),
    ("evaluate_music --generated=NONE --reference=REELS --output_dir=OUT", "--generated: NONE"),
    ("export_magenta_js --model=NONE --output_dir=OUT", "NONE is not a model folder"),
    ("export_magenta_js --checkpoint_file=mel_2bar --output_dir=SAVED", "SAVED exists already"),
]


def _make_mistakes(folder: str) -> None:
    import contextlib
    import io

    names = {name: f"{folder}/{name.lower()}" for name in ("NONE", "OUT", "FILE", "SAVED")}
    names |= {"REELS": REELS, "BAD": f"{folder}/bad.mid"}
    Path(names["FILE"]).write_text("a file")
    Path(names["BAD"]).write_bytes(b"no music")
    Path(names["SAVED"]).mkdir()
    settings = {"kind": "small_vae", "config": {"hparams": {"encoded_z_size": 3}}}
    Path(names["SAVED"], "config.json").write_text(json.dumps(settings))
    for line, message in MISTAKES:
        for name, value in names.items():
            line, message = line.replace(name, value), message.replace(name, value)
        name, *argv = line.split()
        module = importlib.import_module(f"midime_scripts.{name}")
        said = io.StringIO()
        reset_flags(module)
        sys.argv = [name, *argv]
        with contextlib.redirect_stderr(said):
            try:
                module.main()
            except SystemExit as left:
                assert left.code == 1, (line, left.code)
        assert message in said.getvalue() and said.getvalue().count("\n") == 1, (line, said.getvalue())
        assert not {"tensorflow", "keras", "matplotlib"} & set(sys.modules), line
        assert not Path(names["OUT"]).exists(), line


def test_every_mistake_is_a_line_before_tensorflow_starts(tmp_path: Path) -> None:
    child_process.run(_make_mistakes, tmp_path)


def test_music_is_good_enough_if_one_file_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"no music")
    with pytest.raises(UserError, match=r"--midi: .*a\.mid: not a MIDI file"):
        arguments.check_music(str(tmp_path), "midi")
    (tmp_path / "b.abc").write_text("X:1\nK:C\nCDEF|\n")
    arguments.check_music(str(tmp_path), "midi")


def test_a_step_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    for step in (2, 10):
        (tmp_path / f"ckpt-{step}.index").touch()
    arguments.check_model(str(tmp_path / "ckpt-10"))
    with pytest.raises(UserError, match=r"there is no .*ckpt-9: the run has the steps 2, 10$"):
        arguments.check_model(str(tmp_path / "ckpt-9"))
