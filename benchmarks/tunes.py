"""Are whole tunes tunes? New pieces of 32 bars beside real ones, today's walk and simple baselines.

    python -m benchmarks.tunes ../shared/data/personal/foster ../shared/data/personal/hornpipes --model=tunes/

For each folder it prints a Markdown table: the similarity of two-bar windows at lags of 1, 2, 4, 8 and 16
windows, the share of windows that come again, notes in a window, share of notes in the best key, endings on
the tonic, length of the last note, different pieces, copies, similarity to the nearest window of the songs,
overlap of five histograms with them, Frechet distance of windows to them, and consistency and variance of
pitch and duration beside them, as in Mittal et al. 2021 (arXiv:2103.16091). --real: the prior, beside
held-out songs.
"""

import argparse
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import base_vae
from base_vae.converters import Converter
from base_vae.converters.melody.events import FIRST_NOTE, events_of
from base_vae.metrics import histograms, overlap_area
from base_vae.metrics.frechet import frechet
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.note_table import note_table
from base_vae.music.piece import Piece
from base_vae.trained_model import TrainedModel
from base_vae.tunes.form import Form
from base_vae.tunes.key import key_of
from base_vae.tunes.loading import load
from base_vae.tunes.measures import copied, in_one_octave, likeness, longest_run, measure, overlap_of_frames
from base_vae.tunes.song import Song, songs_in
from base_vae.tunes.songbook import Songbook, home, transposed
from base_vae.tunes.tune_model import TuneModel
from small_vae.training import train

BARS = 32
_LEAST = 4  # segments of a real song


def segments_of(sequence: NoteSequence, converter: Converter) -> np.ndarray:
    """A melody as segments [segments, steps], from its time 0 on."""
    table = note_table(Piece.from_sequence(sequence), converter.steps_per_quarter)
    steps = BARS * converter.bar
    order = np.argsort(table.start)
    table = table.where(order[table.start[order] < steps])
    ids = table.pitch - converter.min_pitch + FIRST_NOTE
    return converter.all_canonical(
        events_of(table.start, table.end.clip(0, steps - 1), ids, steps).reshape(-1, converter.shape[0])
    )


def markov(book: Songbook, moved: Sequence[np.ndarray], n: int, seed: int) -> list[np.ndarray]:
    """Tunes of a Markov chain over the segments of songs, all on C."""
    rng, size = np.random.default_rng(seed), BARS // 2
    follows: dict[bytes, list[np.ndarray]] = {}
    for song in moved:
        for one, two in zip(song, np.roll(song, -1, 0), strict=True):
            follows.setdefault(one.tobytes(), []).append(two)
    tunes = []
    for _ in range(n):
        tune = [moved[rng.integers(len(moved))][0]]
        while len(tune) < size:
            options = follows[tune[-1].tobytes()]
            tune.append(options[rng.integers(len(options))])
        tunes.append(np.stack(tune))
    return tunes


def formed(
    draw: Callable[[int, int], np.ndarray], forms: Sequence[Form], n: int, seed: int
) -> list[np.ndarray]:
    """Tunes with the forms of songs and independent segments, `draw(number, seed)`."""
    rng, size = np.random.default_rng(seed), BARS // 2
    chosen = [forms[rng.integers(len(forms))].of_length(size) for _ in range(n)]
    drawn = draw(n * size, seed).reshape(n, size, -1)
    return [tune[list(form.labels)] for tune, form in zip(drawn, chosen, strict=True)]


def figures(
    base: TrainedModel, tunes: Sequence[np.ndarray], real: Sequence[Song], known: frozenset[bytes]
) -> dict[str, float]:
    """Everything that is measured of tunes beside real songs."""
    converter = base.config.converter
    low = converter.min_pitch
    result = measure(tunes, converter)
    homes = [transposed(tune, home(key_of(tune.ravel(), low)), converter) for tune in tunes]
    masks = [copied(tune, known) for tune in homes]
    result["copies"] = float(np.mean([mask.mean() for mask in masks]))
    result["bars in a row"] = float(max(longest_run(mask) for mask in masks) * converter.bars)
    result["nearest"] = nearest(homes, known)
    windows, theirs = np.concatenate(tunes), np.concatenate([song.segments for song in real])
    mine, other = histograms(windows), histograms(theirs)
    result["histograms"] = float(np.mean([overlap_area(mine[name], other[name]) for name in mine]))
    some = np.random.default_rng(0).permutation(len(windows))[:600]
    result["Frechet"] = frechet(
        base.encode_arrays(windows[some]).mu, base.encode_arrays(theirs).mu, shrunk=True
    ).distance
    ours, truth = overlap_of_frames(tunes, low), overlap_of_frames([song.segments for song in real], low)
    for name in ours:
        for moment, word in enumerate(("consistency", "variance")):
            a, b = ours[name][moment], truth[name][moment]
            result[f"{name} {word}"] = max(0.0, 1.0 - abs(a - b) / b)
    return result


def nearest(tunes: Sequence[np.ndarray], known: frozenset[bytes]) -> float:
    """Mean similarity of segments to the most similar known window; NaN where nothing is known."""
    if not known:
        return float("nan")
    windows = np.stack([np.frombuffer(window, np.int64) for window in sorted(known)])
    segments = np.unique(in_one_octave(np.concatenate(tunes)), axis=0)
    return float(np.mean([likeness(segment, windows).max() for segment in segments]))


def sources(
    base: TrainedModel, model: TuneModel, folder: str, songs: list[Song], args: argparse.Namespace
) -> dict[str, Callable[[], list[np.ndarray]]]:
    """Ways to make tunes like some songs, by name."""
    converter, n, seed = base.config.converter, args.n, args.seed
    book = Songbook.of(base, songs)
    personal = functools.cache(lambda: train(base, base.collect([folder]), seed=seed))
    moved = [transposed(s.segments, home(k), converter) for s, k in zip(book.songs, book.keys, strict=True)]

    def independent(count: int, seed: int) -> np.ndarray:
        return np.stack(
            [
                segments_of(s, converter)[0]
                for s in personal().sample(count, temperature=args.temperature, seed=seed)
            ]
        )

    def composed(own: TuneModel, novelty: float) -> Callable[[], list[np.ndarray]]:
        def tunes() -> list[np.ndarray]:
            found = own.compose(n, temperature=args.temperature, seed=seed, num_bars=BARS, novelty=novelty)
            print(f"  {found.report}", flush=True)
            return [song.segments for song in found.songs]

        return tunes

    ways: dict[str, Callable[[], list[np.ndarray]]] = {
        "real": lambda: [song.segments for song in songs if len(song) >= _LEAST],
        "walk": lambda: [
            segments_of(s, converter)
            for s in personal().sample(n, temperature=args.temperature, seed=seed, num_bars=BARS)
        ],
        "independent": lambda: list(independent(n * BARS // 2, seed).reshape(n, BARS // 2, -1)),
        "Markov": lambda: markov(book, moved, n, seed),
        "form, independent": lambda: formed(independent, book.forms, n, seed),
    }
    own = model.with_songs(songs)
    ways |= {f"tunes, novelty {novelty}": composed(own, novelty) for novelty in args.novelty}
    return ways


def table(rows: dict[str, dict[str, float]]) -> str:
    """Markdown of figures by way."""
    names = list(next(iter(rows.values())))
    lines = ["| | " + " | ".join(rows) + " |", "|---|" + "---|" * len(rows)]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(f"{row[name]:.2f}" for row in rows.values()) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", help="somebody's songs")
    parser.add_argument("--base", default="mel_2bar")
    parser.add_argument("--model", help="folder of a model of tunes (that beside the base, if there is one)")
    parser.add_argument("--real", nargs="*", default=[], help="held-out songs beside which the prior stands")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--novelty", type=float, nargs="*", default=[0.5])
    parser.add_argument("--temperature", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="names of ways")
    args = parser.parse_args()
    base = base_vae.load(args.base)
    model = load(base, args.model)
    converter = base.config.converter
    for folder in args.folders:
        songs, _ = songs_in([folder], converter)
        ways = sources(base, model, folder, songs, args)
        report(Path(folder).name, base, ways, songs, Songbook.of(base, songs).known, args.only)
    if args.real:
        songs = [song for song in songs_in(args.real, converter)[0] if len(song) >= _LEAST]

        def composed() -> list[np.ndarray]:
            found = model.compose(args.n, temperature=args.temperature, seed=args.seed, num_bars=BARS)
            return [song.segments for song in found.songs]

        def prior() -> list[np.ndarray]:
            drawn = base.sample(args.n * BARS // 2, temperature=args.temperature, seed=args.seed)
            return list(
                np.stack([segments_of(s, converter)[0] for s in drawn]).reshape(args.n, BARS // 2, -1)
            )

        ways = {"real": lambda: [song.segments for song in songs], "independent": prior, "tunes": composed}
        report("the prior", base, ways, songs, frozenset(), args.only)


def report(
    title: str,
    base: TrainedModel,
    ways: dict[str, Callable[[], list[np.ndarray]]],
    songs: list[Song],
    known: frozenset[bytes],
    only: list[str] | None,
) -> None:
    """Prints the table of one set of songs."""
    rows = {}
    print(f"\n## {title}\n")
    for name, make in ways.items():
        if only and name not in only:
            continue
        start = time.perf_counter()
        tunes = make()
        seconds = time.perf_counter() - start
        rows[name] = figures(base, tunes, songs, known) | {"seconds": seconds}
    print(table(rows), flush=True)


if __name__ == "__main__":
    main()
