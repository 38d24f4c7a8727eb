"""How long a musician waits, for commands and for what the library does once it is there.

    python -m benchmarks.speed my_songs/ --runs=5
    python -m benchmarks.speed my_songs/ --python=/other/.venv/bin/python  # another version

Prints medians in seconds: of fresh processes (by the clock, and of the processors' work, which on a busy
machine tells more), beside the import of TensorFlow alone; and of a process that has loaded a base and done
each thing once.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_WARM = """
import json, statistics, sys, time
import base_vae, small_vae
from base_vae.faders import fade
from base_vae.tunes.song import songs_in

base = base_vae.load("mel_2bar")
mine = small_vae.personalize(base, sys.argv[1])
piece = mine.sample(1, seed=0)
works = {
    "files to personal model": lambda number: small_vae.personalize(base, sys.argv[1]),
    "a turn of a knob": lambda number: mine.play([number / 10] + [0.0] * (mine.size - 1)),
    "a tune of 32 bars": lambda number: mine.tunes.compose(1, num_bars=32, seed=number),
    "a fader": lambda number: fade(base, piece, {"density": 0.5}, seed=number),
}
found = {}
for name, work in works.items():
    times = []
    for number in range(int(sys.argv[2]) + 1):
        start = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - start)
    found[name] = statistics.median(times[1:])
print(json.dumps(found))
"""


def fresh_processes(python: str, songs: str, out: str) -> dict[str, list[str]]:
    """The command lines to measure, by what they are."""
    personal, samples = (
        [str(Path(python).with_name(name)), f"--output_dir={out}"]
        for name in ("midime_generate", "music_vae_generate")
    )
    return {
        "import tensorflow": [python, "-c", "import tensorflow"],
        "import base_vae; load": [python, "-c", 'import base_vae; base_vae.load("mel_2bar")'],
        "midime_generate --help": [personal[0], "--help"],
        "midime_generate, no such folder": [*personal, f"--midi={songs}/missing"],
        "midime_generate, one base": [*personal, f"--midi={songs}", "--base=mel_2bar", "--seed=1"],
        "music_vae_generate": [*samples, "--config=cat-mel_2bar_small", "--checkpoint_file=mel_2bar"],
    }


def seconds(argv: list[str], folder: str) -> tuple[float, float]:
    """Seconds that a process in `folder` takes: from its start to its end, and of the processors' work."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, work


def main() -> None:
    """Measures fresh processes in turns, which share a busy minute, and then one that goes on."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("songs", type=Path, help="a folder of a few songs")
    parser.add_argument("--python", default=sys.executable, help="of the environment to measure")
    parser.add_argument("--runs", type=int, default=5, help="for each figure")
    args = parser.parse_args()
    songs = str(args.songs.resolve())
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as out:
        for _ in range(args.runs):
            for name, command in fresh_processes(args.python, songs, out).items():
                times.setdefault(name, []).append(seconds(command, out))
    for name, found in times.items():
        wall, work = map(statistics.median, zip(*found, strict=True))
        print(f"{wall:6.2f} s, {work:6.2f} s of work  {name}")
    warm = subprocess.run(
        [args.python, "-c", _WARM, songs, str(args.runs)], check=True, capture_output=True, text=True
    )
    for name, median in json.loads(warm.stdout.splitlines()[-1]).items():
        print(f"{median:6.3f} s  {name}, base loaded")
    print("load {:.1f} {:.1f} {:.1f} on {} cores".format(*os.getloadavg(), os.cpu_count()))


if __name__ == "__main__":
    main()
