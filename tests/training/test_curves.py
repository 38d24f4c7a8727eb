"""Training curves, read back from what TensorBoard and a run write."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from base_vae.errors import UserError
from base_vae.training.curves import read_curves
from base_vae.training.train import RunSettings, train
from tests.tiny_models import CONFIG, melodies


def write(folder, values, **names):
    writer = tf.summary.create_file_writer(str(folder), **names)
    with writer.as_default():
        for step, loss in values.items():
            tf.summary.scalar("loss", loss, step)
            tf.summary.text("note", "no number", step)
    writer.close()


def test_figures_are_read_as_they_were_written(tmp_path):
    write(tmp_path / "train", {10: 3.5, 20: 2.25, 30: -1.0})
    curves = read_curves(tmp_path)
    assert list(curves) == ["loss"]
    assert curves["loss"].steps.tolist() == [10, 20, 30]
    assert curves["loss"].values.tolist() == [3.5, 2.25, -1.0]


def test_a_run_that_went_on_counts_as_it_was_last(tmp_path):
    write(tmp_path / "train", {10: 3.0, 20: 2.0}, filename_suffix=".a")
    write(tmp_path / "train", {20: 1.5, 30: 1.0}, filename_suffix=".b")
    assert len(list((tmp_path / "train").iterdir())) == 2
    curve = read_curves(tmp_path)["loss"]
    assert curve.steps.tolist() == [10, 20, 30]
    assert curve.values[[0, 2]].tolist() == [3.0, 1.0]


def test_evaluations_have_curves_of_their_own(tmp_path):
    write(tmp_path / "train", {10: 3.0, 20: 2.0})
    write(tmp_path / "eval", {20: 7.0})
    curves = read_curves(tmp_path)
    assert curves["loss"].values.tolist() == [3.0, 2.0]
    assert curves["eval: loss"].values.tolist() == [7.0]


def test_what_a_killed_run_left_half_written_costs_nothing_before_it(tmp_path):
    write(tmp_path, {10: 3.0, 20: 2.0})
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-7])
    curve = read_curves(tmp_path)["loss"]
    assert curve.steps.tolist()[0] == 10 and len(curve.steps) in (1, 2)


def test_a_real_run(tmp_path):
    settings = RunSettings(num_steps=6, checkpoint_steps=2)
    train(CONFIG, melodies(8), tmp_path / "run", settings)
    curves = read_curves(tmp_path / "run")
    assert {"loss", "reconstruction", "kl_bits"} <= set(curves)
    for curve in curves.values():
        assert curve.steps.tolist() == [2, 4, 6]
        assert np.isfinite(curve.values).all()
    shutil.rmtree(tmp_path / "run" / "train")
    with pytest.raises(UserError, match="has no training curves"):
        read_curves(tmp_path / "run")
