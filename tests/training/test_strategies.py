"""Several devices, and several machines, do what one does."""

import dataclasses
import json
import socket
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import tensorflow as tf

from base_vae.checkpoints.names import named_weights
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.model.layers.random_streams import RandomStream
from base_vae.settings import override
from base_vae.training import devices, run_folder
from base_vae.training.train import RunSettings, train
from tests import child_process
from tests.tiny_models import CONFIG, examples_for, melodies, reduced

SAMPLED = "sampling_schedule=constant,sampling_rate=0.5"


def changed(config: Config, hparams: str) -> Config:
    return dataclasses.replace(config, hparams=override(config.hparams, hparams))


def figures_and_weights(config: Config, examples: np.ndarray, settings: RunSettings):
    """What a run says of itself at each checkpoint, and the weights it ends with."""
    figures = []
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as run_dir:
        patch.setattr(
            run_folder.RunFolder, "save", lambda self, step, total, means: figures.append(dict(means))
        )
        model = train(config, examples, run_dir, settings)
    return figures, {name: weight.numpy() for name, weight in named_weights(model).items()}


def assert_the_same(one, two, precision: str) -> None:
    (figures, weights), (other_figures, other_weights) = one, two
    exact = precision == "none"
    assert len(figures) == len(other_figures) > 0
    for some, others in zip(figures, other_figures, strict=True):
        assert some.keys() == others.keys()
        for name, value in some.items():
            assert others[name] == pytest.approx(value, rel=1e-4 if exact else 1e-2, abs=1e-6), name
    apart_ = [~np.isclose(other_weights[name], value, 1e-4, 2e-5) for name, value in weights.items()]
    # Adam takes a full step where a gradient is nothing but rounding errors: where an event is as frequent
    # as the model thinks, say. That is a handful of weights, unless all gradients are rounded.
    count, total = sum(int(some.sum()) for some in apart_), sum(some.size for some in apart_)
    assert not exact or count <= 0.001 * total, (count, total)
    for name, value in weights.items():
        np.testing.assert_allclose(other_weights[name], value, atol=0.002 if exact else 0.04, err_msg=name)


def compare_devices(*cases: str) -> None:
    """Runs each case, `preset:hparams:precision`, on one and on two logical CPU devices."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    for case in cases:
        name, hparams, precision = case.split(":")
        config = changed(reduced(name), hparams)
        examples = examples_for(config, 6)
        settings = RunSettings(num_steps=4, checkpoint_steps=3, mixed_precision=precision)
        one = figures_and_weights(config, examples, settings)
        two = figures_and_weights(config, examples, dataclasses.replace(settings, strategy="mirrored"))
        print(case, flush=True)
        assert_the_same(one, two, precision)
    with pytest.raises(UserError, match="a batch of 3 cannot be divided among 2 devices"):
        devices.make_strategy("mirrored", 3)


def test_a_part_of_a_batch_draws_the_numbers_of_its_examples():
    whole = RandomStream(tf.constant([1, 2]))
    rows = tf.constant([3, 1])
    part = RandomStream(tf.constant([1, 2]), rows, 5)
    for one, two, own in ((whole, part, rows), (whole.repeated(3), part.repeated(3), [9, 10, 11, 3, 4, 5])):
        all_, some = (5, 2) if own is rows else (15, 6)
        for draw in (
            lambda draws, n: draws.fold_in(4).uniform([n, 7]),
            lambda draws, n: tf.transpose(draws.uniform([7, n, 2], axis=1), [1, 0, 2]),
            lambda draws, n: tf.transpose(draws.bernoulli([7, n, 3], 0.5, axis=1), [1, 0, 2]),
            lambda draws, n: draws.normal([n, 4]),
        ):
            np.testing.assert_array_equal(draw(two, some), tf.gather(draw(one, all_), own))


def test_two_devices_do_what_one_does():
    # Dropout, scheduled sampling, Muon for the matrices and Adam for the rest.
    child_process.run(compare_devices, f"groovae_2bar_humanize:optimizer=muon,{SAMPLED}:none")


def mirror_one_device(run_dir: str) -> None:
    weights = []
    for name in ("none", "mirrored"):
        settings = RunSettings(strategy=name, num_steps=2, checkpoint_steps=2)
        model = train(CONFIG, melodies(6), f"{run_dir}/{name}", settings)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_machine_with_one_device_may_be_mirrored(tmp_path):
    child_process.run(mirror_one_device, tmp_path)


@pytest.mark.slow
def test_two_devices_do_what_one_does_in_every_architecture():
    child_process.run(
        compare_devices,
        f"hierdec-trio_16bar:{SAMPLED}:none",
        f"cat-mel_2bar_small:{SAMPLED}:none",
        "groovae_4bar::none",
        "hier-multiperf_vel_1bar_med:autoregressive_levels=[0],dropout_keep_prob=0.7:none",
        "cat-mel_2bar_med_chords::float16",
        "cat-mel_2bar_small:optimizer=muon:bfloat16",
    )


def work(run_dir: str, steps: str) -> None:
    """One of several machines: a run that stops on the way and goes on."""
    settings = RunSettings(strategy="multi_worker_mirrored", checkpoint_steps=2)
    strategy = devices.make_strategy("multi_worker_mirrored", CONFIG.hparams.batch_size)
    if not devices.is_chief(strategy):
        tf.train.CheckpointManager.save = run_folder.model_folder.save = None  # it has no business there
    for num_steps in map(int, steps.split(",")):
        model = train(CONFIG, melodies(6), run_dir, dataclasses.replace(settings, num_steps=num_steps))
        assert int(model.global_step.numpy()) == num_steps


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for some in sockets:
        some.bind(("127.0.0.1", 0))
    ports = [some.getsockname()[1] for some in sockets]
    for some in sockets:
        some.close()
    return ports


def weights_in(run_dir: Path) -> dict[str, np.ndarray]:
    values = {}
    with h5py.File(run_dir / "model" / "model.weights.h5") as file:
        file.visititems(lambda name, item: values.update({name: item[()]} if hasattr(item, "dtype") else {}))
    return values


def test_two_machines_do_what_one_does(tmp_path):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    workers = [
        child_process.start(
            work,
            tmp_path / "two",
            "3,5",
            TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}),
        )
        for index in range(2)
    ]
    train(CONFIG, melodies(6), tmp_path / "one", RunSettings(num_steps=5, checkpoint_steps=5))
    child_process.finish(*workers)
    one, two = weights_in(tmp_path / "one"), weights_in(tmp_path / "two")
    assert one.keys() == two.keys() and len(one) > 10
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, rtol=1e-4, atol=2e-5, err_msg=name)
    left = sorted(path.name for path in (tmp_path / "two").iterdir())
    assert left == [".lock", "model", "run.json", "train"]


def test_what_cannot_be_is_said_in_a_line(monkeypatch):
    with pytest.raises(UserError, match="must be one of none, mirrored, multi_worker_mirrored"):
        devices.make_strategy("many", 4)
    for text in ("", "{}", "not json", json.dumps({"cluster": {"worker": []}, "task": {"type": "worker"}})):
        monkeypatch.setenv("TF_CONFIG", text)
        with pytest.raises(UserError, match="needs the environment variable TF_CONFIG"):
            devices.make_strategy("multi_worker_mirrored", 4)
