"""Files and folders that appear whole or not at all, whatever ends the process that writes them."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from base_vae.errors import UserError
from base_vae.files import atomic_file, atomic_folder, atomic_outputs, lock, make_folder, refuse_existing
from tests.paths import ROOT

_KILLED = """
import os, signal, sys
from pathlib import Path
from base_vae.files import atomic_file, atomic_folder, atomic_outputs, lock
"""


def start(code: str, *args: object) -> subprocess.Popen:
    """A process that runs `code` and says when it is at the place where it waits."""
    command = [sys.executable, "-c", _KILLED + code, *map(str, args)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "here\n"
    return process


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(RuntimeError), atomic_file(path) as new:
        new.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == []
    for text in ("first", "second"):
        with atomic_file(path) as new:
            new.write_text(text)
        assert path.read_text() == text and names(tmp_path) == ["a.txt"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "model"
    with pytest.raises(RuntimeError), atomic_folder(path) as new:
        (new / "a").write_text("half")
        raise RuntimeError
    assert names(path.parent) == []
    for replace in (False, True):
        with atomic_folder(path, replace=replace) as new:
            (new / f"{replace}").write_text("whole")
        assert names(path) == [f"{replace}"] and names(path.parent) == ["model"]
    with pytest.raises(UserError, match="exists already"), atomic_folder(path):
        pass
    with pytest.raises(UserError, match="exists already"):
        refuse_existing(path / "True")


def test_outputs_appear_whole_or_not_at_all(tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("new/out", "mine", "mine/out"):
        with pytest.raises(RuntimeError), atomic_outputs(tmp_path / name) as unfinished:
            (unfinished / "a.mid").write_text("half")
            raise RuntimeError
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]  # folders made for them are gone as well
    with atomic_outputs(tmp_path / "new/out") as unfinished:
        (unfinished / "a.mid").write_text("whole")
    assert (tmp_path / "new/out/a.mid").read_text() == "whole"


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(UserError, match=r"b: cannot be written \(a folder has"), atomic_file(tmp_path / "b"):
        pass
    with pytest.raises(UserError, match="a folder has this name"), atomic_outputs(tmp_path) as new:
        (new / "a").touch()
        (new / "b").touch()
    assert names(tmp_path) == ["b"] and names(tmp_path / "b") == []


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    for context in (atomic_file, atomic_folder, atomic_outputs):
        with (
            pytest.raises(UserError, match=r"file/out: cannot be written \("),
            context(tmp_path / "file/out"),
        ):
            pass
    with pytest.raises(UserError, match="cannot be written"):
        make_folder(tmp_path / "file")


def test_a_full_disk_is_one_line_with_the_path(tmp_path):
    for context in (atomic_file, atomic_folder, atomic_outputs):
        with pytest.raises(UserError) as caught, context(tmp_path / "out"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        assert str(caught.value) == f"{tmp_path / 'out'}: cannot be written (No space left on device)"
    for message, reason in (
        ("Can't write\n, errno = 28, error message = 'No space left on device'", "No space left on device"),
        ("9 requested and 2 written", "OSError: 9 requested and 2 written"),
    ):
        with pytest.raises(UserError) as caught, atomic_file(tmp_path / "out"):
            raise OSError(message)  # as HDF5 and NumPy put it
        assert str(caught.value) == f"{tmp_path / 'out'}: cannot be written ({reason})"
    with pytest.raises(FileNotFoundError), atomic_outputs(tmp_path):
        open("/nowhere/music.mid")  # noqa: SIM115  (what cannot be read is not blamed on the output)
    assert names(tmp_path) == []


_WAITS = """
with {context}(Path(sys.argv[1])) as new:
    (new / "half" if new.is_dir() else new).write_text("half")
    print("here", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("context", ["atomic_file", "atomic_folder", "atomic_outputs"])
def test_what_a_killed_process_left_is_removed_and_what_a_live_one_writes_is_not(tmp_path, context):
    out = tmp_path / "out"
    folder = out if context == "atomic_outputs" else tmp_path
    dead, alive = (start(_WAITS.format(context=context), out) for _ in range(2))
    kill(dead)
    (folder / ".unfinished-notes").mkdir()  # of the user
    assert len(names(folder)) == 3
    with atomic_outputs(folder):
        pass
    assert len(names(folder)) == 2
    alive.communicate()
    assert alive.returncode == 0
    assert ".unfinished-notes" in names(folder) and len(list(folder.rglob("*"))) <= 3


def test_a_folder_that_was_about_to_be_replaced_stands_again(tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "old").touch()
    code = """
rename = Path.rename
def stop(self, target):
    rename(self, target)
    print("here", flush=True)
    sys.stdin.read()
Path.rename = stop
with atomic_folder(sys.argv[1], replace=True) as new:
    pass
"""
    kill(start(code, model))
    assert not model.exists()
    with atomic_file(tmp_path / "a") as new:
        new.touch()
    assert names(tmp_path) == ["a", "model"] and names(model) == ["old"]


def test_a_lock_goes_with_its_process(tmp_path):
    path = tmp_path / ".lock"
    code = 'with lock(sys.argv[1], "busy"):\n    print("here", flush=True)\n    sys.stdin.read()\n'
    process = start(code, path)
    with pytest.raises(UserError, match=r"^another run writes here$"), lock(path, "another run writes here"):
        pass
    kill(process)
    with lock(path, "busy"):
        pass
