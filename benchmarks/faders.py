r"""Faders beside attribute vectors: what is set and what comes of it, piece by piece.

    python -m benchmarks.faders --data=../shared/data --pieces=64

Music of POP909 751 to 800, which the bundled model has not seen, and of the example tunes. For each attribute
at +1 and -1: the share of the pieces that change the right way, how far the change is from what was set
(mean, in spreads), how many steps stay, and the largest and the mean change of the other attributes (in
spreads).
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

import base_vae
from base_vae.attributes import get_attributes, measure_arrays
from base_vae.faders import Directions, fade_arrays, find_directions
from base_vae.metrics.differences import hamming_distance
from base_vae.metrics.markdown import table
from base_vae.trained_model import TrainedModel

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
UNDEFINED = 3.0  # spreads that a change to or from "not defined" counts


def by_vector(model: TrainedModel, arrays: np.ndarray, name: str, amount: float) -> np.ndarray:
    """The music with an attribute vector added to its posterior means."""
    z = model.attributes.moved(model.encode_arrays(arrays).mu, {name: amount})
    return model.decode_arrays(z)


def by_fader(model: TrainedModel, arrays: np.ndarray, name: str, amount: float) -> np.ndarray:
    """The music that the fader finds."""
    return fade_arrays(model, arrays, {name: amount}).arrays


def row(
    model: TrainedModel,
    directions: Directions,
    arrays: np.ndarray,
    name: str,
    amount: float,
    change: Callable[[TrainedModel, np.ndarray, str, float], np.ndarray],
) -> list[str]:
    """The figures of one attribute at one amount."""
    converter, attributes = model.config.converter, get_attributes(directions.names)
    changed = change(model, arrays, name, amount)
    before, after = (measure_arrays(each, converter, attributes) for each in (arrays, changed))
    moved = (after - before) / directions.spreads
    moved = np.where(np.isnan(before) & np.isnan(after), 0.0, np.nan_to_num(moved, nan=UNDEFINED))
    column = directions.names.index(name)
    own, others = moved[:, column], np.abs(np.delete(moved, column, axis=1))
    kept = 1.0 - hamming_distance(changed, arrays, converter)
    return [
        f"{np.mean(own * amount > 0):.0%}",
        f"{np.mean(np.abs(own - amount)):.2f}",
        f"{np.mean(kept):.0%}",
        f"{np.mean(others.max(1)):.2f}",
        f"{np.mean(others):.2f}",
    ]


def main() -> None:
    """Prints a table for each set of music."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with pop909/")
    parser.add_argument("--model", default="mel_2bar", help="whatever base_vae.load takes")
    parser.add_argument("--pieces", type=int, default=64, help="pieces of each set")
    parser.add_argument("--attributes", default="", help="some of them, separated by commas; all by default")
    args = parser.parse_args()
    model = base_vae.load(args.model)
    directions = find_directions(model)
    names = [name for name in args.attributes.split(",") if name] or directions.names
    songs = [path for path in sorted((args.data / "pop909").glob("*.mid")) if int(path.stem) > 750]
    for title, paths in {"POP909 751 to 800": songs, "example tunes": [EXAMPLES]}.items():
        examples = model.collect(paths).examples
        arrays = np.random.default_rng(0).permutation(examples)[: args.pieces]
        rows = []
        for name in names:
            for amount in (1.0, -1.0):
                cells = [row(model, directions, arrays, name, amount, way) for way in (by_vector, by_fader)]
                rows.append([f"{name} {amount:+g}", *(f"{a}, {b}" for a, b in zip(*cells, strict=True))])
        print(f"\n{title}, {len(arrays)} pieces (vectors, faders)\n")
        print(table(["set", "right way", "missed", "kept", "largest side", "mean side"], rows))


if __name__ == "__main__":
    main()
