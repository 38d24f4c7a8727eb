"""How long commands and the library take to begin, each in fresh processes.

    python -m benchmarks.start --songs=my_songs/ --runs=5
    python -m benchmarks.start --songs=my_songs/ --python=/other/.venv/bin/python  # another version

Prints the medians in seconds, by the clock and of work (user and system), and the load of the machine: on a
busy one the work tells more.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_string("songs", None, "A folder of songs to personalise with.", required=True)
flags.DEFINE_string("python", sys.executable, "The interpreter of the environment to measure.")
flags.DEFINE_integer("runs", 5, "Fresh processes for each figure.", lower_bound=1)

_LIBRARY = 'import base_vae; base_vae.load("mel_2bar")'


def seconds(argv: list[str], folder: str) -> tuple[float, float]:
    """Seconds that a process in `folder` takes: from its start to its end, and of the processors' work."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, work


def works(python: str, songs: str, out: str) -> dict[str, list[str]]:
    """The command lines to measure, by what they are."""
    generate = [str(Path(python).with_name("midime_generate")), f"--output_dir={out}"]
    return {
        "import tensorflow": [python, "-c", "import tensorflow"],
        "import base_vae; load": [python, "-c", _LIBRARY],
        "midime_generate": [*generate, f"--midi={songs}", "--seed=1"],
        "midime_generate, no such folder": [*generate, f"--midi={songs}/missing"],
    }


def main(argv: list[str]) -> None:
    """Measures in turns, so that a busy minute is shared by all."""
    del argv
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as out:
        for _ in range(FLAGS.runs):
            for name, command in works(FLAGS.python, str(Path(FLAGS.songs).resolve()), out).items():
                times.setdefault(name, []).append(seconds(command, out))
    for name, found in times.items():
        wall, work = map(statistics.median, zip(*found, strict=True))
        print(f"{wall:6.2f} s, {work:6.2f} s of work  {name}")
    print("load {:.1f} {:.1f} {:.1f} on {} cores".format(*os.getloadavg(), os.cpu_count()))


if __name__ == "__main__":
    app.run(main)
