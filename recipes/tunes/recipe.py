"""A recipe of tunes: the base, the music and the training, from a TOML file."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from base_vae.errors import UserError, closest_first
from base_vae.settings import from_dict
from base_vae.tunes.denoiser import DenoiserHParams
from base_vae.tunes.training import TuneTraining

FOLDER = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Selection:
    """A recipe's share of a collection.

    Attributes:
      collection: its name.
      paths: files and folders in the data folder.
      every: every n-th song is held out; 0: none is.
      held_out: a regular expression for names of files, without folder and ending, that are held out too.
    """

    collection: str
    paths: tuple[str, ...]
    every: int = 0
    held_out: str = ""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a model of tunes is made.

    Attributes:
      base: the model below, as `base_vae.load` takes it.
      music: what it learns from.
      hparams: sizes of the denoiser.
      training: how it is trained.
      transpositions: in how many keys each song is encoded.
    """

    base: str
    music: tuple[Selection, ...]
    hparams: DenoiserHParams
    training: TuneTraining
    transpositions: int = 4


def names() -> list[str]:
    """Names of the recipes there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find(name: str) -> Recipe:
    """The recipe of a name. Raises UserError where there is none."""
    if name not in names():
        raise UserError(f"there is no recipe {name!r}; there are {', '.join(closest_first(name, names()))}")
    values: dict[str, Any] = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    music = tuple(from_dict(Selection, table) for table in values["music"])
    hparams = from_dict(DenoiserHParams, {**values.get("hparams", {}), "kinds": len(music)})
    return Recipe(
        base=values["base"],
        music=music,
        hparams=hparams,
        training=from_dict(TuneTraining, values.get("training", {})),
        transpositions=values.get("transpositions", 4),
    )
