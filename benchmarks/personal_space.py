"""How true a personal space is: ends of interpolations, steps to the side, names of the knobs, all at rest.

    python -m benchmarks.personal_space examples/reels examples/hymns my_songs/

For each folder a personal model of `mel_2bar`, and of its music, stretch by stretch (two bars, as the base
reads it):

- ends: of interpolations between two stretches, how many are note for note what the base reconstructs;
- knobs alone: steps of these that the knobs give without the residual, as interpolations gave them before
  they kept it;
- step of 0.5: steps that stay where a knob is turned by 0.5, the mean of all knobs;
- at rest: notes a bar and pitches of the tune with all knobs at 0, beside the quartiles of the music;
- knobs: what the music becomes as each is turned up, and by how many standard deviations.
"""

import argparse
import re
from pathlib import Path

import numpy as np

import base_vae
import small_vae
from base_vae.attributes import ATTRIBUTES
from base_vae.metrics.markdown import table
from base_vae.music.note_sequence import NoteSequence
from base_vae.trained_model import TrainedModel

STEP = 0.5
HEADER = ["music", "stretches", "ends", "knobs alone", f"step of {STEP}", "at rest", "knobs"]


def measure(base: TrainedModel, folder: Path, seed: int, most: int) -> list[str]:
    """A row of the table, of `most` stretches at most, spread over the folder."""
    mine = small_vae.personalize(base, folder, seed=seed)
    examples = base.collect(folder).examples
    rows = np.unique(np.linspace(0, len(examples) - 1, min(most, len(examples))).round().astype(int))
    rows = rows[: len(rows) // 2 * 2]
    tunes = [base.config.converter.decode(array) for array in examples[rows]]
    again = base.arrays(base.reconstruct(tunes))
    true = 0
    for i in range(0, len(tunes), 2):
        path = mine.interpolate(tunes[i], tunes[i + 1], num_steps=3)
        true += int(np.sum(np.all(base.arrays([path[0], path[-1]]) == again[i : i + 2], axis=1)))
    alone = np.mean(base.arrays(mine.reconstruct(tunes)) == again)
    latents = mine.encode(tunes)
    near = [np.mean(base.arrays(mine.decode(latents + step)) == again) for step in STEP * np.eye(mine.size)]
    figures = [f"{true} of {len(tunes)}", f"{alone:.0%}", f"{np.mean(near):.0%}"]
    return [folder.name, str(len(examples)), *figures, _at_rest(mine, tunes), ", ".join(_named(mine))]


def _at_rest(mine: small_vae.PersonalModel, tunes: list[NoteSequence]) -> str:
    """Density and number of pitches with all knobs at 0, and the quartiles of the music."""
    density = ATTRIBUTES["density"]
    (tune,) = mine.decode(np.zeros((1, mine.size)))
    pitches = [len({note.pitch for note in each.notes}) for each in (tune, *tunes)]
    low, high = np.quantile([density(each) for each in tunes], (0.25, 0.75))
    fewest, most = np.quantile(pitches[1:], (0.25, 0.75))
    return (
        f"{density(tune):.1f} notes a bar ({low:.1f} to {high:.1f}), "
        f"{pitches[0]} pitches ({fewest:.0f} to {most:.0f})"
    )


def _named(mine: small_vae.PersonalModel) -> list[str]:
    """The name of each knob with its weight, such as `denser +0.8`."""
    if mine.weights is None:
        return []
    pairs = zip(mine.weights.names(), mine.weights.describe(), strict=True)
    return [" ".join([name, *re.findall(f"{re.escape(name)}, (\\S\\d\\.\\d)", line)]) for name, line in pairs]


def main() -> None:
    """Prints the rows as they come, then the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tunes", type=int, default=10_000, help="stretches of each folder, at most")
    args = parser.parse_args()
    base, rows = base_vae.load("mel_2bar"), []
    for folder in args.folders:
        rows.append(measure(base, folder, args.seed, args.tunes))
        print(" | ".join(rows[-1]), flush=True)
    print(f"\n{table(HEADER, rows)}")


if __name__ == "__main__":
    main()
