import json
import re
import shutil

import numpy as np
import pytest

from base_vae.readers.read import read_file
from tests.paths import EXAMPLES
from tests.scripts.commands import midi_files

TINY = (
    "--hparams=critic_layers=[8],actor_layers=[8],personal_layers=[8],num_labelled=800,num_shown=16,classes=4,"
    "critic_steps=10,actor_steps=10,rounds=2,gradient_steps=5,mcmc_steps=3,mcmc_burn_in=3"
)


def test_train_generate_transform_evaluate(run, tmp_path):
    run_dir, out = tmp_path / "run", tmp_path / "out"
    code, printed, err = run(
        "latent_constraints",
        "--mode=train",
        f"--run_dir={run_dir}",
        f"--examples_path={EXAMPLES}",
        "--constraint=density:high",
        "--constraint=realism@0.5",
        f"--constraint=personal:{EXAMPLES / 'hymns'}",
        TINY,
    )
    assert code == 0, err
    assert f"kept the constraints: {run_dir}/model" in printed
    assert "round 2, critic of personal" in err
    settings = json.loads((run_dir / "model" / "config.json").read_text())
    assert [critic["label"] for critic in settings["critics"]] == ["density", "realism", "personal"]

    generate = ["latent_constraints", "--mode=generate", f"--run_dir={run_dir}", f"--output_dir={out}"]
    code, printed, err = run(*generate, "--num_outputs=3", "--plot")
    assert code == 0, err
    assert len(midi_files(out)) == 3
    assert len(list(out.glob("*.png"))) == 1
    assert "according to the critics: density" in printed
    code, printed, _ = run(*generate, "--num_outputs=2", "--method=mcmc", "--constraint=density:low")
    assert code == 0
    assert "2 chains accepted" in printed
    assert "realism" not in printed

    moved, given = tmp_path / "moved", tmp_path / "given"
    for folder in ("a", "b"):
        (given / folder).mkdir(parents=True)
        shutil.copy(EXAMPLES / "reels" / "soldiers_joy.abc", given / folder)
    (given / "bad.mid").write_bytes(b"MThd")
    code, printed, err = run(
        "latent_constraints",
        "--mode=transform",
        f"--run_dir={run_dir}",
        f"--output_dir={moved}",
        f"--midi={given}",
    )
    assert code == 0, err
    assert re.search("left out: .*bad.mid: ", err)
    assert len(midi_files(moved)) == 4  # two pieces of one name
    stretches = int(re.search(r"(\d+) stretches", printed)[1])
    assert stretches >= 8
    files = [next(moved.glob(f"soldiers_joy_*_{name}.mid")) for name in ("original", "constrained")]
    original, constrained = (read_file(path).pieces[0] for path in files)
    two_bars = 8 * 60 / 180  # at the tune's own tempo
    assert original.qpm == constrained.qpm == pytest.approx(180, abs=1e-3)
    assert (stretches - 1) * two_bars < original.end.max() <= stretches * two_bars + 1e-3
    assert (stretches - 1) * two_bars < constrained.end.max() <= stretches * two_bars + 1e-3
    assert not np.array_equal(original.pitch, constrained.pitch)

    code, printed, err = run(
        "latent_constraints",
        "--mode=evaluate",
        f"--run_dir={run_dir}",
        "--num_outputs=8",
        "--method=gradient",
    )
    assert code == 0, err
    assert [line.split("|")[1].strip() for line in printed.splitlines()[-2:]] == ["prior", "gradient"]


def test_a_search_transforms_without_a_run(run, base, tmp_path):
    code, printed, err = run(
        "latent_constraints",
        "--mode=transform",
        "--method=search",
        f"--base={base}",
        "--constraint=mean_pitch:low",
        f"--midi={EXAMPLES / 'reels' / 'soldiers_joy.abc'}",
        f"--output_dir={tmp_path / 'out'}",
    )
    assert code == 0, err
    asked = re.search(r"mean_pitch: it was ([\d.]+) MIDI pitch, asked for ([\d.]+), got ([\d.]+)", printed)
    was, wanted, got = (float(number) for number in asked.groups())
    assert abs(got - wanted) < 0.5 * abs(was - wanted)
    assert re.search(r"kept: \d+% of the steps", printed)
    pieces = {
        path.stem.rpartition("_")[2]: read_file(path).pieces[0] for path in midi_files(tmp_path / "out")
    }
    assert set(pieces) == {"original", "after"}
    assert not np.array_equal(pieces["after"].pitch, pieces["original"].pitch)
    assert pieces["after"].qpm == pytest.approx(pieces["original"].qpm, abs=1e-3)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--mode must be given"),
        (["--mode=steer"], "train, generate, transform, evaluate"),
        (["--mode=train", "--run_dir=x"], "at least one constraint"),
        (["--mode=generate", "--run_dir=x"], "--output_dir must be given"),
        (["--mode=transform", "--run_dir=x", "--output_dir=y"], "--midi must be given"),
        (["--mode=evaluate", "--run_dir=x", "--method=luck"], "actor, gradient, mcmc"),
        (
            ["--mode=train", "--run_dir=x", "--constraint=density:high@x"],
            "density must be high, low or a number",
        ),
        (["--mode=train", "--run_dir=x", "--constraint=realism", "--hparams=layers=3"], "critic_layers"),
    ],
)
def test_wrong_flags_are_said(run, monkeypatch, tmp_path, flags, message):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("latent_constraints", *flags)
    assert code == 1
    assert err.startswith("error: ")
    assert re.search(message, err)


def test_unknown_attributes_list_the_known_ones_and_leave_nothing(run, base, tmp_path):
    code, _, err = run(
        "latent_constraints",
        "--mode=train",
        f"--base={base}",
        f"--run_dir={tmp_path / 'run'}",
        "--constraint=speed:high",
    )
    assert code == 1
    assert "known are c_major, density" in err
    assert not (tmp_path / "run" / "model").exists()


def test_too_little_real_music_says_how_much_is_needed(run, base, songs, tmp_path):
    code, _, err = run(
        "latent_constraints",
        "--mode=train",
        f"--base={base}",
        f"--run_dir={tmp_path / 'run'}",
        "--constraint=realism",
        f"--examples_path={songs}",
        TINY,
    )
    assert code == 1
    assert "100 are needed" in err


def test_lc_configs_train_generate_and_evaluate(run, base, songs, tmp_path):
    run_dir, out = tmp_path / "run", tmp_path / "out"
    shared = [f"--run_dir={run_dir}", f"--examples_path={songs}"]
    code, _, err = run(
        "midime_train",
        "--config=lc-mel_2bar",
        f"--pretrained_path={base}",
        *shared,
        "--num_steps=10",
        "--hparams=encoded_z_size=3,dec_rnn_size=[8],batch_size=4",
    )
    assert code == 0, err
    code, printed, err = run("midime_train", "--config=lc-mel_2bar", "--mode=eval", *shared)
    assert code == 0, err
    assert json.loads(printed[printed.index("{") :])["reconstruction"] > 0
    generate = ["midime_generate", "--config=lc-mel_2bar", f"--run_dir={run_dir}", f"--output_dir={out}"]
    code, printed, err = run(*generate, "--num_outputs=2", "--seed=3")
    assert code == 0, err
    assert len(midi_files(out)) == 2
    assert "own decoder" in next(out.glob("*.txt")).read_text()
    code, _, err = run(*generate, "--knobs=0,0,0,0")
    assert code == 1 and "--knobs must be 3 numbers" in err
    code, _, err = run(*generate, "--num_bars=8")
    assert code == 1 and "2 bars" in err
    code, _, err = run("midime_generate", "--config=lc-mel_2bar", f"--midi={songs}", f"--output_dir={out}")
    assert code == 1 and "midime_train --config=lc-mel_2bar" in err


def test_config_help_lists_the_lc_configs(run):
    for name in ("midime_train", "midime_generate"):
        code, printed, _ = run(name, "--config=help")
        assert code == 0
        assert "lc-mel_2bar" in printed and "lc-cat-mel_2bar_big" in printed
