"""Songs as sequences of latents, encoded once, from which the model of tunes learns."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from base_vae.array_file import read_arrays
from base_vae.attributes.registry import attributes_for, get_attributes, measure_arrays
from base_vae.converters import Converter
from base_vae.files import atomic_file
from base_vae.trained_model import TrainedModel
from base_vae.tunes.form import Form, form_of
from base_vae.tunes.song import Song

# Attributes that a segment may be given, where they mean something for the base.
ATTRIBUTES = ("density", "mean_pitch", "interval")
_CHUNK = 512


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Songs, each in one or more transpositions, one after the other.

    Attributes:
      latents: posterior means of the segments, float16 [segments, z_size].
      attributes: of the segments, float32 [segments, attributes]; NaN where there is none.
      starts: number of the first segment of each song, and after the last, int64 [songs + 1].
      labels, varied: the form of each song, int64 and bool [segments].
      kind: number of the kind of music of each song, int64 [songs].
    """

    latents: np.ndarray
    attributes: np.ndarray
    starts: np.ndarray
    labels: np.ndarray
    varied: np.ndarray
    kind: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def form(self, song: int) -> Form:
        """The form of a song."""
        rows = slice(self.starts[song], self.starts[song + 1])
        return Form(tuple(self.labels[rows].tolist()), tuple(self.varied[rows].tolist()))

    def save(self, path: Path) -> None:
        """Writes it to an .npz file, whole or not at all."""
        with atomic_file(path) as new:
            np.savez(new, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Corpus":
        """Reads what `save` wrote. Raises UserError if it cannot be read."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**read_arrays(path, names, may_be_nan=("attributes",)))


@dataclasses.dataclass(frozen=True)
class AttributeScale:
    """Means and deviations of attributes.

    Attributes:
      names: of the attributes.
      mean, deviation: of their values in music, [attributes].
    """

    names: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, corpus: Corpus, names: Sequence[str]) -> "AttributeScale":
        """The scale of attributes of a corpus."""
        mean, deviation = np.nanmean(corpus.attributes, 0), np.nanstd(corpus.attributes, 0)
        return cls(tuple(names), mean.astype(np.float32), np.maximum(deviation, 1e-3).astype(np.float32))

    def standard(self, values: np.ndarray) -> np.ndarray:
        """Values [..., attributes] in standard deviations, float32; NaN stays."""
        return ((values - self.mean) / self.deviation).astype(np.float32)


def joined(corpora: Sequence[Corpus]) -> Corpus:
    """Several corpora as one."""
    starts, at = [np.zeros(1, np.int64)], 0
    for corpus in corpora:
        starts.append(corpus.starts[1:] + at)
        at += int(corpus.starts[-1])
    columns = ("latents", "attributes", "labels", "varied", "kind")
    together = {name: np.concatenate([getattr(corpus, name) for corpus in corpora]) for name in columns}
    return Corpus(starts=np.concatenate(starts), **together)


def attribute_names(converter: Converter) -> list[str]:
    """Returns those of `ATTRIBUTES` that mean something for a base."""
    meaningful = {attribute.name for attribute in attributes_for(converter)}
    return [name for name in ATTRIBUTES if name in meaningful]


def encode_songs(
    base: TrainedModel,
    songs: Sequence[Song],
    transpositions: Sequence[Sequence[int]],
    kind: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Corpus:
    """The latents of songs.

    Args:
      base: encodes them.
      songs: at least one.
      transpositions: of each song, in semitones; those in which it leaves the range are left out.
      kind: number of the kind of music.
      progress: called with the segments encoded and their number.
    """
    converter = base.config.converter
    names = attribute_names(converter)
    attributes = get_attributes(names)
    arrays: list[np.ndarray] = []
    values: list[np.ndarray] = []
    labels: list[int] = []
    varied: list[bool] = []
    lengths: list[int] = []
    for song, intervals in zip(songs, transpositions, strict=True):
        form = form_of(song.segments, converter)
        measured = measure_arrays(song.segments, converter, attributes)
        for semitones in intervals:
            moved, fits = converter.transposed(song.segments, semitones)
            if not fits.all():
                continue
            shift = np.array([semitones if name == "mean_pitch" else 0 for name in names])
            arrays.append(moved)
            values.append(measured + shift)
            labels += form.labels
            varied += form.varied
            lengths.append(len(song))
    rows, latents = np.concatenate(arrays), []
    for start in range(0, len(rows), _CHUNK):
        latents.append(base.encode_arrays(rows[start : start + _CHUNK]).mu.astype(np.float16))
        if progress:
            progress(min(start + _CHUNK, len(rows)), len(rows))
    return Corpus(
        latents=np.concatenate(latents),
        attributes=np.concatenate(values).astype(np.float32),
        starts=np.append(0, np.cumsum(lengths)).astype(np.int64),
        labels=np.array(labels, np.int64),
        varied=np.array(varied, bool),
        kind=np.full(len(lengths), kind, np.int64),
    )
