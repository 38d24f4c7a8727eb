"""Somebody's songs, ready to make tunes like them: in one key, as latents, with what they have in common."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np

from base_vae.attributes.registry import get_attributes, measure_arrays
from base_vae.converters import Converter, MelodyConverter
from base_vae.converters.melody.events import FIRST_NOTE
from base_vae.errors import UserError
from base_vae.trained_model import TrainedModel
from base_vae.tunes.corpus import attribute_names
from base_vae.tunes.form import Form, form_of
from base_vae.tunes.key import Key, key_of
from base_vae.tunes.measures import windows_of
from base_vae.tunes.song import Song, is_melody

_LEAST_SEGMENTS = 4  # of all songs together: less can only be copied
_SECTION = 4  # segments


@dataclasses.dataclass(frozen=True)
class Songbook:
    """Songs.

    Attributes:
      songs: as they were read.
      keys: of the songs.
      forms: of the songs.
      latents: of the segments of each song, moved to the tonic C, float32 [segments, z_size] each.
      attributes: of the segments of each song, moved likewise, float32 [segments, attributes] each.
      known: every window of the songs, moved to the tonic C, as bytes: what is not to be copied.
    """

    songs: tuple[Song, ...]
    keys: tuple[Key, ...]
    forms: tuple[Form, ...]
    latents: tuple[np.ndarray, ...]
    attributes: tuple[np.ndarray, ...]
    known: frozenset[bytes]

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
        measured = get_attributes(attribute_names(converter))
        attributes = [measure_arrays(segments, converter, measured).astype(np.float32) for segments in moved]
        forms = [form_of(song.segments, converter) for song in songs]
        known = (
            windows_of(moved, converter) if is_melody(converter) else {s.tobytes() for m in moved for s in m}
        )
        return cls(
            tuple(songs), tuple(keys), tuple(forms), tuple(latents), tuple(attributes), frozenset(known)
        )

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

    def form(self, segments: int, rng: np.random.Generator) -> Form:
        """The form of one of the songs, if possible of one so long; a shorter one comes again."""
        long = [form for form in self.forms if len(form) >= segments]
        some = long or [form for form in self.forms if 2 * len(form) >= segments] or list(self.forms)
        return some[rng.integers(len(some))].of_length(segments)

    def material(
        self, segments: int, is_minor: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Latents for a tune on C and attributes: each section from one of the songs, at a like place.

        Returns:
          [segments, z_size] and [segments, attributes].
        """
        fitting = [number for number, key in enumerate(self.keys) if key.is_minor == is_minor]
        rows = []
        for first in range(0, segments, _SECTION):
            song = fitting[rng.integers(len(fitting))]
            last = max(len(self.latents[song]) - _SECTION, 0)
            place = first / max(segments - _SECTION, 1)
            start = min(round(place * last / _SECTION) * _SECTION, last)
            rows += [(song, (start + i) % len(self.latents[song])) for i in range(_SECTION)]
        some = rows[:segments]
        return np.stack([self.latents[s][i] for s, i in some]), np.stack(
            [self.attributes[s][i] for s, i in some]
        )


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
