"""The model that the studio holds, ready for the page: knobs with names, and the map of the user's music."""

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from midime_scripts.studio.verbs import verbs_of
from midime_scripts.studio.worker import Task

from base_vae.data.collection import Collection
from base_vae.errors import UserError
from base_vae.trained_model import padded_size
from base_vae.tunes.loading import load as load_tunes
from base_vae.tunes.song import read_songs
from small_vae.knobs import weigh_knobs

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel
    from base_vae.tunes.tune_model import TuneModel
    from small_vae import PersonalModel

_MOST_PLACES = 400  # on the map; more are one cloud
_DRAWN_PLACES = 150
_DIGITS = 3
_WORD = re.compile(r"([^,;]+), [+-][\d.]+")


@dataclasses.dataclass(frozen=True)
class Place:
    """A piece of the user's music on the map.

    Attributes:
      knobs: its small posterior mean.
      file: number of the file that it was first found in; None for a place drawn from a saved model.
      example: the array of the base.
    """

    knobs: list[float]
    file: int | None = None
    example: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class StudioModel:
    """A personal model and what the page shows of it.

    Attributes:
      personal: the model.
      name: where it comes from, in words.
      words: what each knob does as it is turned up, strongest first; none where nothing stands out.
      places: of the user's music.
      tunes: makes whole tunes like the user's; None where the base has no model of tunes.
      id: short and the same for the same model, so that a link knows whether it was made with this one.
    """

    personal: "PersonalModel"
    name: str
    words: list[list[str]]
    places: list[Place]
    tunes: "TuneModel | None"
    id: str

    @property
    def bars(self) -> int:
        """Bars of a piece of the base."""
        return self.personal.base.config.converter.bars

    @property
    def beats(self) -> int:
        """Quarters in a bar."""
        converter = self.personal.base.config.converter
        return converter.bar // converter.steps_per_quarter

    def for_page(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.id,
            "name": self.name,
            "bars": self.bars,
            "verbs": list(verbs_of(self)),
            "base": self.personal.base.config.name,
            "knobs": self.words,
            "places": [[*place.knobs, -1 if place.file is None else place.file] for place in self.places],
            "drawn": all(place.file is None for place in self.places),
        }


def prepare(
    personal: "PersonalModel",
    name: str,
    task: Task,
    collection: Collection | None = None,
    file_of_piece: np.ndarray | None = None,
    songs: Sequence[Path] = (),
) -> StudioModel:
    """Makes a model ready: places its music, finds words for its knobs, and decodes a first piece.

    Args:
      personal: the model.
      name: where it comes from.
      task: is told how far this is.
      collection: the user's music; None for a saved model, which kept none: its map is drawn.
      file_of_piece: number of the file of each piece in the collection.
      songs: files and folders of the user's music.
    """
    task.step("Finding out what the knobs do")
    # As many as are decoded later for one piece: the decoder is compiled for each size of a batch.
    weights = personal.weights or weigh_knobs(personal, batch=padded_size(1))
    words = [_words(line) for line in weights.describe()]
    personal.play([0.0] * personal.size)
    if collection is None or file_of_piece is None:
        drawn = personal.draw(_DRAWN_PLACES, np.random.default_rng(0))
        places = [Place(_rounded(knobs)) for knobs in drawn]
    else:
        task.step("Drawing the map")
        rows = _evenly(len(collection.examples), _MOST_PLACES)
        examples = collection.examples[rows]
        means = personal.model.encode(tf.constant(personal.base.encode_arrays(examples).mu))[0].numpy()
        files = file_of_piece[collection.sources[rows]].tolist()
        places = [
            Place(_rounded(knobs), file, example)
            for knobs, file, example in zip(means, files, examples, strict=True)
        ]
    return StudioModel(personal, name, words, places, _tunes(personal.base, songs), _identity(personal))


def _tunes(base: "TrainedModel", paths: Sequence[Path]) -> "TuneModel | None":
    """The model of tunes of a base, with these songs where they are enough."""
    try:
        tunes = load_tunes(base)
    except UserError:
        return None
    songs, _ = read_songs(map(str, paths), base.config.converter)
    try:
        return tunes.with_songs(songs)
    except UserError:
        return tunes  # tunes like those it was trained on


def _words(line: str) -> list[str]:
    """Of a line like "knob 2: denser, +0.8; lower, -0.4", what is said."""
    return [word.strip() for word in _WORD.findall(line.partition(":")[2])]


def _rounded(knobs: np.ndarray) -> list[float]:
    return [round(float(knob), _DIGITS) for knob in knobs]


def _evenly(total: int, most: int) -> np.ndarray:
    return np.arange(total) if total <= most else np.linspace(0, total - 1, most).round().astype(int)


def _identity(personal: "PersonalModel") -> str:
    digest = hashlib.sha256()
    for weight in personal.model.weights:
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()[:8]
