"""Training and evaluating a base from the command line."""

import json
import os
import signal
import types

import numpy as np
import pytest
import tensorflow as tf

import base_vae.training.train
from base_vae.loading import load
from base_vae.training.run_folder import RunFolder
from base_vae.training.train import RunSettings

SMALL = "--hparams=z_size=4,enc_rnn_size=8,dec_rnn_size=8,batch_size=4"
TOML = """
base = "cat-mel_2bar_small"
name = "mine"
[converter]
slice_bars = 1
[hparams]
z_size = 4
enc_rnn_size = [8]
dec_rnn_size = [8]
batch_size = 4
"""


def at_step(step):
    return types.SimpleNamespace(global_step=tf.constant(step))


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "mine.toml"
    path.write_text(TOML)
    return f"--config={path}"


def test_train_and_evaluate_a_configuration_of_ones_own(run, songs, config, tmp_path):
    run_dir = tmp_path / "run"
    command = (
        "music_vae_train", config, f"--run_dir={run_dir}", f"--examples_path={songs}", "--num_steps=2",
        "--checkpoint_steps=1",
    )  # fmt: skip
    code, said, error = run(*command)
    assert code == 0, error
    assert "song_0.mid" in said or "3 files" in said
    model = load(run_dir)
    assert model.config.name == "mine" and model.config.converter.slice_bars == 1
    (cached,) = (run_dir / "cache").iterdir()

    for suffix in ("", "", "_again"):  # as often as one likes
        code, said, error = run(*command, "--mode=eval", f"--eval_dir_suffix={suffix}")
        assert code == 0, error
        figures = json.loads(said[said.index("{") :])
        assert {"teacher_forced_accuracy", "free_running_accuracy", "kl_bits", "active_units"} <= set(figures)
        assert figures["step"] == 2 and figures["examples"] > 4
        kept = run_dir / f"eval{suffix}"
        assert json.loads((kept / "step_2.json").read_text()) == figures
        assert list(kept.glob("events.out.tfevents*"))
    code, said, error = run(*command, "--mode=eval", "--step=1")
    assert json.loads(said[said.index("{") :])["step"] == 1
    code, said, error = run(*command, "--mode=eval", "--eval_num_batches=1")
    assert json.loads(said[said.index("{") :])["examples"] == 4
    assert list((run_dir / "cache").iterdir()) == [cached]

    code, _, error = run("music_vae_train", "--config=cat-mel_2bar_small", *command[2:], "--mode=eval")
    assert code == 1 and "but the model in" in error and "is mine" in error


def test_the_flags_say_how_a_run_is_carried_out(run, base, songs, tmp_path, monkeypatch):
    seen = {}

    def train(config, examples, run_dir, settings, first_weights):
        seen.update(config=config, settings=settings, first_weights=first_weights, examples=examples)
        return at_step(settings.num_steps)

    monkeypatch.setattr(base_vae.training.train, "train", train)
    code, _, error = run(
        "music_vae_train", "--config=cat-mel_2bar_small", f"--run_dir={tmp_path}", f"--examples_path={songs}",
        "--num_steps=7", "--seed=3", "--checkpoint_steps=5", "--checkpoints_to_keep=2", "--strategy=mirrored",
        "--jit", "--mixed_precision=float16", "--cache_dataset=false", "--grid=exact", SMALL,
    )  # fmt: skip
    assert code == 0, error
    assert seen["settings"] == RunSettings(7, 3, 5, 2, "float16", "mirrored", True)
    assert seen["config"].hparams.z_size == 4 and seen["first_weights"] is None
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    exact = len(seen["examples"])
    code, _, error = run(
        "music_vae_train", "--config=cat-mel_2bar_small", f"--run_dir={tmp_path}", f"--examples_path={songs}",
        SMALL,
    )  # fmt: skip
    assert code == 0, error
    assert seen["settings"] == RunSettings() and exact > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "cache"]


def test_a_warm_start(run, songs, config, tmp_path):
    common = ("music_vae_train", config, f"--examples_path={songs}", "--num_steps=1")
    code, _, error = run(*common, f"--run_dir={tmp_path / 'first'}")
    assert code == 0, error
    learns_nothing = "--hparams=learning_rate=1e-30,min_learning_rate=0"
    code, _, error = run(
        *common, f"--run_dir={tmp_path / 'second'}", f"--checkpoint_file={tmp_path / 'first'}", learns_nothing
    )
    assert code == 0, error
    first, second = (load(tmp_path / name).model for name in ("first", "second"))
    for one, other in zip(first.weights, second.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    code, _, error = run(
        "music_vae_train", "--config=cat-mel_2bar_small", f"--run_dir={tmp_path / 'third'}",
        f"--examples_path={songs}", f"--checkpoint_file={tmp_path / 'first'}",
    )  # fmt: skip
    assert code == 1 and "z_size is 4 there" in error and error.count("\n") == 1


def test_a_run_that_is_told_to_stop_says_so_to_the_shell(run, songs, config, tmp_path, monkeypatch):
    save = RunFolder.save

    def save_and_be_stopped(self, step, *args):
        save(self, step, *args)
        if step == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(RunFolder, "save", save_and_be_stopped)
    command = (
        "music_vae_train", config, f"--run_dir={tmp_path}", f"--examples_path={songs}", "--num_steps=3",
        "--checkpoint_steps=1",
    )  # fmt: skip
    with pytest.raises(SystemExit) as stopped:
        run(*command)
    assert stopped.value.code == 128 + signal.SIGTERM
    assert load(tmp_path).model.global_step.numpy() == 2
    code, said, error = run(*command)
    assert code == 0, error
    assert "the model is in" in said and load(tmp_path).model.global_step.numpy() == 3


def test_cluster_flags_are_obeyed_for_one_machine_and_refused_for_more(run, songs, tmp_path, monkeypatch):
    monkeypatch.setattr(base_vae.training.train, "train", lambda *_, **__: at_step(200_000))
    command = (
        "music_vae_train", "--config=cat-mel_2bar_small", f"--run_dir={tmp_path}", f"--examples_path={songs}",
        "--cache_dataset=false",
    )  # fmt: skip
    code, _, error = run(*command, "--master=", "--task=0", "--num_ps_tasks=0", "--num_sync_workers=1")
    assert code == 0, error
    code, _, error = run(*command, "--master=grpc://a:1", "--num_sync_workers=0")
    assert code == 1
    assert error.startswith("error: flag --master=grpc://a:1: use --strategy=mirrored for several GPUs")
