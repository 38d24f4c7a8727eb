"""Does a personal model sound like the user? Half of the files train it, the other half judge it.

    python -m benchmarks.personal_likeness ../shared/data/personal/foster ../shared/data/personal/hornpipes

For each folder it compares, with the held-out half, 200 samples of the personal model, 200 of the base's
prior, and the training half itself: the overlap of five histograms (1 is the same), as the mean of two rounds
in which the halves change places. Exits with 1 where the personal model is closer than the prior on fewer
than 4 of the 5, copies in 10% of its samples or more in either round, or has no more than 80% different ones.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import base_vae
from base_vae.metrics import copy_rate, distinct_rate, histograms, overlap_area
from base_vae.trained_model import TrainedModel
from small_vae.config import get_preset
from small_vae.training import train

SAMPLES = 200


def compare(base: TrainedModel, folder: Path, args: argparse.Namespace, split: int) -> dict:
    """Overlaps with the held-out half by source and histogram, copies, distinct samples and seconds."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".mid", ".midi", ".abc"))
    collection = base.collect(files[split::2])
    held_out = histograms(base.collect(files[1 - split :: 2]).examples)
    start = time.perf_counter()
    personal = train(base, collection, config=get_preset(args.config), seed=args.seed)
    seconds = time.perf_counter() - start
    converter = base.config.converter
    drawn = {
        "personal": personal.sample(
            SAMPLES, temperature=args.temperature, seed=args.seed, source=args.source
        ),
        "prior": base.sample(SAMPLES, temperature=args.temperature, seed=args.seed),
    }
    arrays = {name: np.stack([converter.encode_whole(s) for s in music]) for name, music in drawn.items()}
    arrays["real"] = collection.examples
    overlaps = {
        name: {kind: overlap_area(histogram, held_out[kind]) for kind, histogram in histograms(rows).items()}
        for name, rows in arrays.items()
    }
    copies, distinct = copy_rate(arrays["personal"], collection.examples), distinct_rate(arrays["personal"])
    return {"overlaps": overlaps, "copies": copies, "distinct": distinct, "seconds": seconds}


def report(folder: Path, halves: list[dict]) -> bool:
    """Prints the mean of both directions, then each, and returns whether every target is met."""
    kinds = list(halves[0]["overlaps"]["real"])
    sources = list(halves[0]["overlaps"])
    mean = {
        source: {kind: float(np.mean([half["overlaps"][source][kind] for half in halves])) for kind in kinds}
        for source in sources
    }
    print(f"\n{folder.name:<12}" + "".join(f"{kind:>16}" for kind in kinds))
    for source, values in mean.items():
        print(f"  {source:<10}" + "".join(f"{values[kind]:>16.3f}" for kind in kinds))
    closer, *each = (
        sum(overlaps["personal"][kind] > overlaps["prior"][kind] for kind in kinds)
        for overlaps in (mean, *(half["overlaps"] for half in halves))
    )
    copies, distinct = max(half["copies"] for half in halves), min(half["distinct"] for half in halves)
    good = closer >= 4 and copies < 0.10 and distinct > 0.80
    seconds = ", ".join(f"{half['seconds']:.1f}" for half in halves)
    print(
        f"  closer than the prior on {closer} of {len(kinds)} (either way alone: {each[0]}, {each[1]}); "
        f"copies {copies:.1%}; distinct {distinct:.1%}; {seconds} s  {'ok' if good else 'MISSED'}"
    )
    return good


def main() -> int:
    """Compares for each folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--base", default="mel_2bar")
    parser.add_argument("--config", default="ae-mel_2bar")
    parser.add_argument("--source", default="mixture", choices=("mixture", "prior"))
    parser.add_argument("--temperature", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    base = base_vae.load(args.base)
    good = [
        report(folder, [compare(base, folder, args, split) for split in (0, 1)]) for folder in args.folders
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
