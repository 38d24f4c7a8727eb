"""The base model under a saved model: how a folder names it, and how it is found again."""

from pathlib import Path
from typing import Any

from base_vae.checkpoints.names import fingerprint
from base_vae.configs.config import Config
from base_vae.errors import UserError
from base_vae.loading import load
from base_vae.trained_model import TrainedModel


def describe_base(base: TrainedModel) -> dict[str, Any]:
    """What a folder says of the base, as plain data."""
    return {"load": base.source, "config": base.config.to_dict(), "fingerprint": fingerprint(base.model)}


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
        try:  # a checkpoint of the original does not say itself what it is
            config = Config.from_dict(described["config"]) if "config" in described else None
            base = load(described["load"], config)
        except UserError as error:
            raise UserError(
                f"the base model of {path} is not to be had: {error}; name it with --base"
            ) from error
    if fingerprint(base.model) != described["fingerprint"]:
        raise UserError(f"{path} was made with another base model than {described['load']} is now")
    return base
