"""A recipe: the music, the configuration and the stages of a bundled model's training, from a TOML file."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from base_vae.configs.config import Config
from base_vae.configs.toml_file import parse_config
from base_vae.errors import UserError, closest_first
from base_vae.model.hparams import HParams
from recipes.music import Selection

FOLDER = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stretch of a training.

    Attributes:
      until: global step at which it ends.
      hparams: what is different from the configuration while it lasts.
      collections: the music that it learns from; empty: all.
      other_chords: share of the examples that are decoded over the chords of another; see `other_chords`.
      drum_mixes: mixes of drum patterns that each example comes with; see `drum_mixes`.
    """

    until: int
    hparams: dict[str, Any]
    collections: tuple[str, ...] = ()
    other_chords: float = 0.0
    drum_mixes: int = 0


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a bundled model was made.

    Attributes:
      name: of the model.
      config: what is trained.
      music: what it learns from and is judged on.
      stages: of the training, one after the other.
      warm_start: the model whose weights it begins with; empty: none.
      seed: of first weights, the choice of music, and every draw.
      precision: of matrix products, "none" or "bfloat16".
      checkpoint_steps: steps between checkpoints.
      balance: 0 takes every collection equally often, 1 in proportion to its examples.
    """

    name: str
    config: Config
    music: tuple[Selection, ...]
    stages: tuple[Stage, ...]
    warm_start: str = ""
    seed: int = 0
    precision: str = "bfloat16"
    checkpoint_steps: int = 200
    balance: float = 0.5

    @property
    def weights(self) -> dict[str, float]:
        """How often the examples of each collection come, times their number."""
        return {chosen.collection: chosen.weight for chosen in self.music}

    def staged(self, stage: Stage) -> Config:
        """The configuration in a stage."""
        hparams: HParams = dataclasses.replace(self.config.hparams, **stage.hparams)
        return dataclasses.replace(self.config, hparams=hparams)


def names() -> list[str]:
    """Names of the recipes there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find(name: str) -> Recipe:
    """The recipe of a name. Raises UserError where there is none, listing those there are."""
    if name not in names():
        raise UserError(f"there is no recipe {name!r}; there are {', '.join(closest_first(name, names()))}")
    return read(FOLDER / f"{name}.toml")


def read(path: Path) -> Recipe:
    """The recipe in a file: the tables `config`, `music` and `stages`, and settings of `Recipe` above them.

    Raises:
      UserError: if something in it is wrong.
    """
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        config = parse_config(values.pop("config"), path.stem)
        music = tuple(_made(Selection, table) for table in values.pop("music"))
        stages = tuple(_made(Stage, table) for table in values.pop("stages"))
        recipe = Recipe(path.stem, config, music, stages, **values)
        for stage in stages:
            recipe.staged(stage)
    except (KeyError, TypeError, UserError) as error:
        raise UserError(f"{path}: {error}") from error
    return recipe


def _made(cls: type, table: dict[str, Any]) -> Any:
    """A dataclass of the values of a table, lists as tuples."""
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})
