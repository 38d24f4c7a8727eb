"""Somebody's songs, ready to make tunes like them: in one key, as latents, with what they have in common."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np

from base_vae.converters import Converter, MelodyConverter
from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.errors import UserError
from base_vae.model.interpolation import slerp
from base_vae.music.key import Key
from base_vae.trained_model import TrainedModel
from base_vae.tunes.form import Form, form_of
from base_vae.tunes.key import key_of
from base_vae.tunes.measures import windows_of
from base_vae.tunes.song import Song, is_melody

_LEAST_SEGMENTS = 4  # of all songs together: less can only be copied
SECTION = 4  # segments
_GIVE_OR_TAKE = 0.15
_VARIED_WAY = 0.35  # from the first time to something new


@dataclasses.dataclass(frozen=True)
class Songbook:
    """Songs.

    Attributes:
      songs: as they were read.
      keys: of the songs.
      forms: of the songs.
      latents: of the segments of each song, moved to the tonic C, float32 [segments, z_size] each.
      known: every window of the songs, moved to the tonic C, as bytes: what is not to be copied.
    """

    songs: tuple[Song, ...]
    keys: tuple[Key, ...]
    forms: tuple[Form, ...]
    latents: tuple[np.ndarray, ...]
    known: frozenset[bytes]

    def __repr__(self) -> str:
        return f"<Songbook of {len(self.songs)} songs>"

    @classmethod
    def of(cls, base: TrainedModel, songs: Sequence[Song]) -> "Songbook":
        """The book of some songs.

        Raises:
          UserError: if they are too little to make anything new from.
        """
        converter = base.config.converter
        total = sum(map(len, songs))
        if total < _LEAST_SEGMENTS:
            raise UserError(
                f"{total * converter.bars} bars of music can only be copied: give at least "
                f"{_LEAST_SEGMENTS * converter.bars} bars, a whole song or more"
            )
        if is_melody(converter):
            keys = [key_of(song.segments.ravel(), converter.min_pitch) for song in songs]
            moved = in_one_register(songs, keys, converter)
        else:
            keys, moved = [Key(0, False)] * len(songs), [song.segments for song in songs]
        mu = base.encode_arrays(np.concatenate(moved)).mu
        latents = np.split(mu, np.cumsum([len(song) for song in songs])[:-1])
        forms = [form_of(song.segments, converter) for song in songs]
        known = (
            windows_of(moved, converter) if is_melody(converter) else {s.tobytes() for m in moved for s in m}
        )
        return cls(tuple(songs), tuple(keys), tuple(forms), tuple(latents), frozenset(known))

    @property
    def qpm(self) -> float:
        """The tempo in the middle."""
        return float(np.median([song.qpm for song in self.songs]))

    @property
    def program(self) -> int:
        """The most frequent program."""
        return collections.Counter(song.program for song in self.songs).most_common(1)[0][0]

    @property
    def pickup(self) -> int:
        """Steps before the first full bar, as half of the songs or more have them; 0 where they have none."""
        lengths = [len(song.pickup) for song in self.songs]
        return int(np.median(lengths))

    def key(self, rng: np.random.Generator) -> Key:
        """The key of one of the songs."""
        return self.keys[rng.integers(len(self.keys))]

    def blend(self, form: Form, key: Key, novelty: float, rng: np.random.Generator) -> np.ndarray:
        """Latents [segments, z_size] for a tune on C: each section on the way from one song to another.

        Segments that come again are the same, varied ones nearer to the first of their label than to new
        ones.

        Args:
          form: of the tune.
          key: songs of its mode are taken.
          novelty: how far the sections go, 0 to 1, give or take a little.
          rng: chooses songs and sections.
        """
        fitting = [number for number, own in enumerate(self.keys) if own.is_minor == key.is_minor]
        rows: list[np.ndarray] = []
        for first in range(0, len(form), SECTION):
            songs = rng.choice(fitting, 2, replace=len(fitting) < 2)
            one, other = (self._section(song, first / max(len(form) - SECTION, 1)) for song in songs)
            if songs[0] == songs[1]:
                other = self._section(songs[1], rng.random())
            way = np.clip(novelty + _GIVE_OR_TAKE * rng.uniform(-1, 1) * (0 < novelty < 1), 0, 1)
            rows += [slerp(a, b, way) for a, b in zip(one, other, strict=True)]
        return np.stack(
            [
                slerp(rows[form.labels.index(label)], rows[place], _VARIED_WAY) if varied else rows[source]
                for place, (label, varied, source) in enumerate(
                    zip(form.labels, form.varied, form.sources, strict=True)
                )
            ]
        )

    def _section(self, song: int, place: float) -> np.ndarray:
        """Latents [a section, z_size] of a song, at a place from 0, its beginning, to 1, its last section."""
        latents = self.latents[song]
        last = max(len(latents) - SECTION, 0)
        start = min(round(place * last / SECTION) * SECTION, last)
        return latents[(start + np.arange(SECTION)) % len(latents)]


def in_one_register(
    songs: Sequence[Song], keys: Sequence[Key], converter: MelodyConverter
) -> list[np.ndarray]:
    """The segments of songs on the tonic C, each in the octave that is nearest to where most songs are."""
    places = [float(np.mean(song.segments[song.segments >= FIRST_NOTE])) for song in songs]
    middle = float(np.median(places))
    moved = []
    for song, key, place in zip(songs, keys, places, strict=True):
        shift = home(key)
        shift += 12 * round((middle - place - shift) / 12)
        moved.append(transposed(song.segments, shift, converter))
    return moved


def home(key: Key) -> int:
    """Semitones from a key to that on C, at most a tritone."""
    return (-key.tonic + 5) % 12 - 5


def transposed(segments: np.ndarray, semitones: int, converter: Converter) -> np.ndarray:
    """Segments moved by some semitones, an octave nearer where they would leave the range."""
    for octave in (0, -12, 12):
        moved, fits = converter.transposed(segments, semitones + octave)
        if fits.all():
            return moved
    return segments
