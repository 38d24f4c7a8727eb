"""How true a personal space is: ends of interpolations, steps to the side, names of the knobs.

    python benchmarks/personal_space.py examples/reels examples/hymns my_songs/

For each folder a personal model of `mel_2bar`: steps of the base's reconstructions that are kept at the ends
of interpolations between tunes that follow each other, and by the knobs alone, as interpolations gave them
before they kept the residual; those kept after a step of 0.5 by each knob; and what the knobs do. Seed 0:

| music | ends kept | by knobs alone | step of 0.5 | knobs |
|---|---|---|---|---|
| reels | 100% | 75% | 99% | higher +0.6, denser +0.5, rising +0.7, more in C major +0.5 |
| hymns | 100% | 88% | 100% | higher +0.6, denser +0.6, wider +0.4, rising +0.6 |
| Foster | 100% | 86% | 100% | more in C major +0.5, rising +0.3, higher +0.8, longer notes +0.4 |
| hornpipes | 100% | 65% | 96% | higher +0.8, rising +0.8, larger leaps +0.3, more syncopated +0.5 |
| strathspeys | 100% | 62% | 91% | higher +0.7, longer notes +0.5, more in C major +0.5, denser +0.5 |

Before the knobs were rotated, two of Foster's made music lower, two of the hornpipes' let it rise or fall,
and one of the strathspeys' did nothing that stood out; with all at 0, Foster's gave one pitch, held.
"""

import argparse
from pathlib import Path

import numpy as np

import base_vae
import small_vae
from base_vae.trained_model import TrainedModel

STEP = 0.5


def measure(base: TrainedModel, folder: Path, seed: int, most: int) -> str:
    """A row of the table, of `most` tunes at most, spread over the folder."""
    mine = small_vae.personalize(base, folder, seed=seed)
    converter, examples = base.config.converter, base.collect(folder).examples
    rows = np.unique(np.linspace(0, len(examples) - 1, most).round().astype(int))
    tunes = [converter.decode(array) for array in examples[rows]]
    again = base.arrays(base.reconstruct(tunes))
    kept = []
    for i in range(len(tunes) - 1):
        path = base.arrays(mine.interpolate(tunes[i], tunes[i + 1], num_steps=3))
        kept.append(np.mean(path[[0, -1]] == again[i : i + 2]))
    alone = np.mean(base.arrays(mine.reconstruct(tunes)) == again)
    latents = mine.encode(tunes)
    near = [np.mean(base.arrays(mine.decode(latents + step)) == again) for step in STEP * np.eye(mine.size)]
    words = [line.partition(": ")[2].partition(";")[0].replace(",", "") for line in _described(mine)]
    figures = f"{np.mean(kept):.0%} | {alone:.0%} | {np.mean(near):.0%}"
    return f"| {folder.name} | {figures} | {', '.join(words)} |"


def _described(mine: small_vae.PersonalModel) -> list[str]:
    return [] if mine.weights is None else mine.weights.describe()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tunes", type=int, default=32, help="of each folder; few are quick")
    args = parser.parse_args()
    base = base_vae.load("mel_2bar")
    print("| music | ends kept | by knobs alone | step of 0.5 | knobs |\n|---|---|---|---|---|", flush=True)
    for folder in args.folders:
        print(measure(base, folder, args.seed, args.tunes), flush=True)


if __name__ == "__main__":
    main()
