"""`midime_train` and `midime_generate` for the lc- configs: small models with a decoder of their own."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import command, common_flags, limit_flags
from midime_scripts.common.arguments import saved_folder
from midime_scripts.common.outputs import Numbering, made_by, write_music, write_report
from midime_scripts.common.personal_models import named_base

from base_vae.errors import UserError
from base_vae.files import make_folder
from base_vae.settings import override
from latent_constraints.lc_music_vae.config import PRESETS, LCConfig, get_preset

if TYPE_CHECKING:
    from latent_constraints.lc_music_vae.trained_model import LCModel

PREFIX = "lc-"
__all__ = ["PREFIX", "PRESETS", "get_preset"]


def config_of(values: flags.FlagValues) -> LCConfig:
    """The config that the flags of `midime_train` describe; `z_size` is also called `encoded_z_size`."""
    config = get_preset(values.config)
    changes = values.hparams.replace("encoded_z_size", "z_size")
    config = dataclasses.replace(config, hparams=override(config.hparams, changes))
    if values.num_steps is not None:
        config = dataclasses.replace(config, num_steps=values.num_steps)
    return config


def train(config: LCConfig, values: flags.FlagValues, pretrained: str) -> None:
    """Trains into the run folder; `pretrained` is the base."""
    import base_vae
    from latent_constraints.lc_music_vae.training import train as train_lc

    model_dir = make_folder(values.run_dir) / "model"
    base = base_vae.load(pretrained)
    collection = base.collect(command.paths(values.examples_path), limits=limit_flags.given(values))
    print(collection.report, flush=True)

    def progress(step: int, losses: dict[str, float]) -> None:
        figures = "  ".join(f"{name} {value:.2f}" for name, value in losses.items())
        print(f"step {step}: {figures}", flush=True)

    trained = train_lc(base, collection, config=config, seed=values.seed, progress=progress)
    trained.save(str(model_dir))
    print(f"kept the model: {Path(values.run_dir, 'model')}")


def evaluate(values: flags.FlagValues, moved: str | None, most_examples: int | None) -> None:
    """Prints how well the model in the run folder knows some music; `moved` is its base, if it has moved."""
    from latent_constraints.lc_music_vae.training import evaluate as evaluate_lc

    trained = load(values.run_dir, moved)
    collection = trained.base.collect(command.paths(values.examples_path), limits=limit_flags.given(values))
    print(collection.report)
    print(json.dumps(evaluate_lc(trained, collection.first(most_examples)), indent=1))


def is_lc(path: str) -> bool:
    """Whether a model or run folder holds such a model."""
    from latent_constraints.lc_music_vae.loading import is_lc as holds

    return holds(saved_folder(path))


def load(path: str, moved: str | None) -> "LCModel":
    """The model in a model or run folder."""
    import base_vae
    from latent_constraints.lc_music_vae import loading

    return loading.load(saved_folder(path), base=base_vae.load(moved) if moved else None)


def write(
    values: flags.FlagValues,
    path: str,
    folder: Path,
    numbering: Numbering,
    seed: int,
    font: Path | None = None,
) -> list[str]:
    """Writes samples of the model at `path` and a report to `folder`; returns the files' names."""
    from base_vae.music.piece import DEFAULT_QPM

    moved = named_base(values)
    trained = load(path, moved)
    if values.config and values.config != trained.config.name:
        raise UserError(f"--config={values.config}, but this model is {trained.config.name}")
    if values.num_bars is not None and values.num_bars != trained.base.config.converter.bars:
        raise UserError(
            f"{trained.config.name} writes pieces of {trained.base.config.converter.bars} bars: leave out "
            "--num_bars, or use an ae- config"
        )
    if values.passage is not None:
        raise UserError(f"{trained.config.name} keeps no songs: leave out --passage, or use an ae- config")
    n, temperature, qpm = values.num_outputs, values.temperature, values.qpm or DEFAULT_QPM
    if values.knobs is None:
        music = trained.sample(n, temperature=temperature, seed=seed, qpm=qpm)
    else:
        music = trained.decode([_numbers(values.knobs)] * n, temperature=temperature, seed=seed, qpm=qpm)
    print(f"seed {seed}")
    names = write_music(music, folder, numbering, values.plot, font)
    made = made_by("midime_generate", values, seed)
    return [*names, write_report(folder, numbering.all, trained.card, made)]


def _numbers(text: str) -> list[float]:
    try:
        return common_flags.numbers(text)
    except ValueError:
        raise UserError(f"--knobs must be numbers like 1.0,-0.5,0,2 (received {text!r})") from None
