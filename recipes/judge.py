"""Judges a model on the held-out music of its recipe, and its samples beside that music.

    python -m recipes.judge mel_2bar --data=../shared/data --model=runs/mel_2bar --plot=samples.png
    python -m recipes.judge mel_2bar --data=../shared/data --model=runs/mel_2bar \
        --bundle=base_vae/pretrained/mel_2bar

The weights are judged as shipped, those of --model in 8 bits, with a prior fitted to the music of the
training, from which samples are drawn. With --bundle they are written there with these figures in the model
card, whose text is recipes/cards/NAME.md.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from base_vae.checkpoints import model_folder
from base_vae.checkpoints.names import named_weights
from base_vae.converters import GrooveConverter
from base_vae.loading import find
from base_vae.trained_model import TrainedModel
from recipes import grooves, samples
from recipes import recipe as recipes
from recipes.fidelity import COLUMNS, fidelity
from recipes.prior import fitted
from recipes.recipe import FOLDER, Recipe
from recipes.split import Part, balanced
from recipes.train import load

SAMPLES = 500
PICTURES = 20
TEMPERATURE = 0.5
_MOST_JUDGED = 2000  # examples of a collection
_BITS: model_folder.Bits = 8  # of a weight; the first bundled models have 16


def judge(
    model: TrainedModel, recipe: Recipe, training: Mapping[str, Part], validation: Mapping[str, Part]
) -> str:
    """The tables of a model card.

    Args:
      model: to be judged.
      recipe: that it was made by.
      training, validation: its music by collection.
    """
    rng = np.random.default_rng(recipe.seed)
    rows = {}
    for name, part in validation.items():
        if len(part.examples):
            chosen = np.sort(rng.permutation(len(part.examples))[:_MOST_JUDGED])
            rows[name] = fidelity(model, part.examples[chosen])
    text = [table("held-out music", rows, COLUMNS)]
    if isinstance(model.config.converter, GrooveConverter):
        known = np.concatenate([part.examples for part in training.values()])
        (part,) = validation.values()
        text.append(table("who plays", grooves.table(model, known, part)))
    text.append(table("examples", beside(model, recipe, validation, rng)))
    return "\n\n".join(text)


def beside(
    model: TrainedModel, recipe: Recipe, validation: Mapping[str, Part], rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Figures of held-out music, and of samples from the prior, against the rest of the held-out music."""
    examples = {name: part.examples for name, part in validation.items()}
    music = rng.permutation(balanced(examples, recipe.weights, recipe.balance, recipe.seed))
    z = model.prior.draw(SAMPLES, recipe.seed)
    controls = music[:SAMPLES] if model.config.converter.spaces.controls else None
    drawn = model.decode_arrays(z, temperature=TEMPERATURE, seed=0, controls=controls)
    converter = model.config.converter
    return {
        "held-out music": samples.compared(music[:SAMPLES], music[SAMPLES:], converter),
        f"samples, temperature {TEMPERATURE}": samples.compared(drawn, music[SAMPLES:], converter),
    }


def table(
    what: str, rows: Mapping[str, Mapping[str, float]], columns: Mapping[str, str] | None = None
) -> str:
    """Rows of figures as a Markdown table.

    Args:
      what: heading of the first column.
      rows: figures by name.
      columns: which figures, and their headings; None: all of the first row, under their names.
    """
    columns = columns or {name: name for name in next(iter(rows.values()))}
    lines = [f"| {what} | " + " | ".join(columns.values()) + " |", "|---|" + "---|" * len(columns)]
    for name, figures in rows.items():
        cells = (_cell(figures[column]) for column in columns)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: float) -> str:
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.1f}" if value < 50 else f"{value:.0f}"


def main() -> None:
    """Judges, prints, and draws or bundles if `--plot` or `--bundle` is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=recipes.names(), help="the model")
    parser.add_argument("--data", type=Path, required=True, help="folder of the music")
    parser.add_argument("--model", help="model folder, run folder or bundled name (the recipe's)")
    parser.add_argument("--cache", type=Path, help="folder of what was read before (runs/NAME/music)")
    parser.add_argument("--plot", type=Path, help=f"PNG with piano rolls of {PICTURES} samples")
    parser.add_argument("--bundle", type=Path, help="write the model here")
    parser.add_argument("--training", default="", help="how it was trained, for the card")
    args = parser.parse_args()
    recipe = recipes.find(args.name)
    path = find(args.model or args.name)
    model, config = model_folder.load(path)
    trained = TrainedModel(model, config, folder=path)
    training, validation = load(recipe, args.data, args.cache or Path("runs") / args.name / "music")
    if args.model:  # judge what would be shipped
        with tempfile.TemporaryDirectory() as folder:
            weights, file = named_weights(model), Path(folder) / model_folder.WEIGHTS
            model_folder.write_weights(weights, file, bits=_BITS)
            model_folder.read_weights(weights, file)
        trained.prior = fitted(trained, recipe, training)
    text = judge(trained, recipe, training, validation)
    print(text)
    if args.plot:
        from base_vae.plots import piano_rolls

        piano_rolls(trained.sample(PICTURES, temperature=TEMPERATURE, seed=1), args.plot)
    if args.bundle:
        template = (FOLDER / "cards" / f"{args.name}.md").read_text(encoding="utf-8")
        card = template.replace("{training}", args.training).replace("{figures}", text)
        config = dataclasses.replace(config, description=recipe.config.description)
        model_folder.save(
            model, config, args.bundle, card, prior=trained.prior, bits=_BITS, replace=True, title=recipe.name
        )


if __name__ == "__main__":
    main()
