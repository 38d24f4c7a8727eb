"""Trains a model by its recipe; a run that was stopped goes on where it was.

    python -m recipes.train mel_2bar --data=../shared/data --run_dir=runs/mel_2bar

`python -m recipes.judge` judges the result and bundles it.
"""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from base_vae.training.train import RunSettings, train
from recipes import recipe as recipes
from recipes.drum_mixes import mixed
from recipes.music import read
from recipes.other_chords import over_other_chords
from recipes.recipe import Recipe
from recipes.split import Part, balanced, split
from recipes.warm_start import partial_weights


def load(recipe: Recipe, data: Path, cache: Path) -> tuple[dict[str, Part], dict[str, Part]]:
    """Training and validation examples of a recipe by collection; see `split`.

    Args:
      recipe: with the music to read.
      data: folder of the music.
      cache: folder of what was read before.
    """
    music = [(chosen, read(chosen, data, recipe.config.converter, cache)) for chosen in recipe.music]
    return split(music, data)


def run(recipe: Recipe, training: Mapping[str, np.ndarray], run_dir: Path) -> None:
    """Takes all stages of a recipe that are not done yet.

    Args:
      recipe: how to train.
      training: examples by collection.
      run_dir: checkpoints and the model go here.
    """
    for stage in recipe.stages:
        config = recipe.staged(stage)
        chosen = {k: v for k, v in training.items() if not stage.collections or k in stage.collections}
        start = partial_weights(recipe.warm_start, config.converter) if recipe.warm_start else None
        settings = RunSettings(
            num_steps=stage.until,
            seed=recipe.seed,
            mixed_precision=recipe.precision,
            checkpoint_steps=recipe.checkpoint_steps,
            keep_checkpoints=2,
        )
        if stage.drum_mixes:
            chosen = {k: mixed(v, stage.drum_mixes, recipe.seed) for k, v in chosen.items()}
        examples = balanced(chosen, recipe.weights, recipe.balance, recipe.seed)
        rearranged = over_other_chords(stage.other_chords, config) if stage.other_chords else None
        model = train(config, examples, run_dir, settings, first_weights=start, rearranged=rearranged)
        if int(model.global_step.numpy()) < stage.until:  # it was stopped by a signal
            return


def main() -> None:
    """Reads the music and trains."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=recipes.names(), help="the model")
    parser.add_argument("--data", type=Path, required=True, help="folder of the music")
    parser.add_argument("--run_dir", type=Path, required=True, help="checkpoints and the model go here")
    parser.add_argument("--cache", type=Path, help="folder of what was read before (run_dir/music)")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    recipe = recipes.find(args.name)
    training, validation = load(recipe, args.data, args.cache or args.run_dir / "music")
    for name in training:
        counts = (len(part[name].examples) for part in (training, validation))
        logging.info("%s: %d examples, %d held out", name, *counts)
    run(recipe, {name: part.examples for name, part in training.items()}, args.run_dir)


if __name__ == "__main__":
    main()
