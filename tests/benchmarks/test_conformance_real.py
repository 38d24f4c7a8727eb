"""The same checks on real music, which is not part of the project (see the fixture `shared`)."""

import subprocess
import sys

import pytest

from benchmarks.conformance.__main__ import check_file
from tests.paths import ROOT


def test_the_converter_agrees_with_the_original_on_real_music(shared):
    files = sorted((shared / "golden" / "converters_real").glob("mel_2bar__*.npz"))
    assert len(files) == 4
    for file in files:
        good, line = check_file(file)
        assert good, (file.stem, line)


@pytest.mark.slow
def test_personal_models_sound_like_their_owners(shared):
    folders = sorted(str(path) for path in (shared / "data" / "personal").iterdir())
    command = [sys.executable, "-m", "benchmarks.personal_likeness", *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
