"""Makes a model of whole tunes: reads and encodes the songs, trains, judges, writes the folder with its card.

    python -m recipes.tunes mel_2bar --data=../shared/data --cache=runs/tunes

It is written beside the base, where `base_vae.tunes` finds it, or to --output. What was encoded is kept in
the cache for the next time.
"""

import argparse
import dataclasses
import logging
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

import base_vae
from base_vae.tunes.batches import Batches
from base_vae.tunes.corpus import AttributeScale, Corpus, attribute_names, joined
from base_vae.tunes.denoiser import Context, Denoiser
from base_vae.tunes.denoising import Denoising
from base_vae.tunes.form import Form
from base_vae.tunes.latent_space import LatentSpace
from base_vae.tunes.loading import FOLDER
from base_vae.tunes.measures import measure
from base_vae.tunes.saving import save
from base_vae.tunes.song import Song
from base_vae.tunes.training import new_denoiser, train, v_loss
from base_vae.tunes.tune_model import TuneModel
from recipes.tunes import music
from recipes.tunes.recipe import Recipe, find, names

log = logging.getLogger(__name__)

_FORMS = 300  # that are kept for tunes of nobody's
_LEAST_FORM = 8  # segments
_JUDGED = 60  # tunes
_HELD_OUT_BATCHES = 8
_SOURCES = """Music and licences: POP909 (MIT), Ryan's Mammoth Collection, O'Neill's 1850 and Aird's Airs
(public domain), Ceol Rince na hEireann (CC BY 4.0), Open Hymnal (public domain), OpenScore Lieder (CC0)."""


def make(recipe: Recipe, data: Path, cache: Path, output: Path | None) -> None:
    """Makes the model of a recipe."""
    start = time.monotonic()
    base = base_vae.load(recipe.base)
    parts = [music.read(selection, data, base, cache) for selection in recipe.music]
    found = [music.latents(recipe, number, songs, base, cache) for number, songs in enumerate(parts)]
    training, held_out = (joined(corpora) for corpora in zip(*found, strict=True))
    log.info("%d songs in all keys, %d segments", len(training), len(training.latents))
    space = LatentSpace.of(training.latents.astype(np.float32), recipe.hparams.directions)
    scale = AttributeScale.of(training, attribute_names(base.config.converter))
    batches, held = (
        Batches(corpus, space, scale, seed)
        for corpus, seed in ((training, recipe.training.seed), (held_out, 1))
    )
    validation = [held(recipe.training.batch_size) for _ in range(_HELD_OUT_BATCHES)]
    hparams = dataclasses.replace(recipe.hparams, attributes=len(scale.names))
    denoiser = new_denoiser(hparams, recipe.training.seed, recipe.training.precision)

    def report(step: int, loss: float) -> None:
        if step % 500 == 0:
            log.info("step %d: loss %.4f, held out %.4f", step, loss, held_out_loss(denoiser, validation))

    steps = train(denoiser, batches, recipe.training, report)
    loss = held_out_loss(denoiser, validation)
    plain = Denoiser(hparams)
    plain.set_weights(denoiser.get_weights())
    denoising = Denoising(space, scale, plain, forms(training))
    minutes = (time.monotonic() - start) / 60
    real = [song for _, songs in parts for song in songs]
    denoising.card = card(recipe, TuneModel(base, denoising), real, len(training), steps, loss, minutes)
    folder = output or base.folder / FOLDER
    save(denoising, base, folder, replace=folder.exists())
    log.info("wrote %s\n%s", folder, denoising.card)


def held_out_loss(denoiser: Denoiser, validation: list[tuple[np.ndarray, Context]]) -> float:
    """Mean squared error of v on held-out stretches, with the same noise each time."""
    losses = [
        v_loss(denoiser, tf.constant(x), Context(*map(tf.constant, context)), tf.constant([1, number]))
        for number, (x, context) in enumerate(validation)
    ]
    return float(np.mean(losses))


def forms(corpus: Corpus) -> list[Form]:
    """Forms of some songs, of those in which something comes again."""
    rng = np.random.default_rng(0)
    found = [corpus.form(int(song)) for song in rng.permutation(len(corpus))]
    good = [form for form in found if len(form) >= _LEAST_FORM and len(set(form.labels)) < len(form)]
    return list(dict.fromkeys(good))[:_FORMS]


def card(
    recipe: Recipe, model: TuneModel, real: list[Song], songs: int, steps: int, loss: float, minutes: float
) -> str:
    """The model card: its training music, and its tunes beside held-out songs."""
    converter = model.base.config.converter
    composed = model.compose(_JUDGED, num_bars=32, seed=0)
    tunes = [song.segments for song in composed.songs]
    rows = {
        "held-out songs": measure([song.segments for song in real], converter),
        "new": measure(tunes, converter),
    }
    names_ = list(rows["new"])
    table = ["| | " + " | ".join(names_) + " |", "|---|" + "---|" * len(names_)]
    table += [
        f"| {title} | " + " | ".join(f"{row[n]:.2f}" for n in names_) + " |" for title, row in rows.items()
    ]
    collections = ", ".join(selection.collection for selection in recipe.music)
    size = model.denoising.denoiser.count_params()
    return f"""A denoiser of sequences of latents of {recipe.base}: v-prediction, {size:,} parameters, 16-bit
weights. It learned from {collections}: {songs:,} songs, counting keys, in
{steps:,} steps of {recipe.training.batch_size} and {minutes:.0f} minutes. Its error of v on
held-out songs is {loss:.4f}.

{_JUDGED} tunes of 32 bars beside held-out songs; "lag" is the similarity of two-bar windows so far apart:

{chr(10).join(table)}

{_SOURCES}

It is bad at metres other than the base's, and knows no harmony."""


def main() -> None:
    """Reads the flags and makes the model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=names(), help="the recipe")
    parser.add_argument("--data", type=Path, required=True, help="folder of the music")
    parser.add_argument("--cache", type=Path, required=True, help="folder of what was encoded before")
    parser.add_argument("--minutes", type=float, help="of training (those of the recipe)")
    parser.add_argument("--output", type=Path, help="folder of the model (beside the base)")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    recipe = find(args.name)
    if args.minutes:
        training = dataclasses.replace(recipe.training, minutes=args.minutes)
        recipe = dataclasses.replace(recipe, training=training)
    make(recipe, args.data, args.cache, args.output)


if __name__ == "__main__":
    main()
