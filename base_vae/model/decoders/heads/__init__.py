"""Output heads: what a decoder says at a step, one file for each kind."""

from base_vae.model.decoders.heads.base import Head
from base_vae.model.decoders.heads.boolean import BooleanHead
from base_vae.model.decoders.heads.categorical import CategoricalHead
from base_vae.model.decoders.heads.groove import GrooveHead
from base_vae.model.decoders.heads.multi_categorical import MultiCategoricalHead
from base_vae.model.decoders.heads.nade import NadeHead
from base_vae.model.hparams import HParams
from base_vae.spaces import Space

HEADS = {
    "categorical": CategoricalHead,
    "multi_categorical": MultiCategoricalHead,
    "boolean": BooleanHead,
    "nade": NadeHead,
    "groove": GrooveHead,
}

__all__ = [
    "HEADS",
    "BooleanHead",
    "CategoricalHead",
    "GrooveHead",
    "Head",
    "MultiCategoricalHead",
    "NadeHead",
    "make_head",
]


def make_head(hparams: HParams, space: Space, input_width: int) -> Head:
    """The head that `hparams` name, for steps of `space`."""
    extra = {"hidden": hparams.nade_num_hidden} if hparams.head == "nade" else {}
    return HEADS[hparams.head](space, input_width, **extra)
