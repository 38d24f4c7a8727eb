"""The nearest piece that has what is asked; see `search` for how it is found."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from base_vae.arguments import checked
from base_vae.data.stretches import cut
from base_vae.faders.directions import find_directions
from base_vae.faders.request import Request, requests_of, require, targets
from base_vae.faders.search import Origin, Price, measure, search
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import as_list
from base_vae.ranges import check_arguments, check_optional
from base_vae.readers.read import ReadPiece
from base_vae.trained_model import TrainedModel, require_model

Changes = Mapping[str, float] | str | Iterable[Request]


@dataclasses.dataclass(frozen=True, eq=False)
class Faded:
    """Examples before and after.

    Attributes:
      arrays: the examples found, [n, *converter.shape].
      names: of all attributes that were measured.
      before, after: their values, float64 [n, attributes]; NaN where one is not defined.
      wanted: the values that were asked for, float64 [n, attributes]; NaN where nothing was.
      kept: share of each example's steps that stayed as they were, float64 [n].
    """

    arrays: np.ndarray
    names: tuple[str, ...]
    before: np.ndarray
    after: np.ndarray
    wanted: np.ndarray
    kept: np.ndarray

    def __repr__(self) -> str:
        return f"<Faded: {len(self.arrays)} examples, {np.mean(self.kept):.0%} of their steps kept>"


@checked
def fade(
    model: TrainedModel,
    sequences: Sequence[NoteSequence],
    changes: Changes | None = None,
    *,
    seed: int = 0,
    qpm: float | None = None,
    values: Mapping[str, float] | None = None,
    keep: float = 0.0,
) -> list[NoteSequence]:
    """Each sequence, of any length, with more or less of the named attributes.

    A longer one than the model's is changed stretch by stretch, those that are the same in the same way. Its
    tempo stays, and the program of a melody.

    Args:
      model: reads the music and plays it.
      sequences: the music, in the model's metre.
      changes: by how many spreads (standard deviations among the model's own samples) each attribute is to
        change, such as `{"density": 0.5, "mean_pitch": -1}`; or text: `"density:+1,mean_pitch:-0.5"`,
        `"density=8"` for a value, `"density=4@1-8,8@9-16"` by bars.
      seed: the same seed gives the same music.
      qpm: tempo of the result in quarters a minute. None: that of each sequence.
      values: the values that attributes should have instead, in their own units, such as `{"density": 8}`.
      keep: share of the steps that must stay, from 0 to 1, even if the change then falls short.

    Raises:
      UserError: for unknown attributes, numbers that are not finite, or music that the model cannot take.
    """
    require_model(model)
    check_arguments(keep=keep, seed=seed)
    check_optional(qpm=qpm)
    requests = requests_of(changes, values)
    converter = model.config.converter
    pieces = [ReadPiece.of(sequence) for sequence in as_list(sequences)]
    stretches = [cut(piece.on_musical_grid(), converter) for piece in pieces]
    faded = [fade_arrays(model, each.arrays, requests, keep=keep, seed=seed) for each in stretches]
    return [each.played(converter, new.arrays, qpm=qpm) for each, new in zip(stretches, faded, strict=True)]


def fade_arrays(
    model: TrainedModel,
    arrays: np.ndarray,
    changes: Changes | None = None,
    *,
    seed: int = 0,
    values: Mapping[str, float] | None = None,
    keep: float = 0.0,
    price: Price | None = None,
) -> Faded:
    """Fades examples [n, *converter.shape], which follow each other where bars are named; see `fade`.

    An example stays unchanged where nothing found is better, and where nothing is asked of it.

    Args:
      model, changes, seed, values, keep: see `fade`.
      arrays: the examples.
      price: what counts for how much; the default is tuned by `benchmarks.faders`.
    """
    check_arguments(keep=keep, seed=seed)
    requests = requests_of(changes, values)
    directions = find_directions(model)
    require(requests, directions.names)
    arrays, converter = np.asarray(arrays), model.config.converter
    before = measure(arrays, converter, directions)
    wanted = targets(requests, before, directions, converter.bars)
    if not any(request.is_value for request in requests):  # more of nothing is nothing
        wanted[~arrays.reshape(len(arrays), -1).any(1)] = np.nan
    # What is the same, and is asked for the same, is looked for once.
    keys = [(array.tobytes(), row.tobytes()) for array, row in zip(arrays, wanted, strict=True)]
    asked = np.flatnonzero(~np.isnan(wanted).all(1))
    firsts = {keys[number]: number for number in asked[::-1]}
    chosen = sorted(firsts.values())
    result, after, kept = arrays.copy(), before.copy(), np.ones(len(arrays))
    if chosen:
        posterior = model.encode_arrays(arrays[chosen])
        origins = [
            Origin(*each)
            for each in zip(arrays[chosen], posterior.mu, posterior.sigma, before[chosen], strict=True)
        ]
        found = search(
            model, origins, wanted[chosen], directions, keep=keep, seed=seed, price=price or Price()
        )
        by_number = dict(zip(chosen, found, strict=True))
        for number, key in enumerate(keys):
            if key in firsts:
                best = by_number[firsts[key]]
                result[number], after[number], kept[number] = best.arrays[0], best.values[0], best.kept[0]
    return Faded(result, directions.names, before, after, wanted, kept)
