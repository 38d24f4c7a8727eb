"""Directions in a latent space along which an attribute of the music grows, or shrinks."""

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from base_vae.array_file import read_arrays
from base_vae.errors import UserError, closest_first, shortened
from base_vae.files import as_path, atomic_file, reading
from base_vae.ranges import check_finite, check_number

FILE = "attributes.npz"
_DEPENDENT = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class AttributeVectors(Mapping[str, np.ndarray]):
    """Attribute vectors by name, each float32 [z_size] (Roberts et al. 2018, arXiv:1803.05428, section 5.4).

    They are plain arrays, to add to any latents:

        denser = z + 1.0 * vectors["density"]  # z is [examples, z_size]
        both = vectors.moved(z, {"density": 1.0, "interval": -0.5})

    >>> more = np.array([[0.5, 0.0], [0.0, 2.0]], np.float32)
    >>> quartiles = np.array([[2.0, 6.0], [60.0, 66.0]])
    >>> vectors = AttributeVectors(("density", "mean_pitch"), more, -more, more, more[0], quartiles)
    >>> np.zeros(2) + 2 * vectors["density"] - vectors["mean_pitch"]
    array([ 1., -2.])
    >>> vectors.moved(np.zeros((1, 2), np.float32), {"mean_pitch": 0.5})
    array([[0., 1.]], dtype=float32)

    The way to less of an attribute is the way to more turned round (and `z - vectors["density"]` is sparser),
    unless the vectors were tuned: then it is one of its own, which `moved` takes for amounts below 0. One of
    the two ways may be missing, because it wrecked the music (`metrics.vector_judgement`): then its row is
    NaN, `has` is false of it, `moved` refuses it, and `vectors[name]` is the opposite of the other way.

    Attributes:
      names: of the attributes.
      more: what an amount of 1 adds: mean latent of the quarter of the music with the most of the attribute
        less that of the quarter with the least, or what `tuning.tune` made of it, float32
        [attributes, z_size].
      less: what an amount of -1 adds, float32 [attributes, z_size].
      counts: examples with the most and with the least, int64 [attributes, 2].
      standard_errors: how long the error of each difference of means is expected to be, as the examples are a
        sample: the root of the summed squares of its components' standard errors, float64 [attributes]. A
        vector not much longer than that points nowhere. NaN where one example has the most or the least.
      thresholds: lower and upper quartile of the attribute in the music, float64 [attributes, 2].
    """

    names: tuple[str, ...]
    more: np.ndarray
    less: np.ndarray
    counts: np.ndarray
    standard_errors: np.ndarray
    thresholds: np.ndarray

    def __repr__(self) -> str:
        return f"<AttributeVectors {', '.join(self.names)}: {self.more.shape[-1]} numbers each>"

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.names:
            raise KeyError(name)
        return self._lines()[self.names.index(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def has(self, name: str, amount: float = 0.0) -> bool:
        """Whether `moved` can take this amount of the attribute; 0: whether there is any vector of it."""
        check_number(amount=amount)
        if name not in self.names or amount == 0:
            return name in self.names
        ways = self.more if amount > 0 else self.less
        return bool(np.isfinite(ways[self.names.index(name)]).all())

    def _lines(self) -> np.ndarray:
        """The vectors to more; where one is missing, the opposite of that to less, [attributes, z_size]."""
        return np.where(np.isnan(self.more), -self.less, self.more)

    @property
    def lengths(self) -> np.ndarray:
        """Euclidean length of each vector to more, float64 [attributes]."""
        return np.linalg.norm(self._lines().astype(np.float64), axis=1)

    def correlations(self) -> np.ndarray:
        """Cosine of the angle between every two vectors to more, float64 [attributes, attributes]."""
        units = _units(self._lines())
        return units @ units.T

    def straightness(self) -> np.ndarray:
        """Cosine of the angle between each vector to more and the opposite of that to less, [attributes].

        1 where they are one line, NaN where one of them is missing.
        """
        return -np.sum(_units(self.more) * _units(self.less), axis=1)

    def moved(self, z: np.ndarray, amounts: Mapping[str, float]) -> np.ndarray:
        """`z`, float [..., z_size], with so much more of each of the named attributes; less below 0.

        Raises:
          UserError: for names that there are no vectors of, or not this way, and numbers that are not finite.
        """
        if not isinstance(amounts, Mapping):
            raise UserError(f"amounts must be numbers by attribute (received {shortened(repr(amounts))})")
        check_finite(z=z, amounts=list(amounts.values()))
        self.require_ways(amounts)
        z = np.asarray(z)
        if z.shape[-1:] != self.more.shape[1:]:
            raise UserError(f"z must be [..., {self.more.shape[1]}] numbers (received {list(z.shape)})")
        for name, amount in amounts.items():
            if amount == 0:
                continue
            ways = self.more if amount > 0 else self.less
            z = z + np.float32(abs(amount)) * ways[self.names.index(name)]
        return z

    def require(self, names: Iterable[str]) -> None:
        """Raises UserError unless there is a vector of each of the names."""
        unknown = [name for name in _listed(names) if name not in self.names]
        if unknown:
            raise UserError(
                f"this model has no attribute vectors for {', '.join(unknown)}; it has "
                f"{', '.join(closest_first(unknown[0], self.names))} (attribute_vectors compute makes others)"
            )

    def require_ways(self, amounts: Mapping[str, float]) -> None:
        """Raises UserError unless `moved` can take these amounts."""
        self.require(amounts)
        for name, amount in amounts.items():
            if not self.has(name, amount):
                way = "more" if amount > 0 else "less"
                raise UserError(
                    f"this model has no attribute vector to {way} {name}, as it changed too much else: "
                    "faders (base_vae.fade, attribute_vectors apply) need none"
                )

    def require_size(self, z_size: int) -> None:
        """Raises UserError unless the vectors are of latents of this size."""
        if self.more.shape[1] != z_size:
            raise UserError(
                f"the attribute vectors are of latents of size {self.more.shape[1]}, the model's have "
                f"{z_size}: make its own with attribute_vectors compute"
            )

    def chosen(self, names: Iterable[str]) -> "AttributeVectors":
        """Returns the vectors of these names. Raises UserError where there is none."""
        names = _listed(names)
        self.require(names)
        rows = [self.names.index(name) for name in names]
        arrays = {field: getattr(self, field)[rows] for field in _ARRAYS}
        return AttributeVectors(names, **arrays)

    def orthogonal(self) -> "AttributeVectors":
        """Vectors at right angles to each other, each as near to its own as all can be, lengths as they were.

        Those to more among themselves, and those to less. Löwdin's symmetric orthogonalization (1950) of the
        directions: no attribute comes before another, as it would by Gram and Schmidt's.

        Raises:
          UserError: if a vector is a sum of the others, or there are more of them than dimensions.
        """
        return dataclasses.replace(self, more=_orthogonal(self.more), less=_orthogonal(self.less))

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Writes `attributes.npz` to an existing folder, whole or not at all; returns its path.

        The correlations go along for whoever looks into the file.
        """
        path = as_path(folder) / FILE
        with atomic_file(path) as unfinished:
            arrays = {name: getattr(self, name) for name in _ARRAYS}
            np.savez(unfinished, names=np.array(self.names), correlations=self.correlations(), **arrays)
        return path

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "AttributeVectors":
        """Reads the vectors that `save` wrote to a model's folder.

        Raises:
          UserError: if there is no such file, naming the command that makes it, or it cannot be read.
        """
        path = as_path(folder) / FILE
        try:
            may_be_nan = ("more", "less", "standard_errors", "thresholds")
            arrays = read_arrays(path, ("names", *_ARRAYS), may_be_nan=may_be_nan, text=("names",))
        except FileNotFoundError:
            raise UserError(_missing(str(folder), str(folder))) from None
        with reading(path):
            names = tuple(map(str, arrays["names"]))
            vectors = cls(names, **{name: arrays[name] for name in _ARRAYS})
        if vectors.more.ndim != 2 or any(
            getattr(vectors, name).shape[:1] != (len(names),) for name in _ARRAYS
        ):
            raise UserError(f"{path} cannot be read as attribute vectors: its arrays do not fit its names")
        if not np.isfinite(vectors._lines()).all():
            raise UserError(f"{path} cannot be used: its vectors hold numbers that are not finite")
        return vectors

    @classmethod
    def of_model(cls, folder: Path | None, source: str, z_size: int) -> "AttributeVectors":
        """The vectors in a model's folder, of latents [z_size].

        Args:
          folder: the model's, or None where it has none.
          source: the name or path that the model was loaded by, for messages.
          z_size: size of the model's latents.

        Raises:
          UserError: if there are none, or they are of latents of another size.
        """
        if folder is None:
            what = source or "a model that was not loaded from a folder"
            raise UserError(_missing(what, source or "MODEL"))
        vectors = cls.load(folder)
        vectors.require_size(z_size)
        return vectors


def _missing(what: str, model: str) -> str:
    return (
        f"{what} has no attribute vectors ({FILE}): make them with attribute_vectors compute "
        f"--checkpoint_file={model} --examples_path=MUSIC"
    )


_ARRAYS = ("more", "less", "counts", "standard_errors", "thresholds")


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    """Names as texts. Raises UserError where they are no list."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise UserError(f"names must be a list of attributes (received {shortened(repr(names))})")
    return tuple(map(str, names))


def _units(vectors: np.ndarray) -> np.ndarray:
    """Vectors [n, z_size] made 1 long, float64."""
    return vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)


def _orthogonal(vectors: np.ndarray) -> np.ndarray:
    """See `AttributeVectors.orthogonal`."""
    there = np.isfinite(vectors).all(1)
    if not there.all():
        straight = vectors.copy()
        straight[there] = _orthogonal(vectors[there])
        return straight
    n, z_size = vectors.shape
    left, sizes, right = np.linalg.svd(_units(vectors), full_matrices=False)
    if n > z_size or sizes.min(initial=1.0) < _DEPENDENT:
        raise UserError(
            f"{n} attribute vectors in {z_size} dimensions cannot be made orthogonal: some follow from the "
            "others; choose fewer with --attributes"
        )
    return (left @ right * np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def compute_vectors(latents: np.ndarray, values: np.ndarray, names: Sequence[str]) -> AttributeVectors:
    """Attribute vectors of music: mean latent of the top quartile less that of the bottom quartile.

    The top group are the examples at or above the upper quartile of an attribute, the bottom group those at
    or below the lower one; with ties they can hold more than a quarter. Where the quartiles are one value,
    the groups are what is above and what is below it; if nothing is above (below) it, those at it are the
    top (bottom) group. So no example is in both, and only an attribute that never changes has no vector.
    Examples in which the attribute is not defined (NaN) are in neither.

    Args:
      latents: of the examples, as a rule their posterior means, float [examples, z_size].
      values: of the attributes, float [examples, attributes].
      names: of the attributes.

    Raises:
      UserError: naming all attributes that never change in this music.
    """
    constant = [name for name, column in zip(names, values.T, strict=True) if not varies(column)]
    if constant:
        raise UserError(f"these attributes never change in this music: {', '.join(constant)}")
    latents = np.asarray(latents, np.float64)
    rows = [_difference(latents, column) for column in values.T]
    more = np.array([row[0] for row in rows], np.float32).reshape(-1, latents.shape[1])
    return AttributeVectors(
        tuple(names),
        more,
        -more,
        np.array([row[1] for row in rows], np.int64).reshape(-1, 2),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.float64).reshape(-1, 2),
    )


def varies(values: np.ndarray) -> bool:
    """Whether an attribute, [examples], has more than one value."""
    defined = values[~np.isnan(values)]
    return bool(len(defined)) and bool(defined.min() < defined.max())


def _difference(
    latents: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, tuple[int, int], float, tuple[float, float]]:
    """Vector, counts, standard error and quartiles of one attribute."""
    groups = [latents[group] for group in most_and_least(values, 0.25)]
    vector = groups[0].mean(0) - groups[1].mean(0)
    squares = [np.sum(group.var(0, ddof=1)) / len(group) if len(group) > 1 else np.nan for group in groups]
    quartiles = tuple(np.nanquantile(values, (0.25, 0.75)))
    return vector, (len(groups[0]), len(groups[1])), float(np.sqrt(sum(squares))), quartiles


def most_and_least(values: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Masks of [examples] for the `share` of them with most of an attribute, and with least, as booleans.

    See `compute_vectors` for ties and for what is not defined.
    """
    lower, upper = np.nanquantile(values, (share, 1.0 - share))
    top, bottom = values >= upper, values <= lower
    if lower == upper:
        above, below = values > upper, values < lower
        top, bottom = (above if above.any() else top), (below if below.any() else bottom)
    return top, bottom
