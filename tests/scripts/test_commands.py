"""The commands as people type them: what they write, what they say, how they fail."""

import json
import os
import subprocess
import sys

import note_seq
import pytest
from midime_scripts.common import command

from base_vae.checkpoints.finding import bundled_models
from base_vae.configs.presets import ALIASES, PRESETS
from base_vae.loading import load
from base_vae.readers.read import read_file
from latent_constraints.lc_music_vae.config import PRESETS as LC_PRESETS
from small_vae.config import PRESETS as SMALL_PRESETS
from tests.scripts.commands import COMMANDS, midi_files


def test_songs_like_mine_and_the_kept_model(run, base, songs, tmp_path):
    out, kept = tmp_path / "out", tmp_path / "kept"
    code, said, error = run(
        "midime_generate", f"--midi={songs}", f"--base={base}", f"--output_dir={out}", "--num_outputs=3",
        "--num_bars=4", "--seed=5", "--plot", f"--save_model={kept}",
    )  # fmt: skip
    assert code == 0, error
    assert len(midi_files(out)) == 3
    (picture,) = out.glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert said.startswith("Read 3 songs\n") and "seed 5" in said
    assert "learning" in error
    (report,) = out.glob("*.txt")
    assert "song_0.mid" in report.read_text() and "seed 5" in report.read_text()

    again = tmp_path / "again"
    code, said, error = run(
        "midime_generate",
        f"--model={kept}",
        f"--output_dir={again}",
        "--num_outputs=3",
        "--num_bars=4",
        "--seed=5",
    )
    assert code == 0, error
    for one, other in zip(midi_files(out), midi_files(again), strict=True):
        assert one.read_bytes() == other.read_bytes()

    code, said, error = run(
        "midime_generate", f"--model={kept}", f"--output_dir={tmp_path / 'knobs'}", "--knobs=1.0,-0.5,0,2"
    )
    assert code == 0, error
    assert len(midi_files(tmp_path / "knobs")) == 5


def test_the_seed_that_it_prints_makes_the_same_music_again(run, base, songs, tmp_path):
    argv = ["midime_generate", f"--midi={songs}", f"--base={base}", "--num_outputs=2"]
    code, said, error = run(*argv, f"--output_dir={tmp_path / 'a'}")
    assert code == 0, error
    seed = next(line.split()[1] for line in said.splitlines() if line.startswith("seed "))
    code, _, error = run(*argv, f"--output_dir={tmp_path / 'b'}", f"--seed={seed}")
    assert code == 0, error
    for one, other in zip(midi_files(tmp_path / "a"), midi_files(tmp_path / "b"), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_paths_with_commas_and_patterns(tmp_path):
    for name in ("a.mid", "b.mid", "Foster, Stephen.mid"):
        (tmp_path / name).write_text("")
    assert command.paths(f"{tmp_path}/Foster, Stephen.mid") == [f"{tmp_path}/Foster, Stephen.mid"]
    assert command.paths(f"{tmp_path}/?.mid") == [f"{tmp_path}/a.mid", f"{tmp_path}/b.mid"]
    assert command.paths("x.mid, y.mid") == ["x.mid", "y.mid"]
    assert command.paths(None) == []


def test_as_published(run, base, songs, tmp_path):
    code, _, error = run(
        "midime_train", "--config=ae-cat-mel_2bar_big", f"--run_dir={tmp_path / 'run'}", "--mode=train",
        f"--examples_path={songs}", f"--pretrained_path={base}", "--num_steps=5", "--cache_dataset=false",
        "--hparams=latent_encoder_layers=[8],latent_decoder_layers=[8]",
    )  # fmt: skip
    assert code == 0, error
    code, said, error = run(
        "midime_train", f"--run_dir={tmp_path / 'run'}", "--mode=eval", f"--examples_path={songs}"
    )
    assert code == 0, error
    assert json.loads(said[said.index("{") :])["reconstruction"] > 0
    code, said, error = run(
        "midime_generate", "--config=ae-cat-mel_2bar_big", "--vae_config=cat-mel_2bar_small",
        f"--run_dir={tmp_path / 'run'}", f"--vae_checkpoint_file={base}", "--num_outputs=2",
        f"--output_dir={tmp_path / 'out'}", "--temperature=0.5", "--max_batch_size=8",
    )  # fmt: skip
    assert code == 0, error
    assert len(midi_files(tmp_path / "out")) == 2


def test_a_personal_model_over_a_base_of_another_kind(run, saved, tmp_path):
    base, config = saved("groovae_2bar_hits_control_tfds")
    beats = tmp_path / "beats"
    beats.mkdir()
    for i, piece in enumerate(load(saved("groovae_2bar_humanize")[0]).sample(4, temperature=1.0)):
        note_seq.note_sequence_to_midi_file(piece, str(beats / f"beat_{i}.mid"))
    code, said, error = run(
        "midime_train", f"--base={base}", f"--run_dir={tmp_path / 'run'}", f"--examples_path={beats}",
        "--num_steps=2", "--hparams=latent_encoder_layers=[8],latent_decoder_layers=[8]",
    )  # fmt: skip
    assert code == 0, error
    code, said, error = run(
        "midime_train", f"--run_dir={tmp_path / 'run'}", "--mode=eval", f"--examples_path={beats}"
    )
    assert code == 0, error
    assert 0 <= json.loads(said[said.index("{") :])["accuracy"] <= 1
    for bars in (None, 3):
        out = tmp_path / f"out_{bars}"
        code, said, error = run(
            "midime_generate", f"--run_dir={tmp_path / 'run'}", f"--output_dir={out}", "--num_outputs=2",
            "--seed=1", "--plot", *([f"--num_bars={bars}"] if bars else []),
        )  # fmt: skip
        assert code == 0, error
        for file in midi_files(out):
            piece = read_file(file).as_read[0].piece
            assert piece.is_drum.all() and piece.start.max() < 2.0 * (bars or config.converter.bars)
    code, _, error = run(
        "midime_generate", f"--run_dir={tmp_path / 'run'}", f"--output_dir={tmp_path / 'no'}",
        "--vae_config=cat-mel_2bar_small",
    )  # fmt: skip
    assert code == 1 and "is of config groovae_2bar_hits" in error and "not cat-mel_2bar_small" in error


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["midime_generate"], "--output_dir must be given"),
        (["midime_generate", "--output_dir=OUT"], "--midi"),
        (["midime_generate", "--output_dir=OUT", "--midi=MISSING"], "MISSING"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--config=ae-nothing"], "ae-mel_2bar"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--base=mel_9bar"], "no model is called"),
        (["midime_generate", "--output_dir=OUT", "--model=MISSING"], "not a model folder"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--knobs=a,b"], "--knobs must be numbers"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--num_outputs=0"], "num_outputs"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--tempo=3"], "tempo"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--seed=-1"], "seed"),
        (["midime_generate", "--output_dir=OUT", "--midi=SONGS", "--num_outputs=x"], "num_outputs"),
        (["midime_generate", "songs"], "unexpected argument 'songs'"),
        (["midime_train", "--config=ae-big"], "ae-cat-mel_2bar_big"),
        (["midime_train", "--run_dir=OUT"], "--examples_path must be given"),
        (["midime_train", "--run_dir=OUT", "--examples_path=SONGS", "--hparams=speed=1"], "`speed`"),
        (["music_vae_train", "--config=cat-mel"], "cat-mel_2bar_small"),
        (["music_vae_train", "--config=none.toml"], "none.toml: cannot be read"),
        (["music_vae_train", "--config=groovae_4bar", "--strategy=all"], "--strategy must be one of none, "),
        (["music_vae_train", "--config=groovae_4bar", "--grid=fine"], "--grid must be one of musical, exact"),
        (["music_vae_train", "--config=groovae_4bar", "--run_dir=OUT"], "--examples_path must be given"),
        (
            ["music_vae_train", "--config=groovae_4bar", "--mixed_precision=half"],
            "--mixed_precision must be one of none, bfloat16, float16 (received 'half')",
        ),
        (
            [
                "music_vae_train",
                "--config=groovae_4bar",
                "--run_dir=OUT",
                "--examples_path=SONGS",
                "--checkpoint_file=mel_9bar",
            ],
            "no model is called",
        ),
        (
            ["music_vae_train", "--config=cat-mel_2bar_small", "--mode=play"],
            "--mode must be one of train, eval",
        ),
        (["music_vae_generate", "--output_dir=OUT"], "--checkpoint_file"),
        (
            ["music_vae_generate", "--output_dir=OUT", "--checkpoint_file=x", "--mode=interpolate"],
            "--input_midi_1",
        ),
        (
            [
                "music_vae_generate",
                "--output_dir=OUT",
                "--checkpoint_file=x",
                "--mode=reconstruct",
                "--input_midi_1=y",
                "--chords=C",
            ],
            "--chords goes with --mode=sample",
        ),
    ],
)
def test_mistakes_are_one_line_and_exit_code_one(run, songs, tmp_path, argv, message):
    names = {"OUT": str(tmp_path / "out"), "SONGS": songs, "MISSING": str(tmp_path / "missing")}
    for name, value in names.items():
        argv = [argument.replace(name, value) for argument in argv]
        message = message.replace(name, value)
    code, _, error = run(*argv)
    assert code == 1
    assert message in error
    assert error.startswith("error: ") and error.count("\n") == 1
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_debug_shows_where(run, tmp_path):
    code, _, error = run(
        "midime_generate", f"--output_dir={tmp_path}", f"--midi={tmp_path / 'x.mid'}", "--debug"
    )
    assert code == 1
    assert "Traceback" in error and error.rstrip().splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("name", sorted(n for n in COMMANDS if "config" in COMMANDS[n][0].FLAGS))
def test_config_help_lists_the_configs_with_a_line_each(run, name):
    code, said, _ = run(name, "--config=help")
    assert code == 0
    assert "cat-mel_2bar_big: " in said
    small = {**SMALL_PRESETS, **LC_PRESETS}
    presets = small if name.startswith("midime") else {**PRESETS, **ALIASES}
    flag = "base" if name.startswith("midime") else "checkpoint_file"
    bundled = [f"--{flag}={model}" for model in bundled_models()]
    assert [line.partition(": ")[0] for line in said.splitlines()] == [*presets, *bundled]


HEAVY = ("tensorflow", "keras", "note_seq", "numpy", "scipy", "sklearn", "matplotlib", "muspy", "starlette")


@pytest.mark.parametrize("name", sorted([*COMMANDS, "evaluate_music", "midime_studio"]))
def test_help_loads_nothing_heavy_and_shows_examples(name):
    code = (
        f"import sys, midime_scripts.{name} as command\n"
        f"sys.argv = ['{name}', '--help']\n"
        "try:\n    command.main()\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        f"heavy = set({HEAVY}) & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"  {name} --" in done.stdout
    assert any(flag in done.stdout for flag in ("  --output_dir", "  --run_dir", "  --midi"))


def test_no_permission_to_write_is_one_sentence(run, songs, tmp_path):
    locked = tmp_path / "locked"
    locked.write_text("a file where the folder should be")
    code, _, error = run("midime_generate", f"--midi={songs}", f"--output_dir={locked / 'out'}")
    assert code == 1
    assert "out: cannot be written (" in error and error.count("\n") == 1
    assert os.listdir(tmp_path) == ["locked"]
