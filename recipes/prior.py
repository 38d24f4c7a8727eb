"""Fits the prior of a model to the music that it learned from, for samples that are more like it.

    python -m recipes.prior mel_2bar --data=../shared/data

`recipes.judge --bundle` does so for a new model; this adds a prior to one that is bundled already.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import base_vae
from base_vae.latent_prior import LatentPrior
from base_vae.loading import find
from base_vae.trained_model import TrainedModel
from recipes import recipe as recipes
from recipes.recipe import Recipe
from recipes.split import Part, balanced
from recipes.train import load

_MOST = 30_000  # examples


def fitted(model: TrainedModel, recipe: Recipe, training: Mapping[str, Part]) -> LatentPrior:
    """The prior of training examples, by collection, in the proportions of the training."""
    examples = {name: part.examples for name, part in training.items()}
    music = balanced(examples, recipe.weights, recipe.balance, recipe.seed)
    chosen = np.random.default_rng(recipe.seed).permutation(len(music))[:_MOST]
    return LatentPrior.of_posteriors(*model.encode_arrays(music[np.sort(chosen)]))


def main() -> None:
    """Writes `prior.npz` to the folder of a bundled model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=recipes.names(), help="the model")
    parser.add_argument("--data", type=Path, required=True, help="folder of the music")
    parser.add_argument("--cache", type=Path, help="folder of what was read before (runs/NAME/music)")
    args = parser.parse_args()
    recipe, model = recipes.find(args.name), base_vae.load(args.name)
    training, _ = load(recipe, args.data, args.cache or Path("runs") / args.name / "music")
    fitted(model, recipe, training).save(find(args.name))


if __name__ == "__main__":
    main()
