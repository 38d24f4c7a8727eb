"""The command: what it refuses before anything is loaded, and that it listens on this machine alone."""

import socket
import sys

import pytest
from midime_scripts import midime_studio
from midime_scripts.common import command

from tests.scripts.commands import reset_flags


@pytest.fixture
def run(capfd):
    def call(*argv):
        reset_flags(midime_studio)
        code = command.run(
            midime_studio.serve,
            midime_studio.FLAGS,
            midime_studio.USAGE,
            ["midime_studio", "--nobrowser", *argv],
        )
        return code, capfd.readouterr().err

    return call


def test_songs_and_a_model_are_not_given_together(run):
    code, error = run("--midi=x", "--model=y")
    assert code == 1 and "one of them" in error


def test_songs_that_are_not_there_are_named(run):
    code, error = run("--midi=nowhere/")
    assert code == 1 and "there is no such file or folder as nowhere" in error
    code, error = run("--midi=examples:waltzes")
    assert code == 1 and "there are examples:" in error


def test_a_port_in_use_is_said_with_what_to_do(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, error = run(f"--port={other.getsockname()[1]}")
    assert code == 1 and "cannot be used" in error and "--port" in error


def test_without_its_packages_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, error = run()
    assert code == 1 and "pip install starlette uvicorn python-multipart" in error


def test_the_example_tunes_are_there_wherever_it_is_installed():
    for name, folder in midime_studio._examples().items():
        assert list(folder.glob("*.abc")), name


def test_only_this_machine_is_listened_to():
    with midime_studio._listen(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
