"""A run that is killed at any moment goes on to the same bytes, as two runs with one seed have them."""

import dataclasses
import os
import random
import signal
import time
from pathlib import Path

import pytest

from base_vae.errors import UserError
from base_vae.training.run_folder import RunFolder
from base_vae.training.train import RunSettings, train
from tests import child_process
from tests.tiny_models import CONFIG, melodies

STEPS = 150
WEIGHTS = Path("model", "model.weights.h5")


def run(run_dir: str | Path, every: str | int) -> int:
    """A small run that saves often; returns the step it ends at."""
    settings = RunSettings(num_steps=STEPS, checkpoint_steps=int(every), keep_checkpoints=2)
    return int(train(CONFIG, melodies(12), run_dir, settings).global_step.numpy())


def run_slowly(run_dir: str, every: str) -> None:
    """As `run`, but on a busy machine too it is not over before a signal comes."""
    save = RunFolder.save

    def save_and_wait(*args, **kwargs):
        save(*args, **kwargs)
        time.sleep(0.03)

    RunFolder.save = save_and_wait
    run(run_dir, every)


def run_to_the_end(run_dir: str, every: str) -> None:
    assert run(run_dir, every) == STEPS


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("uninterrupted")
    run_to_the_end(path, STEPS)
    return (path / WEIGHTS).read_bytes()


def last_step(run_dir: Path) -> int:
    return max((int(path.stem[5:]) for path in run_dir.glob("train/ckpt-*.index")), default=0)


def interrupt(run_dir: Path, number: signal.Signals, rng: random.Random) -> None:
    """Starts or goes on with a run, and ends it at a random moment after it has saved something."""
    before, process = last_step(run_dir), child_process.start(run_slowly, run_dir, 1)
    while last_step(run_dir) == before and process.poll() is None:
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.3))
    process.send_signal(number)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == (0 if number == signal.SIGTERM else -number), output[-3000:]
    assert before < last_step(run_dir) < STEPS, "the run was too fast to be interrupted"


def leftovers(run_dir: Path) -> list[str]:
    expected = {"run.json", "train", "model", ".lock"}
    known = {"checkpoint", *(f"ckpt-{step}.{end}" for step in (STEPS - 1, STEPS) for end in _ENDS)}
    return [path.name for path in run_dir.iterdir() if path.name not in expected] + [
        path.name
        for path in (run_dir / "train").iterdir()
        if path.name not in known and not path.name.startswith("events.out")
    ]


_ENDS = ("index", "data-00000-of-00001")


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path, uninterrupted):
    rng = random.Random(os.getpid())
    interrupt(tmp_path, signal.SIGKILL, rng)
    interrupt(tmp_path, signal.SIGTERM, rng)
    run_to_the_end(tmp_path, 1)
    assert (tmp_path / WEIGHTS).read_bytes() == uninterrupted
    assert not leftovers(tmp_path)


@pytest.mark.slow
def test_a_run_that_is_killed_many_times_goes_on_to_the_same_bytes(tmp_path, uninterrupted):
    rng = random.Random(os.getpid())
    for number in rng.choices([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM], k=8):
        if last_step(tmp_path) < STEPS - 60:  # more than it takes until the signal
            interrupt(tmp_path, number, rng)
    run_to_the_end(tmp_path, 1)
    assert (tmp_path / WEIGHTS).read_bytes() == uninterrupted
    assert not leftovers(tmp_path)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path, uninterrupted):
    child_process.run(run_to_the_end, tmp_path, STEPS, PYTHONHASHSEED="12345")
    assert (tmp_path / WEIGHTS).read_bytes() == uninterrupted


def test_what_a_kill_left_behind_is_cleaned_up(tmp_path):
    """One thing for each moment at which a process can end."""
    settings = RunSettings(num_steps=2, checkpoint_steps=1)
    train(CONFIG, melodies(12), tmp_path, settings)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / ".unfinished-abcdefgh" / "model").mkdir(parents=True)
    left = ("ckpt-9.data-00000-of-00001.tempstate17", "checkpoint.tmp99")
    for name in ("ckpt-9.index", *left):
        (tmp_path / "train" / name).write_text("half")
    (tmp_path / "train" / "ckpt-10_temp").mkdir()
    replaced = tmp_path / ".unfinished-ijklmnop" / ".replaced" / "model"
    replaced.parent.mkdir(parents=True)
    (tmp_path / "model").rename(replaced)  # set aside, and the new one not yet there
    (tmp_path / "mine.txt").write_text("a file of the user")
    train(CONFIG, melodies(12), tmp_path, settings)
    assert (tmp_path / WEIGHTS).read_bytes() == whole
    assert {path.name for path in tmp_path.iterdir()} == {"model", "train", "run.json", "mine.txt", ".lock"}
    train(CONFIG, melodies(12), tmp_path, dataclasses.replace(settings, num_steps=3))
    names = {path.name for path in (tmp_path / "train").glob("c*")}
    assert not names & {*left, "ckpt-10_temp"}  # the first checkpoint that is saved cleans up
    steps = {name.split(".")[0] for name in names}
    assert steps == {"checkpoint", "ckpt-1", "ckpt-2", "ckpt-3", "ckpt-9"}  # what was not loaded stays


def test_a_model_of_another_kind_is_not_overwritten(tmp_path):
    theirs = tmp_path / "model" / "config.json"
    theirs.parent.mkdir()
    theirs.write_text("{}")
    with pytest.raises(UserError, match="model exists already"):
        run(tmp_path, STEPS)
    assert theirs.read_text() == "{}"
