"""What a base with controls (chords, hits) is told when it writes new music: those of the user's own."""

import dataclasses

import numpy as np

from base_vae.data.collection import Collection
from base_vae.trained_model import TrainedModel

_PIECES, _EXAMPLES_A_PIECE = 16, 16


@dataclasses.dataclass(frozen=True)
class Told:
    """Stretches of a user's music whose controls hold for new music too.

    Attributes:
      arrays: examples that follow each other, stretch by stretch, [examples, *converter.shape].
      stretches: which one each is of, int64 [examples].
    """

    arrays: np.ndarray
    stretches: np.ndarray

    def draw(self, n: int, segments: int, seed: int) -> np.ndarray:
        """A stretch for each of `n` pieces of so many segments, again from its start where it is too short.

        Returns:
          Examples [n * segments, *converter.shape].
        """
        rng = np.random.default_rng([seed, 1])  # not the stream that the latents are drawn from
        chosen = rng.choice(np.unique(self.stretches), n)
        rows = [np.resize(np.flatnonzero(self.stretches == stretch), segments) for stretch in chosen]
        return self.arrays[np.concatenate(rows)]


def told_of(base: TrainedModel, collection: Collection) -> Told | None:
    """The beginnings of some pieces of a collection; None for a base that is told nothing."""
    if base.config.converter.spaces.controls is None:
        return None
    pieces = np.unique(collection.sources)
    some = pieces[np.unique(np.linspace(0, len(pieces) - 1, _PIECES).round().astype(int))]
    bars = base.config.converter.bars  # examples of longer music begin every bar: one after the other
    rows = [np.flatnonzero(collection.sources == piece)[::bars][:_EXAMPLES_A_PIECE] for piece in some]
    stretches = np.repeat(np.arange(len(rows)), [len(stretch) for stretch in rows])
    return Told(np.array(collection.examples[np.concatenate(rows)]), stretches)
