"""The effects of attribute vectors on music: the table of the MusicVAE paper, and more.

Roberts et al. 2018 (arXiv:1803.05428), section 5.4: each vector is added to the latents of 256 samples, and
subtracted from them, and the change of every attribute is measured.
"""

import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from base_vae.attributes.base import Attribute, bars_of, mean, on_grid
from base_vae.attributes.rank_correlation import spearman
from base_vae.attributes.registry import measure
from base_vae.attributes.vectors import AttributeVectors
from base_vae.converters.pieces import pieces_of
from base_vae.errors import UserError
from base_vae.music.note_batch import bar_of
from base_vae.music.piece import Piece

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel

_PITCHES = 128


@dataclasses.dataclass(frozen=True, eq=False)
class Response:
    """How attributes respond as each vector is added to the latents of some music, more and more of it.

    Changes are from the music of the unchanged latents (amount 0), and are means over the pieces in which
    an attribute is defined both before and after.

    Attributes:
      music: what the pieces are, in words.
      pieces: number of them.
      vectors: names of the vectors, the rows.
      attributes: names of the attributes, the columns; those of the vectors are among them.
      amounts: how much of a vector is added, from -most to most by way of 0, [steps], an odd number of them.
      before: mean of each attribute at amount 0, [attributes].
      spread: its standard deviation over the pieces there, [attributes].
      change: mean change of each attribute, in its unit, [vectors, steps, attributes].
      compared: mean at amount 0 over the pieces of which `change` is the mean, [vectors, steps, attributes].
      right_sign: share of the pieces whose own attribute, that of the vector, grows when the vector is added
        (amount `most`) and shrinks when it is subtracted, [vectors, 2]; what stays the same does neither.
      right_sign_with_room: the same share of the pieces that are not where the vector leads already: those
        below the upper quartile (adding) and above the lower one (subtracting) of the music that the vectors
        were computed from, [vectors, 2]; NaN where there are none.
      unchanged: share of the pieces whose own attribute stays the same, [vectors, 2]; some have all, or
        nothing, of it from the beginning.
      kept: mean share of equal steps (sixteenths in which the same begins and goes on), [vectors, steps].
      spearman: mean over the pieces of the rank correlation of the amount and the own attribute, [vectors]; a
        piece in which it never changes counts 0.

    Where there is no vector one way, its figures are NaN.
    """

    music: str
    pieces: int
    vectors: tuple[str, ...]
    attributes: tuple[str, ...]
    amounts: np.ndarray
    before: np.ndarray
    spread: np.ndarray
    change: np.ndarray
    compared: np.ndarray
    right_sign: np.ndarray
    right_sign_with_room: np.ndarray
    unchanged: np.ndarray
    kept: np.ndarray
    spearman: np.ndarray

    @property
    def most(self) -> float:
        """The largest amount."""
        return float(self.amounts[-1])

    def percent(self) -> np.ndarray:
        """Changes in percent of what was before, [vectors, steps, attributes]; NaN where that was nothing."""
        before = np.where(self.compared == 0, np.nan, self.compared)
        return 100.0 * self.change / before

    def standardized(self) -> np.ndarray:
        """Changes in standard deviations of the unchanged music, [vectors, steps, attributes]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.change / self.spread

    def own(self, name: str) -> np.ndarray:
        """Mean of an attribute along its own vector's sweep, over the pieces that have it there, [steps]."""
        return (self.compared + self.change)[self.vectors.index(name), :, self.attributes.index(name)]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; NaN is None."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Response":
        """Returns the response that `to_dict` described."""
        arrays = {name: np.array(values[name], np.float64) for name in _ARRAYS}  # None becomes NaN
        vectors, attributes = (tuple(values[name]) for name in ("vectors", "attributes"))
        return cls(values["music"], values["pieces"], vectors, attributes, **arrays)


_ARRAYS = (
    "amounts",
    "before",
    "spread",
    "change",
    "compared",
    "right_sign",
    "right_sign_with_room",
    "unchanged",
    "kept",
    "spearman",
)


def save(responses: Sequence[Response], path: str | os.PathLike[str]) -> None:
    """Writes responses to a JSON file."""
    text = json.dumps([response.to_dict() for response in responses], indent=1, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def load(path: str | os.PathLike[str]) -> list[Response]:
    """The responses that `save` wrote. Raises UserError if they cannot be read, or there are none."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        responses = [Response.from_dict(each) for each in values]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} cannot be read as an evaluation of attribute vectors: {error}") from error
    if not responses:
        raise UserError(f"{path} cannot be read as an evaluation of attribute vectors: it is empty")
    return responses


def check_amounts(most: float, steps: int) -> None:
    """Raises UserError unless an evaluation can go from `-most` to `most` in `steps` steps."""
    if not most > 0 or steps < 3 or steps % 2 == 0:
        raise UserError(
            "the largest amount must be above 0, and the steps an odd number from 3 on, so that 0 is among "
            f"them (received {most} and {steps})"
        )


def evaluate(
    model: "TrainedModel",
    vectors: AttributeVectors,
    attributes: Sequence[Attribute],
    z: np.ndarray,
    music: str,
    *,
    temperature: float = 0.0,
    seed: int = 0,
    most: float = 1.0,
    steps: int = 9,
    controls: np.ndarray | None = None,
) -> Response:
    """Moves latents along every vector and measures what comes of it.

    Args:
      model: decodes them.
      vectors: to move them along.
      attributes: to measure; those that the vectors are named after are measured in any case.
      z: latents of the pieces, [pieces, z_size].
      music: what they are, in words.
      temperature, seed, controls: as for `TrainedModel.decode`. At 0 nothing is drawn, and every change
        is the vector's.
      most: largest amount of a vector.
      steps: amounts from `-most` to `most`, an odd number.

    Raises:
      UserError: if `most` or `steps` cannot be used.
    """
    check_amounts(most, steps)
    amounts = np.linspace(-most, most, steps)
    names = [attribute.name for attribute in attributes]
    columns = [names.index(name) for name in vectors]

    def played(latents: np.ndarray) -> tuple[list[Piece], np.ndarray]:
        arrays = model.decode_arrays(latents, temperature=temperature, seed=seed, controls=controls)
        pieces = list(pieces_of(arrays, model.config.converter))
        return pieces, measure(pieces, attributes)

    unmoved, before = played(z)
    rows = []
    for name, column, (lower, upper) in zip(vectors, columns, vectors.thresholds, strict=True):
        room = np.array([before[:, column] < upper, before[:, column] > lower])
        values, kept = [], []
        for amount in amounts:
            if not vectors.has(name, amount):
                values.append(np.full_like(before, np.nan))
                kept.append(np.nan)
                continue
            pieces, after = (unmoved, before) if amount == 0 else played(vectors.moved(z, {name: amount}))
            values.append(after)
            kept.append(float(np.mean([equal_steps(*pair) for pair in zip(unmoved, pieces, strict=True)])))
        row = _row(np.array(values), before, amounts, column, np.array(kept), room)
        for number, way in enumerate((1, -1)):
            if not vectors.has(name, way):
                for figure in ("right_sign", "right_sign_with_room", "unchanged"):
                    row[figure] = np.where(np.arange(2) == number, np.nan, row[figure])
        rows.append(row)
    return Response(
        music=music,
        pieces=len(z),
        vectors=tuple(vectors),
        attributes=tuple(names),
        amounts=amounts,
        before=_over_pieces(np.mean, before),
        spread=_over_pieces(np.std, before),
        **{name: np.array([row[name] for row in rows]) for name in rows[0]},
    )


def _row(
    values: np.ndarray,
    before: np.ndarray,
    amounts: np.ndarray,
    column: int,
    kept: np.ndarray,
    room: np.ndarray,
) -> dict[str, np.ndarray | float]:
    """The effect of one vector.

    Args:
      values: of the attributes along the sweep, [steps, pieces, attributes].
      before: at amount 0, [pieces, attributes].
      amounts, kept: see `Response`, [steps].
      column: of the vector's own attribute.
      room: which pieces have room for more and for less of it, [2, pieces].
    """
    changes = values - before
    own = changes[[-1, 0], :, column] * np.array([[1], [-1]])  # added, subtracted: up is right in both
    return {
        "change": np.array([_over_pieces(np.mean, change) for change in changes]),
        "compared": np.array([_over_pieces(np.mean, before + 0 * change) for change in changes]),
        "right_sign": np.mean(own > 0, axis=1),
        "right_sign_with_room": np.array([mean(up[some] > 0) for up, some in zip(own, room, strict=True)]),
        "unchanged": np.mean(own == 0, axis=1),
        "kept": kept,
        "spearman": float(np.mean([spearman(amounts, piece) for piece in values[:, :, column].T])),
    }


def equal_steps(before: Piece, after: Piece) -> float:
    """Share of the sixteenths in which the same notes begin and the same go on, in pieces of equal length."""
    rolls = [_roll(piece) for piece in (before, after)]
    return float(np.mean(np.all(rolls[0] == rolls[1], axis=1)))


def _roll(piece: Piece) -> np.ndarray:
    """How many notes of each pitch (drums apart) begin and sound in each sixteenth, [steps, 512]."""
    table = on_grid(piece)
    steps = bars_of(piece) * bar_of(piece)
    key = table.pitch + _PITCHES * table.is_drum
    begin, end = (np.zeros((steps + 1, 2 * _PITCHES), np.int16) for _ in range(2))
    np.add.at(begin, (np.minimum(table.start, steps), key), 1)
    np.add.at(end, (np.minimum(table.end, steps), key), 1)
    return np.concatenate([begin, np.cumsum(begin - end, axis=0)], axis=1)[:steps]


def _over_pieces(function: Any, values: np.ndarray) -> np.ndarray:
    """`function` of each column of [pieces, attributes] without its NaNs; NaN where nothing is left."""
    defined = (column[~np.isnan(column)] for column in values.T)
    return np.array([function(column) if len(column) else np.nan for column in defined])


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value
