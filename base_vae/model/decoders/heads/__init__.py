"""Output heads: distributions over a decoder's next step, one file for each kind."""

from typing import Any

from base_vae.errors import UserError, shortened
from base_vae.model.decoders.heads.base import Head
from base_vae.model.decoders.heads.boolean import BooleanHead
from base_vae.model.decoders.heads.categorical import CategoricalHead
from base_vae.model.decoders.heads.groove import GrooveHead
from base_vae.model.decoders.heads.multi_categorical import MultiCategoricalHead
from base_vae.model.decoders.heads.nade import NadeHead
from base_vae.model.head_spaces import HEAD_SPACES
from base_vae.model.hparams import HParams
from base_vae.plugins import register
from base_vae.spaces import Space

HEADS: dict[str, Any] = {
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
    "register_head",
]


def register_head(name: str, head: type[Head], space: type[Space]) -> type[Head]:
    """Adds an output head of one's own, which `HParams.head` then knows by its name; returns it.

    Args:
      name: of the head.
      head: is made with a space and the width of the core's output.
      space: the kind of space whose steps it gives.

    Raises:
      UserError: if they are no such classes, or there is another head of this name.
    """
    for given, kind, name_of_kind in ((head, Head, "Head"), (space, Space, "Space")):
        if not (isinstance(given, type) and issubclass(given, kind)):
            raise UserError(f"{shortened(repr(given))} is not a subclass of {name_of_kind}")
    register(HEAD_SPACES, name, space, "a head")
    HEADS[name] = head
    return head


def make_head(hparams: HParams, space: Space, input_width: int) -> Head:
    """Builds the head that `hparams` name, for steps of `space`."""
    extra: dict[str, Any] = {"hidden": hparams.nade_num_hidden} if hparams.head == "nade" else {}
    return HEADS[hparams.head](space, input_width, **extra)
