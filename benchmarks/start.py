"""How long commands and the library take to begin, each in fresh processes.

    python -m benchmarks.start --songs=my_songs/ --runs=5
    python -m benchmarks.start --songs=my_songs/ --python=/other/.venv/bin/python  # another version

Prints the medians in seconds, and the load of the machine, on which they depend.
"""

import os
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


def seconds(argv: list[str]) -> float:
    """Seconds that a process takes from its start to its end."""
    start = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


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
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as out:
        for _ in range(FLAGS.runs):
            for name, command in works(FLAGS.python, FLAGS.songs, out).items():
                times.setdefault(name, []).append(seconds(command))
    for name, found in times.items():
        print(f"{statistics.median(found):6.2f} s  {name}  ({', '.join(f'{each:.2f}' for each in found)})")
    print("load {:.1f} {:.1f} {:.1f} on {} cores".format(*os.getloadavg(), os.cpu_count()))


if __name__ == "__main__":
    app.run(main)
