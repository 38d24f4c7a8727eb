"""The base model under a saved model: how a folder names it, and how it is found again."""

from pathlib import Path
from typing import Any

from base_vae.errors import UserError
from base_vae.inference import TrainedModel
from base_vae.loading import load
from base_vae.presets import Config
from small_vae.saving import fingerprint


def describe_base(base: TrainedModel) -> dict[str, Any]:
    """What a folder says of the base, as plain data."""
    return {"load": base.source, "config": base.config.to_dict(), "fingerprint": fingerprint(base)}


def find_base(path: Path, described: dict[str, Any], base: TrainedModel | None = None) -> TrainedModel:
    """The base model that a folder was made with.

    Args:
      path: the folder, for messages.
      described: what `describe_base` said.
      base: the model itself, where it has moved since; None looks where it was.

    Raises:
      UserError: if it cannot be found, or is another model now.
    """
    if base is None:
        try:
            base = load(described["load"], Config.from_dict(described["config"]))
        except UserError as error:
            raise UserError(
                f"the base model of {path} is not to be had: {error}; name it with --base"
            ) from error
    if fingerprint(base) != described["fingerprint"]:
        raise UserError(f"{path} was made with another base model than {base.source or 'the one given'} is")
    return base
