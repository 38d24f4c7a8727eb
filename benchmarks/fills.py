"""Do fills and continuations belong to the song they are in?

    python -m benchmarks.fills ../shared/data/pop909/75[1-9].mid

Of each song the first 32 bars, of which bars 9 to 16 (fill), or all from bar 17 on (continue), are hidden.
Printed is how often what was there is likelier to the denoiser than another passage of the same song, from
any of its bars, and than a passage of another song in the same key, none of which repeats what is known, for
what is known is always likely; and the overlap of five histograms with what is known, of what
was there, of what is made, and of samples of the base's prior.
"""

import argparse
from collections.abc import Sequence

import numpy as np

import base_vae
from base_vae.converters.melody.converter import MelodyConverter
from base_vae.metrics import histograms, overlap_area
from base_vae.trained_model import TrainedModel
from base_vae.tunes.denoiser import LONGEST
from base_vae.tunes.form import Form, form_of
from base_vae.tunes.key import key_of
from base_vae.tunes.loading import load
from base_vae.tunes.song import Song, songs_in
from base_vae.tunes.songbook import home, transposed
from base_vae.tunes.tune_model import TuneModel

HIDDEN = {"fill": slice(4, 8), "continue": slice(8, LONGEST)}
OTHERS = 8  # passages that the true one is compared with


def passages(segments: np.ndarray, size: int) -> list[np.ndarray]:
    """All stretches of some segments."""
    return [segments[i : i + size] for i in range(len(segments) - size + 1)]


def is_new(passage: np.ndarray, known: np.ndarray) -> bool:
    """Whether no segment of a passage is among the known ones."""
    return not (passage[:, np.newaxis] == known).all(-1).any()


def form_with(own: Form, is_known: np.ndarray) -> Form:
    """The form of the known segments; of the hidden ones nothing is given away."""
    labels = np.where(is_known, own.labels, max(own.labels) + 1 + np.arange(len(own)))
    return Form(tuple(labels.tolist()), tuple((is_known & own.varied).tolist()))


def likelier(
    model: TuneModel, song: np.ndarray, others: Sequence[np.ndarray], hidden: slice, seed: int
) -> float:
    """Share of some other passages that are less likely in the hidden place; NaN without any new ones.

    Args:
      model: whose denoiser judges.
      song: segments, of which those in `hidden` count as hidden.
      others: passages; some that repeat nothing are taken.
      hidden: the place.
      seed: of the choice, and of noise.
    """
    is_known = np.ones(len(song), bool)
    is_known[hidden] = False
    true, known = song[hidden], song[is_known]
    others = [each for each in others if is_new(each, known) and not np.array_equal(each, true)]
    if not (others and is_new(true, known)):
        return float("nan")
    others = [others[i] for i in np.random.default_rng(seed).permutation(len(others))[:OTHERS]]
    form = form_with(form_of(song, model.base.config.converter), is_known)
    whole = np.repeat(song[np.newaxis], 1 + len(others), 0)
    for number, other in enumerate(others, 1):
        whole[number, hidden] = other
    z = model.base.encode_arrays(whole.reshape(-1, song.shape[1])).mu
    x = model.denoising.space.inward(z).reshape(*whole.shape[:2], -1)
    errors = model.denoising.errors(x, np.repeat(is_known[np.newaxis], len(x), 0), [form] * len(x), seed=seed)
    return float(np.mean(errors[1:] > errors[0]))


def made(model: TuneModel, song: np.ndarray, name: str, hidden: slice, seed: int) -> np.ndarray:
    """What the model puts into the hidden place, by its public verbs."""
    converter = model.base.config.converter
    if name == "fill":
        piece = model.fill(
            _song(song), (1 + hidden.start * converter.bars, hidden.stop * converter.bars), seed=seed
        )
    else:
        bars = (hidden.stop - hidden.start) * converter.bars
        piece = model.continued(_song(song[: hidden.start]), num_bars=bars, seed=seed)
    (again,), _ = songs_in([piece], converter)
    return again.segments[hidden]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Mean overlap of the histograms of two sets of segments; NaN where one has no notes."""
    if not (one.any() and other.any()):
        return float("nan")
    first, second = histograms(one), histograms(other)
    return float(np.mean([overlap_area(first[key], second[key]) for key in first]))


def _song(segments: np.ndarray) -> Song:
    return Song("", segments, np.zeros(len(segments), bool), np.zeros(0, np.uint8), 120.0, 0)


def measure(model: TuneModel, songs: Sequence[np.ndarray], name: str, base: TrainedModel) -> dict[str, float]:
    """The figures of one way to hide.

    Args:
      model: of tunes.
      songs: their segments, all on one tonic.
      name: of the way.
      base: of the segments.
    """
    hidden, size = HIDDEN[name], HIDDEN[name].stop - HIDDEN[name].start
    draws = np.random.default_rng(0).standard_normal((size * len(songs), base.z_size), np.float32)
    prior = np.split(base.decode_arrays(draws, temperature=0.5), len(songs))
    rows = []
    for number, whole in enumerate(songs):
        song = whole[:LONGEST]
        known = np.delete(song, np.arange(LONGEST)[hidden], 0)
        strangers = [other[hidden] for i, other in enumerate(songs) if i != number]
        rows.append(
            {
                "likelier than its song's": likelier(model, song, passages(whole, size), hidden, number),
                "likelier than others'": likelier(model, song, strangers, hidden, number),
                "overlap: true": overlap(song[hidden], known),
                "overlap: made": overlap(made(model, song, name, hidden, number), known),
                "overlap: prior": overlap(prior[number], known),
            }
        )
    return {key: float(np.nanmean([row[key] for row in rows])) for key in rows[0]}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("songs", nargs="+", help="held-out songs")
    parser.add_argument("--base", default="mel_2bar")
    parser.add_argument("--n", type=int, default=100, help="songs at most")
    args = parser.parse_args()
    base = base_vae.load(args.base)
    model, converter = load(base), base.config.converter
    assert isinstance(converter, MelodyConverter)  # keys and histograms are of melodies
    songs = []
    for song in songs_in(args.songs, converter)[0]:
        whole = song.segments
        if len(whole) >= LONGEST and whole[:LONGEST].any(1).mean() > 0.8:
            songs.append(transposed(whole, home(key_of(whole.ravel(), converter.min_pitch)), converter))
    songs = songs[: args.n]
    found = {name: measure(model, songs, name, base) for name in HIDDEN}
    print(f"{len(songs)} songs\n\n| | " + " | ".join(found) + " |\n|---|" + "---|" * len(found))
    for key in next(iter(found.values())):
        print(f"| {key} | " + " | ".join(f"{each[key]:.2f}" for each in found.values()) + " |")


if __name__ == "__main__":
    main()
