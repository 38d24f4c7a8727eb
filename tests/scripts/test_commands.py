"""The commands as people type them: what they write, what they say, how they fail."""

import json
import os
import subprocess
import sys
import time

import note_seq
import pytest
from midime_scripts import _command, midime_generate, midime_train, music_vae_generate, music_vae_train

from base_vae.checkpoints import folder
from tests.tiny import CONFIG, lively_model, melodies

COMMANDS = {
    "midime_generate": (midime_generate, midime_generate.generate),
    "midime_train": (midime_train, midime_train.train_or_evaluate),
    "music_vae_generate": (music_vae_generate, music_vae_generate.generate),
    "music_vae_train": (music_vae_train, music_vae_train.train_or_evaluate),
}


@pytest.fixture
def run(capfd):
    """Runs a command in this process: exit code, standard output, standard error."""

    def call(name, *argv):
        module, main = COMMANDS[name]
        module.FLAGS.unparse_flags()
        for flag in set(module.FLAGS):
            module.FLAGS[flag].unparse()
        code = _command.run(main, module.FLAGS, module.USAGE, [name, *argv])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Folder of a base model with random weights."""
    path = tmp_path_factory.mktemp("base") / "model"
    folder.save(lively_model(), CONFIG, path, "A base for tests.")
    return str(path)


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Folder with three MIDI files of 16 bars."""
    path = tmp_path_factory.mktemp("songs")
    for i, array in enumerate(melodies(24).reshape(3, -1)):
        note_seq.note_sequence_to_midi_file(CONFIG.converter.decode(array), str(path / f"song_{i}.mid"))
    return str(path)


def midi_files(path):
    files = sorted(path.glob("*.mid"))
    for file in files:
        note_seq.midi_file_to_note_sequence(str(file))
    return files


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
    assert "3 files" in said and "example" in said and "seed 5" in said
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
    assert _command.paths(f"{tmp_path}/Foster, Stephen.mid") == [f"{tmp_path}/Foster, Stephen.mid"]
    assert _command.paths(f"{tmp_path}/?.mid") == [f"{tmp_path}/a.mid", f"{tmp_path}/b.mid"]
    assert _command.paths("x.mid, y.mid") == ["x.mid", "y.mid"]
    assert _command.paths(None) == []


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


def test_train_evaluate_and_generate_with_a_base(run, songs, tmp_path):
    small = "--hparams=z_size=4,enc_rnn_size=8,dec_rnn_size=8,batch_size=4"
    train = (
        "music_vae_train", "--config=cat-mel_2bar_small", f"--run_dir={tmp_path / 'run'}",
        f"--examples_path={songs}", "--num_steps=3", small,
    )  # fmt: skip
    code, _, error = run(*train)
    assert code == 0, error
    code, said, error = run(*train, "--mode=eval")
    assert code == 0, error
    figures = json.loads(said[said.index("{") :])
    assert {"accuracy", "free_running_accuracy", "kl_bits", "active_units"} <= set(figures)
    two_bars = CONFIG.converter.decode(melodies(1)[0])
    note_seq.note_sequence_to_midi_file(two_bars, str(tmp_path / "two.mid"))
    for mode, inputs, expected in (
        ("sample", [], 3),
        (
            "interpolate",
            [f"--input_midi_1={tmp_path / 'two.mid'}", f"--input_midi_2={tmp_path / 'two.mid'}"],
            3,
        ),
        ("reconstruct", [f"--input_midi_1={tmp_path / 'two.mid'}"], 2),
    ):
        code, _, error = run(
            "music_vae_generate", f"--mode={mode}", f"--run_dir={tmp_path / 'run'}", "--num_outputs=3",
            f"--output_dir={tmp_path / mode}", *inputs,
        )  # fmt: skip
        assert code == 0, error
        assert len(midi_files(tmp_path / mode)) == expected


def test_interpolation_needs_music_of_the_models_length(run, base, songs, tmp_path):
    long = f"{songs}/song_0.mid"
    code, _, error = run(
        "music_vae_generate", "--mode=interpolate", f"--checkpoint_file={base}", f"--output_dir={tmp_path}",
        f"--input_midi_1={long}", f"--input_midi_2={long}",
    )  # fmt: skip
    assert code == 1
    assert "song_0.mid" in error and "the model takes 32" in error
    assert list(tmp_path.iterdir()) == []


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
        (
            ["music_vae_train", "--config=cat-mel_2bar_small", "--mode=play"],
            "--mode must be one of train, eval",
        ),
        (["music_vae_generate", "--output_dir=OUT"], "--checkpoint_file"),
        (
            ["music_vae_generate", "--output_dir=OUT", "--checkpoint_file=x", "--mode=interpolate"],
            "--input_midi_1",
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
    assert error.startswith("error: ") and error.count("\n") == 1, error
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_debug_shows_where(run, tmp_path):
    code, _, error = run(
        "midime_generate", f"--output_dir={tmp_path}", f"--midi={tmp_path / 'x.mid'}", "--debug"
    )
    assert code == 1
    assert "Traceback" in error and error.rstrip().splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("name", ["midime_train", "music_vae_train"])
def test_config_help_lists_the_configs(run, name):
    code, said, _ = run(name, "--config=help")
    assert code == 0
    assert "cat-mel_2bar_big: " in said


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_loads_nothing_heavy_and_shows_examples(name):
    code = (
        f"import sys, midime_scripts.{name} as command\n"
        f"sys.argv = ['{name}', '--help']\n"
        "try:\n    command.main()\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        "heavy = {'tensorflow', 'note_seq', 'matplotlib', 'sklearn', 'keras', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"  {name} --" in done.stdout
    assert "--output_dir" in done.stdout or "--run_dir" in done.stdout


def test_outputs_appear_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), _command.outputs(tmp_path / "out") as unfinished:
        (unfinished / "a.mid").write_text("half")
        raise RuntimeError
    assert list((tmp_path / "out").iterdir()) == []


def test_no_permission_to_write_is_one_sentence(run, songs, tmp_path):
    locked = tmp_path / "locked"
    locked.write_text("a file where the folder should be")
    code, _, error = run("midime_generate", f"--midi={songs}", f"--output_dir={locked / 'out'}")
    assert code == 1
    assert error.startswith("error: cannot write to") and error.count("\n") == 1
    assert os.listdir(tmp_path) == ["locked"]


def test_names_do_not_collide():
    first = _command.stamped("x")
    time.sleep(1.1)
    assert first != _command.stamped("x")
    assert _command.numbered("x", 2) == ["x_001-of-002.mid", "x_002-of-002.mid"]
