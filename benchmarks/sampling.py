"""How fast models sample and encode: the second table of the README.

    python -m benchmarks.sampling
    python -m benchmarks.sampling --only=cat-mel_2bar_small

Sequences a second, at batch 8 and 64, of models with random weights at full size, float32; medians of three
stretches. "First sample" is the time in seconds from a loaded model to its first eight sequences.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

from benchmarks.training import machine_today

# Preset, and what the original does on the same kind of machine: to tensors, to NoteSequences, and encoding,
# at batch 8 and 64.
ROWS = (
    ("cat-mel_2bar_small", (1208, 2398), (1182, 2247), (1108, 863)),
    ("cat-drums_2bar_small", (842, 1891), (823, 1406), (969, 1214)),
    ("groovae_4bar", (657, 1489), (233, 301), (543, 695)),
    ("nade-drums_2bar_full", (265, 653), (214, 431), (251, 473)),
    ("cat-mel_2bar_big", (12, 30), (12, 29), (26, 73)),
    ("hierdec-mel_16bar", (7.7, None), (8.1, None), (1.5, None)),
    ("hierdec-trio_16bar", (4.7, None), (4.8, None), (1.6, None)),
)
_BATCHES = (8, 64)
_SECONDS = 2.0  # a stretch is at least so long
_REPEATS = 3


def measure(preset: str) -> dict[str, list[float]]:
    """Figures of a model with random weights."""
    import numpy as np

    from base_vae.configs.presets import get_preset
    from base_vae.trained_model import TrainedModel
    from base_vae.training.train import make_model

    config = get_preset(preset)
    model = make_model(config)
    trained = TrainedModel(model, config)
    began = time.perf_counter()
    trained.sample(8, temperature=1.0)
    figures = {"first_sample": [time.perf_counter() - began], "tensors": [], "music": [], "encode": []}
    converter, rng = config.converter, np.random.default_rng(0)
    for batch in _BATCHES:
        z = rng.standard_normal((batch, trained.z_size), np.float32)
        music = trained.sample(batch, temperature=1.0)
        music = [converter.decode(converter.canonical(converter.encode_whole(m))) for m in music]
        for name, function in (
            ("tensors", lambda z=z: trained.decode_arrays(z, temperature=1.0)),
            ("music", lambda n=batch: trained.sample(n, temperature=1.0)),
            ("encode", lambda music=music: trained.encode(music)),
        ):
            function()
            figures[name].append(statistics.median(_rate(function, batch) for _ in range(_REPEATS)))
    return figures


def _rate(function, batch: int) -> float:
    began, calls = time.perf_counter(), 0
    while time.perf_counter() - began < _SECONDS:
        function()
        calls += 1
    return calls * batch / (time.perf_counter() - began)


def main() -> None:
    """Prints a row for each preset."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="a preset")
    parser.add_argument("--worker", action="store_true", help="measure here and print JSON")
    args = parser.parse_args()
    if args.worker:
        print(json.dumps(measure(args.only)))
        return
    print(
        "| preset | to tensors, 8 / 64 | x original | to music, 8 / 64 | x original | encode, 8 / 64 | ",
        end="",
    )
    print("x original | first sample s |\n|---|---|---|---|---|---|---|---|")
    for preset, *originals in ROWS:
        if args.only and args.only != preset:
            continue
        command = [sys.executable, "-m", "benchmarks.sampling", "--worker", f"--only={preset}"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            print(f"| {preset} | failed: {run.stderr.strip().splitlines()[-1]} |")
            continue
        figures = json.loads(run.stdout.strip().splitlines()[-1])
        cells, today = [], machine_today()
        for name, original in zip(("tensors", "music", "encode"), originals, strict=True):
            cells.append(" / ".join(f"{rate:.{0 if rate >= 100 else 1}f}" for rate in figures[name]))
            pairs = zip(figures[name], original, strict=True)
            cells.append(" / ".join("-" if o is None else f"{rate / o / today:.2f}" for rate, o in pairs))
        print(f"| {preset} | {' | '.join(cells)} | {figures['first_sample'][0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
