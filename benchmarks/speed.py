"""How long a musician waits: medians of fresh processes.

    python -m benchmarks.speed ../shared/data/personal/foster

Prints seconds for `midime_generate --help`, for the whole command (cold, five outputs), and, within a process
that has loaded the base, from files to a trained personal model.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_WARM = """
import sys, time
import base_vae, small_vae
base = base_vae.load("mel_2bar")
from small_vae.training import personalize
start = time.perf_counter()
personalize(base, sys.argv[1])
print(time.perf_counter() - start)
"""


def seconds(command: list[str]) -> float:
    """Wall time of a process that must succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def personalizing(folder: Path) -> float:
    """Seconds from files to a personal model, in a fresh process that has loaded the base before."""
    done = subprocess.run(
        [sys.executable, "-c", _WARM, str(folder)], check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measures each three times or `--repeats` times, and prints medians and ranges."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="a few files of music")
    parser.add_argument("--times", type=int, default=3)
    args = parser.parse_args()
    command = [sys.executable, "-m", "midime_scripts.midime_generate"]
    with tempfile.TemporaryDirectory() as out:
        whole = [*command, f"--midi={args.folder}", f"--output_dir={out}", "--num_outputs=5"]
        measured = {
            "--help": lambda: seconds([*command, "--help"]),
            "whole command, cold": lambda: seconds(whole),
            "files to personal model, base loaded": lambda: personalizing(args.folder),
        }
        for name, measure in measured.items():
            times = sorted(measure() for _ in range(args.times))
            print(f"{name}: {statistics.median(times):.2f} s ({times[0]:.2f} to {times[-1]:.2f})", flush=True)


if __name__ == "__main__":
    main()
