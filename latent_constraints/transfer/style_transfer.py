"""Translating music of one style towards another, over one base."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Literal

import numpy as np

from base_vae.arguments import checked
from base_vae.attributes import attributes_for, measure_arrays
from base_vae.checkpoints import finding, model_folder
from base_vae.converters import Converter
from base_vae.data.collection import Collection
from base_vae.errors import UserError
from base_vae.files import as_path
from base_vae.loading import describe_base, find_base
from base_vae.music.note_sequence import NoteSequence
from base_vae.music.piece import DEFAULT_QPM
from base_vae.ranges import check_arguments, check_number
from base_vae.trained_model import TrainedModel, require_model
from latent_constraints.fitting import Progress
from latent_constraints.transfer import saving
from latent_constraints.transfer.model import LatentTransfer, TransferHParams, fit_transfer

Style = Literal["a", "b"]
STYLES: tuple[Style, Style] = ("a", "b")
KEPT = ("density", "mean_pitch")  # what is meant to stay where it is among the music of its style


@dataclasses.dataclass(frozen=True)
class StyleTransfer:
    """A transfer model between two styles, with the base that reads and plays them.

    Attributes:
      base: the MusicVAE.
      model: between the latents of style a, domain 0, and of style b, domain 1.
      card: Markdown: what was learned, from what.
    """

    base: TrainedModel
    model: LatentTransfer
    card: str = ""

    @checked
    def latents(self, arrays: np.ndarray, *, towards: Style = "b", amount: float = 1.0) -> np.ndarray:
        """Base latents [n, z_size] of examples [n, ...] translated from the other style.

        Args:
          arrays: examples of the base's converter, of the other style.
          towards: the style they are translated to.
          amount: how much of the way, see `LatentTransfer.transfer`.
        """
        return self._translated(self.base.encode_arrays(arrays).mu, towards, amount)

    @checked
    def transform(
        self,
        sequences: Sequence[NoteSequence],
        *,
        temperature: float = 0.0,
        seed: int = 0,
        qpm: float = DEFAULT_QPM,
        towards: Style = "b",
        amount: float = 1.0,
    ) -> list[NoteSequence]:
        """Pieces of at most the base's length, translated.

        Raises:
          UserError: if a sequence is too long: `base.config.converter.extract` gives the examples in it.
        """
        return self.base.remake(
            sequences,
            lambda z: self._translated(z, towards, amount),
            temperature=temperature,
            seed=seed,
            qpm=qpm,
        )

    def _translated(self, z: np.ndarray, towards: Style, amount: float) -> np.ndarray:
        check_number(amount=amount)
        target = STYLES.index(towards)
        return self.model.transfer(z, 1 - target, target, amount=amount)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a new folder, whole or not at all; see `load`."""
        saving.save(self.model, path, card=self.card, base=describe_base(self.base))


@checked
def train(
    base: TrainedModel,
    a: Collection | np.ndarray,
    b: Collection | np.ndarray,
    *,
    seed: int = 0,
    hparams: TransferHParams | None = None,
    progress: Progress | None = None,
) -> StyleTransfer:
    """Learns to translate between two styles.

    What is dense or high for its own style should be so for the other: examples are labelled by whether they
    lie above the median of their style in each of `KEPT`, and the shared latent keeps these labels.

    Args:
      base: is not changed.
      a, b: the styles: collections (`TrainedModel.collect`), or examples of its converter [n, ...].
      seed: the same seed and music give the same model.
      hparams: sizes and steps.
      progress: called with the step and the losses.

    Raises:
      UserError: if there is too little music.
    """
    check_arguments(seed=seed)
    require_model(base)
    a, b = (music.examples if isinstance(music, Collection) else music for music in (a, b))
    converter = base.config.converter
    model = fit_transfer(
        (base.encode_arrays(a), base.encode_arrays(b)),
        labels=(_labels(a, converter), _labels(b, converter)),
        hparams=hparams,
        seed=seed,
        progress=progress,
    )
    card = f"Style a: {len(a)} examples. Style b: {len(b)} examples. Learned in {int(model.step)} steps."
    return StyleTransfer(base, model, card)


@checked
def load(path: str | os.PathLike[str], *, base: TrainedModel | None = None) -> StyleTransfer:
    """The transfer that `StyleTransfer.save` wrote, bit for bit.

    Args:
      path: its folder.
      base: the base model, where it has moved since; None loads the one it was made with.

    Raises:
      UserError: if there is none, a part is missing, or the base is another one.
    """
    path = as_path(path)
    model = saving.load(path)
    described = finding.read_json(path / finding.CONFIG).get("base")
    if described is None:
        raise UserError(
            f"{path} does not say which base model its latents are of: train it with latent_transfer"
        )
    base = find_base(path, described, base)
    if tuple(model.z_sizes) != (base.z_size,) * len(STYLES):
        raise UserError(f"{path} does not fit its base: its latents have another size")
    return StyleTransfer(base, model, model_folder.read_card(path))


def _labels(arrays: np.ndarray, converter: Converter) -> np.ndarray:
    """A label of each example [n, ...]: those of `KEPT` in which it is above its style's median, int [n]."""
    kept = [attribute for attribute in attributes_for(converter) if attribute.name in KEPT]
    values = measure_arrays(arrays, converter, kept)
    return (values > np.nanmedian(values, axis=0)) @ (1 << np.arange(len(kept)))
