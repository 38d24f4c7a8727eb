"""Functions of tests in processes of their own: devices are settled once in a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.paths import ROOT


def start(function: Callable[..., None], *arguments: object, **environment: str) -> subprocess.Popen:
    """Starts a function of a test module, which gets its arguments as text."""
    module = ".".join(Path(function.__code__.co_filename).relative_to(ROOT).with_suffix("").parts)
    call = f"from {module} import {function.__name__} as f; import sys; f(*sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", call, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(*processes: subprocess.Popen, seconds: float = 900.0) -> None:
    """Waits until all have ended well; shows what one that has not said."""
    try:
        for process in processes:
            output, _ = process.communicate(timeout=seconds)
            assert process.returncode == 0, output[-5000:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run(function: Callable[..., None], *arguments: object, **environment: str) -> None:
    """Runs a function of a test module."""
    finish(start(function, *arguments, **environment))
