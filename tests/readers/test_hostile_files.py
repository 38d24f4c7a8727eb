"""Each file that was made to do harm: a line, soon, and in a few hundred megabytes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.readers import hostile_files

_READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
import base_vae
for path in sys.argv[1:]:
    try:
        music = base_vae.read_music(path)
        print(f"{len(music.sequences)} pieces", flush=True)
    except base_vae.UserError as error:
        assert "\\n" not in str(error)
        print(str(error).replace(path, ""), flush=True)
assert "tensorflow" not in sys.modules
status = dict(line.split(":") for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) // 1024)  # ru_maxrss would begin with the parent's
"""
MEGABYTES = 640  # the most that reading any of them may take, with Python and NumPy
QUICK = (
    "bzip2.zip",
    "lzma.zip",
    "bzip2.mxl",
    "endings.abc",
    "rests.abc",
    "key.abc",
    "fast.mid",
    "tracks.mid",
)


def read_in_a_child(*paths: Path) -> tuple[list[str], int]:
    """What reading each file gives, a line each, and the megabytes that it took."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, *map(str, paths)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    *lines, megabytes = done.stdout.splitlines()
    return lines, int(megabytes)


def test_the_quickest_of_them(tmp_path: Path) -> None:
    lines, megabytes = read_in_a_child(*(hostile_files.write(name, tmp_path) for name in QUICK))
    for line, words in zip(
        lines,
        (
            "it cannot be unpacked (it has more than the 1,000 bytes",
            "it cannot be unpacked (it has more than the 1,000 bytes",
            "a damaged or truncated .mxl file: it cannot be unpacked",
            "it has more than 100,000 notes",
            "it has more than 100,000 bars",
            "1 pieces",
            "250,000 quarter notes are allowed",
            "more than 65,535 tracks",
        ),
        strict=True,
    ):
        assert words in line
    assert megabytes < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile_files.FILES)
def test_each_of_them(name: str, tmp_path: Path) -> None:
    lines, megabytes = read_in_a_child(hostile_files.write(name, tmp_path))
    assert len(lines) == 1 and len(lines[0]) < 300
    assert megabytes < MEGABYTES
