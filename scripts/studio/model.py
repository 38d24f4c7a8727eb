"""The model that the studio holds, ready for the page: knobs with names, and the map of the user's music."""

import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from midime_scripts.studio.reading import Reading
from midime_scripts.studio.verbs import verbs_of
from midime_scripts.studio.worker import Task

from base_vae.attributes import attributes_for
from base_vae.errors import UserError
from base_vae.model.batching import padded_size
from base_vae.music.piece import DEFAULT_QPM
from small_vae.knobs import weigh_knobs

if TYPE_CHECKING:
    from base_vae.tunes.tune_model import TuneModel
    from small_vae import PersonalModel

_MOST_PLACES = 400  # on the map; more are one cloud
_DRAWN_PLACES = 150
_DIGITS = 3
_WORD = re.compile(r"([^,;]+), [+-][\d.]+")


@dataclasses.dataclass(frozen=True)
class Passage:
    """A passage of the user's music, as long as the base's pieces.

    Attributes:
      song: number of its song in `StudioModel.songs`.
      at: number of the song among those of the personal model, and of the passage in it.
      example: the array of the base.
      residual: what the knobs leave out of it, [z_size].
    """

    song: int
    at: tuple[int, int]
    example: np.ndarray
    residual: np.ndarray


@dataclasses.dataclass(frozen=True)
class Place:
    """A dot on the map.

    Attributes:
      knobs: where it is.
      passage: what is there; None where it was only drawn.
    """

    knobs: list[float]
    passage: Passage | None = None


@dataclasses.dataclass(frozen=True)
class StudioModel:
    """A personal model and what the page shows of it.

    Attributes:
      personal: the model.
      name: where it comes from, in words.
      words: what each knob does as it is turned up, strongest first; none where nothing stands out.
      songs: names of the songs on the map.
      places: of the user's music.
      tunes: makes whole tunes like the user's; None where the base has no model of tunes.
      id: short and the same for the same model, so that a link knows whether it was made with this one.
    """

    personal: "PersonalModel"
    name: str
    words: list[list[str]]
    songs: list[str]
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
            "qpm": round(self.personal.qpm),
            "verbs": list(verbs_of(self)),
            "attributes": [
                {"name": each.name, "more": each.more, "less": each.less}
                for each in attributes_for(self.personal.base.config.converter)
            ],
            "base": self.personal.base.config.name,
            "knobs": self.words,
            "songs": self.songs,
            "places": [[*place.knobs, place.passage.song if place.passage else -1] for place in self.places],
        }


def prepare(personal: "PersonalModel", name: str, task: Task, reading: Reading | None = None) -> StudioModel:
    """Makes a model ready: words for its knobs, its music on the map, and a first piece decoded.

    Passages are those of the songs that the model keeps, so a saved one has them under the same numbers.

    Args:
      personal: the model.
      name: where it comes from.
      task: is told how far this is.
      reading: the user's music; None for a saved model.
    """
    task.step("Finding out what the knobs do")
    # As many as are decoded later for one piece: the decoder is compiled for each size of a batch.
    weights = personal.weights or weigh_knobs(personal, batch=padded_size(1))
    words = [_words(line) for line in weights.describe()]
    personal.play([0.0] * personal.size)
    task.step("Drawing the map")
    if reading is not None:
        songs, numbers = [file.name for file in reading.files], reading.file_of_song
    else:
        names = [song.name.rpartition("/")[2] or f"song {i}" for i, song in enumerate(personal.songs, 1)]
        songs = list(dict.fromkeys(names))
        numbers = [songs.index(name) for name in names]
    places = _places(personal, numbers) if personal.songs else _drawn(personal)
    return StudioModel(personal, name, words, songs, places, _tunes(personal), _identity(personal))


def _places(personal: "PersonalModel", numbers: list[int]) -> list[Place]:
    """The distinct passages of the model's songs, numbered `numbers`; some of them where they are many."""
    examples = np.concatenate([song.segments for song in personal.songs])
    at = [(i, segment) for i, song in enumerate(personal.songs) for segment in range(len(song))]
    rows = np.sort(np.unique(examples.reshape(len(examples), -1), axis=0, return_index=True)[1])
    if len(rows) > _MOST_PLACES:
        rows = np.linspace(0, len(rows) - 1, _MOST_PLACES).round().astype(int)
    decode = personal.base.config.converter.decode
    latents = personal.encode([decode(example, qpm=DEFAULT_QPM) for example in examples[rows]])
    return [
        Place(_rounded(mu), Passage(numbers[at[row][0]], at[row], examples[row], residual))
        for row, mu, residual in zip(rows, latents.mu, latents.residual, strict=True)
    ]


def _drawn(personal: "PersonalModel") -> list[Place]:
    return [Place(_rounded(knobs)) for knobs in personal.draw(_DRAWN_PLACES, np.random.default_rng(0))]


def _tunes(personal: "PersonalModel") -> "TuneModel | None":
    try:
        return personal.tunes
    except UserError:
        return None


def _words(line: str) -> list[str]:
    """The words of a line like "knob 2: denser, +0.8; lower, -0.4"."""
    return [word.strip() for word in _WORD.findall(line.partition(":")[2])]


def _rounded(knobs: np.ndarray) -> list[float]:
    return [round(float(knob), _DIGITS) for knob in knobs]


def _identity(personal: "PersonalModel") -> str:
    digest = hashlib.sha256()
    for weight in personal.model.weights:
        digest.update(weight.numpy().tobytes())
    return digest.hexdigest()[:8]
