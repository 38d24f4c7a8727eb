r"""Faders beside attribute vectors and critics: what is asked and what comes of it, piece by piece.

    python -m benchmarks.faders --data=../shared/data --pieces=64
    python -m benchmarks.faders --data=../shared/data --critics=critics/ --vectors=plain/ \
        --ways=vectors,critics,faders

Music of POP909 751 to 800, which the bundled model has not seen, and of the example tunes. For each
attribute at +1 and -1 standard deviation, of the pieces that have room for it: the share that changes the
right way; Spearman's correlation of what was asked and obtained; how far the change is from what was asked
(mean, in deviations); how many steps stay; the change of that other attribute that changes most, piece by
piece, and of the one that changes most on average, with its name (in deviations); the Frechet distance of the
posterior means of the results to those of the music (that of the halves of the music is printed beside it);
and the processor's time for a piece, after loading. Then, with --generated, new music of values that
held-out pieces of all collections have: Spearman, the error, and the Frechet distance, beside the prior's.

--vectors is a folder of `attribute_vectors compute` (--keep_all has all of them, the paper's); without it
the model's own are taken, for the attributes that have any. --critics is a run of `latent_constraints
--mode=train` with constraints like density:high; each piece is asked for the nearest class of its target by
gradient.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import base_vae
import latent_constraints
from base_vae.attributes import AttributeVectors, get_attributes, measure_arrays
from base_vae.attributes.rank_correlation import spearman
from base_vae.errors import UserError
from base_vae.faders import Directions, Request, fade_arrays, find_directions, generate_arrays
from base_vae.latent_prior import LatentPrior
from base_vae.metrics.differences import hamming_distance
from base_vae.metrics.frechet import frechet
from base_vae.metrics.markdown import table
from base_vae.trained_model import TrainedModel
from latent_constraints.steering import constrain
from recipes import recipe
from recipes.train import load

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
UNDEFINED = 3.0  # spreads that a change to or from "not defined" counts
WAYS = ("vectors", "critics", "faders")
Change = Callable[[np.ndarray, str, np.ndarray], np.ndarray]  # music, attribute, deviations [n] to music


def ways(model: TrainedModel, names: list[str], args: argparse.Namespace) -> dict[str, Change]:
    """How to change music, by name."""
    directions = find_directions(model)

    def by_fader(arrays: np.ndarray, name: str, amounts: np.ndarray) -> np.ndarray:
        found = [fade_arrays(model, arrays[amounts == a], {name: a}).arrays for a in np.unique(amounts)]
        return _in_order(arrays, amounts, found)

    def by_vector(arrays: np.ndarray, name: str, amounts: np.ndarray) -> np.ndarray:
        vectors = AttributeVectors.load(args.vectors) if args.vectors else model.attributes
        z = model.encode_arrays(arrays).mu
        moved = [vectors.moved(z[amounts == a], {name: a}) for a in np.unique(amounts)]
        return model.decode_arrays(_in_order(z, amounts, moved), controls=arrays)

    def by_critic(arrays: np.ndarray, name: str, amounts: np.ndarray) -> np.ndarray:
        steered = latent_constraints.load(args.critics)
        critic, column = steered.critic(name), directions.names.index(name)
        before = measure_arrays(arrays, model.config.converter, get_attributes([name]))[:, 0]
        wanted = before + amounts * directions.spreads[column]
        masks = np.array([critic.allowed_classes(f"{value:g}") for value in np.nan_to_num(wanted)])
        z, hparams = model.encode_arrays(arrays).mu, steered.hparams
        steering = constrain(z, steered.critics, {name: masks}, scale=steered.scale, hparams=hparams)
        return model.decode_arrays(steering.z, controls=arrays)

    known = {"vectors": by_vector, "critics": by_critic, "faders": by_fader}
    return {name: known[name] for name in names}


def _in_order(like: np.ndarray, amounts: np.ndarray, found: list[np.ndarray]) -> np.ndarray:
    """Rows that were made amount by amount, in the order of the pieces."""
    result = np.empty(like.shape, found[0].dtype)
    for amount, rows in zip(np.unique(amounts), found, strict=True):
        result[amounts == amount] = rows
    return result


def rows_of(
    model: TrainedModel, directions: Directions, arrays: np.ndarray, name: str, change: Change
) -> list[str] | None:
    """The figures of one attribute at +1 and -1; None where the way does not have it."""
    converter, attributes = model.config.converter, get_attributes(directions.names)
    column = directions.names.index(name)
    least, most = directions.extents[column]
    own = measure_arrays(arrays, converter, get_attributes([name]))[:, 0]
    music, amounts = np.concatenate([arrays, arrays]), np.repeat([1.0, -1.0], len(arrays))
    wanted = np.tile(own, 2) + amounts * directions.spreads[column]
    with_room = (wanted >= least) & (wanted <= most)
    music, amounts, wanted = music[with_room], amounts[with_room], wanted[with_room]
    if not len(music):
        return None
    begin = time.process_time()
    try:
        changed = change(music, name, amounts)
    except UserError:
        return None
    seconds = (time.process_time() - begin) / len(music)
    before, after = (measure_arrays(each, converter, attributes) for each in (music, changed))
    moved = (after - before) / directions.spreads
    moved = np.where(np.isnan(before) & np.isnan(after), 0.0, np.nan_to_num(moved, nan=UNDEFINED))
    others = np.abs(np.delete(moved, column, axis=1))
    on_average = others.mean(0)
    other = np.delete(directions.names, column)[on_average.argmax()]
    kept = 1.0 - hamming_distance(changed, music, converter)
    distance = frechet(*(model.encode_arrays(each).mu for each in (changed, arrays))).distance
    return [
        f"{np.mean(moved[:, column] * amounts > 0):.0%}",
        f"{spearman(wanted, after[:, column]):.2f}",
        f"{np.mean(np.abs(moved[:, column] - amounts)):.2f}",
        f"{np.mean(kept):.0%}",
        f"{np.mean(others.max(1)):.2f}",
        f"{on_average.max():.2f} ({other})",
        f"{distance:.1f}",
        f"{seconds:.2f}",
    ]


def edits(
    model: TrainedModel, arrays: np.ndarray, names: list[str], title: str, args: argparse.Namespace
) -> None:
    """Prints the table of changes."""
    directions = find_directions(model)
    header = [
        "asked",
        "way",
        "right way",
        "Spearman",
        "missed",
        "kept",
        "largest side of a piece",
        "largest side on average",
        "Frechet",
        "CPU s",
    ]
    lines = []
    for name in names:
        for way, change in ways(model, args.ways.split(","), args).items():
            cells = rows_of(model, directions, arrays, name, change)
            lines.append([f"{name} +-1", way, *(cells or ["-"] * 8)])
            print(" ".join(lines[-1]), flush=True)
    halves = frechet(*(model.encode_arrays(half).mu for half in (arrays[::2], arrays[1::2]))).distance
    print(f"\n{title}, {len(arrays)} pieces; Frechet distance of its halves {halves:.1f}\n")
    print(table(header, lines))


def held_out_music(data: Path, cache: Path, n: int) -> np.ndarray:
    """Held-out music of the bundled model, `n` examples of each collection."""
    _, held_out = load(recipe.find("mel_2bar"), data, cache)
    rng = np.random.default_rng(0)
    return np.concatenate([rng.permutation(part.examples)[:n] for part in held_out.values()])


def from_values(model: TrainedModel, arrays: np.ndarray, names: list[str], n: int) -> None:
    """Prints the table of new music of values that the music has."""
    directions, lines = find_directions(model), []
    real = model.encode_arrays(arrays).mu
    for label, prior in {
        "N(0, I)": LatentPrior.standard(model.z_size),
        "the model's prior": model.prior,
    }.items():
        drawn = model.decode_arrays(prior.draw(n, seed=1))
        lines.append([label, "", "", f"{frechet(model.encode_arrays(drawn).mu, real).distance:.1f}"])
    for name in names:
        column = directions.names.index(name)
        own = measure_arrays(arrays, model.config.converter, get_attributes([name]))[:, 0]
        wanted = np.random.default_rng(2).choice(own[~np.isnan(own)], n)
        found = np.concatenate(
            [
                generate_arrays(model, 1, [Request(name, value, is_value=True)], seed=number)[0]
                for number, value in enumerate(wanted.tolist())
            ]
        )
        values = measure_arrays(found, model.config.converter, get_attributes([name]))[:, 0]
        missed = np.nanmean(np.abs(values - wanted)) / directions.spreads[column]
        distance = frechet(model.encode_arrays(found).mu, real).distance
        lines.append([name, f"{spearman(wanted, values):.2f}", f"{missed:.2f}", f"{distance:.1f}"])
    print(f"\n{n} new pieces of given values\n\n{table(['asked', 'Spearman', 'missed', 'Frechet'], lines)}")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with pop909/")
    parser.add_argument("--model", default="mel_2bar", help="whatever base_vae.load takes")
    parser.add_argument("--pieces", type=int, default=64, help="pieces of each set")
    parser.add_argument("--generated", type=int, default=0, help="new pieces of given values")
    parser.add_argument("--cache", type=Path, default=Path("runs/mel_2bar/music"), help="of what was read")
    parser.add_argument("--attributes", default="", help="some of them, separated by commas; all by default")
    parser.add_argument("--ways", default="vectors,faders", help=f"some of {','.join(WAYS)}")
    parser.add_argument("--vectors", help="folder of other vectors than the model's")
    parser.add_argument("--critics", help="folder of trained constraints")
    args = parser.parse_args()
    model = base_vae.load(args.model)
    names = [name for name in args.attributes.split(",") if name] or list(find_directions(model).names)
    songs = [path for path in sorted((args.data / "pop909").glob("*.mid")) if int(path.stem) > 750]
    for title, paths in {"POP909 751 to 800": songs, "example tunes": [EXAMPLES]}.items():
        examples = model.collect(paths).examples
        examples = examples[examples.reshape(len(examples), -1).any(1)]
        arrays = np.random.default_rng(0).permutation(examples)[: args.pieces]
        edits(model, arrays, names, title, args)
    if args.generated:
        from_values(model, held_out_music(args.data, args.cache, 100), names, args.generated)


if __name__ == "__main__":
    main()
