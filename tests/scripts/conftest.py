"""Commands run in this process, a base and some songs for them."""

import note_seq
import pytest
import tensorflow as tf
from midime_scripts.common import command

from base_vae.checkpoints import model_folder
from tests.scripts.commands import COMMANDS, reset_flags
from tests.tiny_models import CONFIG, lively_model, melodies, reduced


@pytest.fixture(scope="session")
def devices():
    """TensorFlow's first look for a GPU, which complains where there is none, is behind us."""
    tf.config.list_logical_devices()


@pytest.fixture
def run(capfd, devices):
    """Runs a command in this process: exit code, standard output, standard error."""

    def call(name, *argv):
        module, main = COMMANDS[name]
        reset_flags(module)
        code = command.run(main, module.FLAGS, module.USAGE, [name, *argv])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def as_installed(capfd, monkeypatch, devices):
    """Runs a command's module as it is installed, first word and all: code, standard output and error."""

    def call(module, *argv):
        reset_flags(module)
        monkeypatch.setattr("sys.argv", [module.__name__.rpartition(".")[2], *argv])
        with pytest.raises(SystemExit) as left:
            module.main()
        return left.value.code, *capfd.readouterr()

    return call


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Folder of a base model with random weights."""
    path = tmp_path_factory.mktemp("base") / "model"
    model_folder.save(lively_model(), CONFIG, path, "A base for tests.")
    return str(path)


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    """Folder with three MIDI files of 16 bars."""
    path = tmp_path_factory.mktemp("songs")
    for i, array in enumerate(melodies(24).reshape(3, -1)):
        note_seq.note_sequence_to_midi_file(CONFIG.converter.decode(array), str(path / f"song_{i}.mid"))
    return str(path)


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Saves a model of a reduced preset with random weights: its folder and its configuration."""

    def save(name):
        config = reduced(name)
        path = tmp_path_factory.mktemp("saved") / name
        model_folder.save(lively_model(config), config, path, "A base for tests.")
        return str(path), config

    return save
