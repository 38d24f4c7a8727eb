"""What a GPU needs in order to be fast, as far as it can be seen without one."""

import os
import subprocess
import sys

import keras
import pytest

from base_vae.configs.presets import PRESETS
from base_vae.training.train import make_model
from tests.paths import ROOT
from tests.tiny_models import reduced


@pytest.mark.parametrize("name", PRESETS)
def test_every_lstm_of_every_preset_is_one_that_cudnn_can_run(name):
    model = make_model(reduced(name))
    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.LSTM)]
    assert layers
    for layer in layers:
        config = layer.get_config()
        assert config["activation"] == "tanh", layer.path
        assert config["recurrent_activation"] == "sigmoid", layer.path
        assert config["use_bias"] and not config["unroll"], layer.path
        assert config["dropout"] == config["recurrent_dropout"] == 0.0, layer.path
        assert layer.use_cudnn == "auto", layer.path
        assert not layer.cell.built or layer.cell.kernel.shape[1] == 4 * layer.units


def test_gpu_memory_grows_as_it_is_needed_unless_the_user_says_otherwise():
    ask = [sys.executable, "-c", "import base_vae, os; print(os.environ['TF_FORCE_GPU_ALLOW_GROWTH'])"]
    clean = {name: value for name, value in os.environ.items() if name != "TF_FORCE_GPU_ALLOW_GROWTH"}
    for said, expected in ({}, "true"), ({"TF_FORCE_GPU_ALLOW_GROWTH": "false"}, "false"):
        output = subprocess.run(
            ask, env={**clean, **said}, cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert output.stdout.strip() == expected
