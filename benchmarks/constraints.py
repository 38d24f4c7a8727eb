r"""How well latent constraints over the bundled base are met, as Markdown tables.

    python -m benchmarks.constraints --data=../shared/data
    python -m benchmarks.constraints --data=../shared/data --only=attributes --n=500

--data has `pop909/`, `abc_tunes/` and `personal/` with a folder for each person. Critics learn from one half
of POP909 and the tunes; an independent realism critic with another seed, which judges, learns from the other.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

import base_vae
from base_vae.array_model import Latents
from base_vae.configs.presets import get_preset
from base_vae.metrics import copy_rate, distinct_rate, histograms, overlap_area
from base_vae.settings import override
from base_vae.trained_model import TrainedModel
from latent_constraints.config import METHODS, ConstraintHParams
from latent_constraints.critics.realism import RealismCritic
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.properties import find_property
from latent_constraints.steering import constrain
from latent_constraints.training import train
from latent_constraints.training_data import Material
from latent_constraints.transfer import style_transfer
from recipes.music import Selection, read
from recipes.split import split
from small_vae.training import personalize

CONSTRAINTS = (
    "density:high",
    "density:low",
    "interval:high",
    "interval:low",
    "pitch_range:high",
    "pitch_range:low",
    "sixteenth_syncopation:high",
    "sixteenth_syncopation:low",
    "eighth_syncopation:high",
    "eighth_syncopation:low",
    "key:C major",
)
TEMPERATURE = 0.5
JUDGE_SEED = 1000


_HELD_OUT = "75[1-9]|7[6-9].|800"  # songs of POP909
_SONGS = Selection("songs", ("pop909",), held_out=_HELD_OUT)
_MELODIES = Selection("melodies", ("pop909",), tracks=("MELODY",), held_out=_HELD_OUT)
_TUNES = Selection("fiddle tunes", ("abc_tunes",), every=20)


def load(data: Path, *selections: Selection) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Training and validation examples of each selection."""
    converter, cache = get_preset("cat-mel_2bar_small").converter, Path("runs/constraints")
    parts = split([(each, read(each, data, converter, cache)) for each in selections], data)
    return tuple([part.examples for part in some.values()] for some in parts)


def music(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of the training music, in examples that neither shares with the other."""
    training, _ = load(data, _SONGS, _TUNES)
    examples = np.random.default_rng(0).permutation(np.unique(np.concatenate(training), axis=0))
    return examples[::2], examples[1::2]


def independent_judge(base: TrainedModel, examples: np.ndarray, hparams: ConstraintHParams) -> RealismCritic:
    """A realism critic that the constraints never saw."""
    judge = RealismCritic("realism", base.z_size, hparams.critic_layers, dropout=hparams.dropout)
    real = base.encode_arrays(examples[:20_000])
    judge.train(
        Material(base, [], real),
        hparams.critic_steps,
        hparams.batch_size,
        hparams.learning_rate,
        hparams.weight_decay,
        JUDGE_SEED,
    )
    return judge


def posterior_draws(latents: Latents, seed: int) -> np.ndarray:
    """One draw from each posterior, [n, z_size]."""
    noise = np.random.default_rng(seed).standard_normal(latents.mu.shape, np.float32)
    return latents.mu + latents.sigma * noise


def row(
    steered: LatentConstraints, method: str, judge: RealismCritic, n: int, seed: int
) -> tuple[dict[str, float], np.ndarray]:
    """Figures of one method (or the prior) under constraints, and its latents."""
    begin = time.perf_counter()
    if method == "prior":
        z = np.random.default_rng(seed).standard_normal((n, steered.base.z_size), np.float32)
        figures = {}
    else:
        steering = steered.constrain(n=n, seed=seed, method=method)
        z, figures = steering.z, {"moved": float(steering.moved.mean())}
        if steering.acceptance is not None:
            figures["accepted"] = float(steering.acceptance.mean())
    figures["seconds"] = time.perf_counter() - begin
    shares = steered.judge(z, temperature=TEMPERATURE, seed=seed)
    return {**shares, "judge": float(judge.probability(z).mean()), **figures}, z


def attributes(base: TrainedModel, halves: tuple[np.ndarray, np.ndarray], args: argparse.Namespace) -> None:
    """Share satisfied, realism, distinct samples, distance and time for each attribute and method."""
    judge = independent_judge(base, halves[1], args.hparams)
    real = posterior_draws(base.encode_arrays(halves[1][-2000:]), 0)
    print(f"\nThe independent critic rates posterior samples {judge.probability(real).mean():.2f}.")
    print("\n| what | trained in | samples | satisfied | realism by the judge | distinct | moved | 100 in |")
    print("|---|---|---|---|---|---|---|---|")
    steered: dict[tuple[str, ...], LatentConstraints] = {}
    for constraint in CONSTRAINTS:
        label = constraint if constraint.startswith("key") else constraint.split(":")[0]
        for constraints in ((constraint,), (constraint, "realism")):
            key = (label, *constraints[1:])
            seconds = ""
            if key not in steered:
                begin = time.perf_counter()
                some = halves[0][: args.real] if len(constraints) > 1 else None
                steered[key] = train(base, constraints, real=some, hparams=args.hparams, seed=args.seed)
                seconds = f"{time.perf_counter() - begin:.0f} s"
            model = steered[key].with_constraints(constraints)
            methods = ("prior", *METHODS) if len(constraints) == 1 else METHODS
            for method in methods:
                n = min(args.n, 100) if method == "mcmc" else args.n
                figures, _ = row(model, method, judge, n, args.seed + 7)
                took = figures if n == 100 else row(model, method, judge, 100, args.seed + 8)[0]
                print(
                    f"| {' + '.join(constraints)} | {seconds} | {method} | {figures[label]:.2f} "
                    f"| {figures['judge']:.2f} | {figures['distinct']:.2f} | {figures.get('moved', 0):.1f} "
                    f"| {took['seconds']:.1f} s"
                    + (f" ({figures['accepted']:.0%} accepted)" if "accepted" in figures else "")
                    + " |",
                    flush=True,
                )
                seconds = ""


def graded(base: TrainedModel, args: argparse.Namespace) -> None:
    """Spearman's correlation between the slice of an attribute that is set and its measured value."""
    converter = base.config.converter
    print("\n| graded | method | Spearman |")
    print("|---|---|---|")
    for label in ("density", "interval", "pitch_range"):
        steered = train(base, [f"{label}:high"], hparams=args.hparams, seed=args.seed)
        critic = steered.critic(label)
        masks = np.repeat(np.eye(critic.classes, dtype=bool), max(args.n // critic.classes, 10), axis=0)
        for method in METHODS[:2]:
            steering = constrain(
                None,
                steered.critics,
                {label: masks},
                n=len(masks),
                seed=args.seed,
                method=method,
                actor=steered.actor,
                scale=steered.scale,
                hparams=args.hparams,
            )
            arrays = base.decode_arrays(steering.z, temperature=TEMPERATURE, seed=args.seed)
            values = find_property(label, converter).measure(arrays, converter)
            defined = ~np.isnan(values)
            correlation = spearmanr(masks.argmax(1)[defined], values[defined]).statistic
            print(f"| {label}, {critic.classes} slices | {method} | {correlation:.2f} |", flush=True)


def personal(base: TrainedModel, halves: tuple[np.ndarray, np.ndarray], args: argparse.Namespace) -> None:
    """The likeness of the main job: personal critic, small VAE, and both; the mean of both ways to halve."""
    for folder in sorted(path for path in (args.data / "personal").iterdir() if path.is_dir()):
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".mid", ".midi", ".abc"))
        rounds = [_likeness(base, files[i::2], files[1 - i :: 2], halves[0], args) for i in (0, 1)]
        kinds = list(rounds[0]["base prior"])
        print(f"\n| {folder.name} | {' | '.join(kinds)} |")
        print("|---|" + "---|" * len(kinds))
        for source in rounds[0]:
            means = [np.mean([half[source][kind] for half in rounds]) for kind in kinds]
            print(f"| {source} | {' | '.join(f'{mean:.2f}' for mean in means)} |", flush=True)


def _likeness(
    base: TrainedModel, train_files: list[Path], other: list[Path], real: np.ndarray, args: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Overlaps with the held-out half, their mean, copies and distinct samples, by source."""
    own, held_out = base.collect(train_files), histograms(base.collect(other).examples)
    steered = train(
        base,
        ["personal"],
        real=real[: args.real],
        own=own.examples,
        hparams=args.hparams,
        seed=args.seed,
    )
    small = personalize(base, train_files, seed=args.seed)
    rng, n = np.random.default_rng(args.seed), 200
    drawn = small.decode_latents(small.draw(n, rng))
    drawn += (rng.standard_normal((n, len(small.spread))) @ small.spread).astype(np.float32)
    latents = {
        "base prior": rng.standard_normal((n, base.z_size), np.float32),
        "small VAE": drawn,
        **{f"critic, {m}": steered.constrain(n=n, seed=args.seed, method=m).z for m in METHODS},
        "small VAE, then critic": steered.constrain(drawn, seed=args.seed).z,
    }
    figures = {}
    for source, z in latents.items():
        arrays = base.decode_arrays(z, temperature=TEMPERATURE, seed=args.seed)
        overlaps = {k: overlap_area(h, held_out[k]) for k, h in histograms(arrays).items()}
        mean = float(np.mean(list(overlaps.values())))
        figures[source] = {
            **overlaps,
            "mean": mean,
            "copies": copy_rate(arrays, own.examples),
            "distinct": distinct_rate(arrays),
        }
    return figures


def styles(base: TrainedModel, args: argparse.Namespace) -> None:
    """Pop melodies translated to fiddle tunes and back: likeness to each style, and what is kept."""
    training, validation = load(args.data, _MELODIES, _TUNES)
    rng = np.random.default_rng(args.seed)
    arrays = [rng.permutation(rows)[: args.real] for rows in training]
    converter = base.config.converter
    measured = [find_property(label, converter) for label in style_transfer.KEPT]
    translator = style_transfer.train(base, *arrays, seed=args.seed)
    held_out = [rng.permutation(rows)[:500] for rows in validation]
    theirs = [histograms(rows) for rows in held_out]
    print("\n| translated | like pop | like fiddle tunes | density kept | pitch kept |")
    print("|---|---|---|---|---|")
    for source, target in ((0, 1), (1, 0)):
        before = np.stack([p.measure(held_out[source], converter) for p in measured], 1)
        for amount in (0.0, 0.5, 1.0):
            z = translator.latents(held_out[source], towards=style_transfer.STYLES[target], amount=amount)
            decoded = base.decode_arrays(z, seed=args.seed)
            likeness = [
                np.mean([overlap_area(h, style[k]) for k, h in histograms(decoded).items()])
                for style in theirs
            ]
            after = np.stack([p.measure(decoded, converter) for p in measured], 1)
            kept = [
                spearmanr(a, b, nan_policy="omit").statistic for a, b in zip(before.T, after.T, strict=True)
            ]
            cells = " | ".join(f"{value:.2f}" for value in (*likeness, *kept))
            name = (_MELODIES, _TUNES)[source].collection
            print(f"| {name}, {amount:.0%} of the way | {cells} |", flush=True)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=("attributes", "graded", "personal", "styles"))
    parser.add_argument("--n", type=int, default=500, help="samples of each kind")
    parser.add_argument("--real", type=int, default=10_000, help="examples that realism is learned from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hparams", default="", help="name=value,name=value")
    args = parser.parse_args()
    args.hparams = override(ConstraintHParams(), args.hparams)
    base = base_vae.load("mel_2bar")
    halves = music(args.data) if args.only not in ("graded", "styles") else (np.empty(0), np.empty(0))
    if args.only in (None, "attributes"):
        attributes(base, halves, args)
    if args.only in (None, "graded"):
        graded(base, args)
    if args.only in (None, "personal"):
        personal(base, halves, args)
    if args.only in (None, "styles"):
        styles(base, args)


if __name__ == "__main__":
    main()
