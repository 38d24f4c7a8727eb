"""Controls (chords, hits) of a user's music, which a base with controls needs to write new music."""

import dataclasses

import numpy as np

from base_vae.data.collection import Collection
from base_vae.trained_model import TrainedModel

_PIECES, _EXAMPLES_A_PIECE = 16, 16


@dataclasses.dataclass(frozen=True)
class UserControls:
    """Stretches of a user's music whose controls are given to new music.

    Attributes:
      arrays: examples that follow each other, stretch by stretch, [examples, *converter.shape].
      stretches: the number of each example's stretch, int64 [examples].
    """

    arrays: np.ndarray
    stretches: np.ndarray

    def problem(self, shape: tuple[int, ...]) -> str | None:
        """The reason why these are not controls of examples of a shape; None if they are."""
        if self.arrays.shape[1:] != tuple(shape) or not len(self.arrays):
            return f"controls are examples of shape {list(shape)}"
        if self.stretches.shape != (len(self.arrays),) or self.stretches.dtype.kind not in "iu":
            return "the stretches of its controls are not whole numbers, one for each example"
        return None

    def draw(self, n: int, segments: int, seed: int) -> np.ndarray:
        """Draws a stretch for each of `n` pieces of `segments` segments; one that is too short is repeated.

        Returns:
          Examples [n * segments, *converter.shape].
        """
        rng = np.random.default_rng([seed, 1])  # not the stream that the latents are drawn from
        chosen = rng.choice(np.unique(self.stretches), n)
        rows = [np.resize(np.flatnonzero(self.stretches == stretch), segments) for stretch in chosen]
        return self.arrays[np.concatenate(rows)]


def user_controls(base: TrainedModel, collection: Collection) -> UserControls | None:
    """The controls of the beginnings of some pieces of a collection; None for a base without controls."""
    if base.config.converter.spaces.controls is None:
        return None
    pieces = np.unique(collection.sources)
    some = pieces[np.unique(np.linspace(0, len(pieces) - 1, _PIECES).round().astype(int))]
    bars = base.config.converter.bars  # examples of longer music begin every bar: one after the other
    rows = [np.flatnonzero(collection.sources == piece)[::bars][:_EXAMPLES_A_PIECE] for piece in some]
    stretches = np.repeat(np.arange(len(rows)), [len(stretch) for stretch in rows])
    return UserControls(np.array(collection.examples[np.concatenate(rows)]), stretches)
