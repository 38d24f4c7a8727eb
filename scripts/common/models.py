"""The model that a command is given, which must be what the flags say it is."""

from typing import TYPE_CHECKING

from base_vae.checkpoints.finding import find
from base_vae.configs.toml_file import find_config
from base_vae.errors import UserError
from base_vae.loading import load

if TYPE_CHECKING:
    from base_vae.configs.config import Config
    from base_vae.trained_model import TrainedModel


def load_model(source: str, config: str | None, flag: str) -> "TrainedModel":
    """The model at `source`, anything that `base_vae.load` takes.

    Args:
      source: a folder, a bundled name or a checkpoint of the original.
      config: a preset or a .toml file: what a checkpoint is, and what any model must be; None for whatever
        it is.
      flag: that gives the config, for errors.

    Raises:
      UserError: if it cannot be loaded or is another kind of model.
    """
    wanted = find_config(config) if config else None
    try:
        find(source)
    except UserError:
        return load(source, wanted)  # a checkpoint of the original, or it says what is wrong
    model = load(source)
    check_config(model.config, wanted, flag)
    return model


def check_config(actual: "Config", wanted: "Config | None", flag: str) -> None:
    """Raises UserError unless a model has the name that is wanted, or the shapes."""
    from base_vae.checkpoints.architecture import architecture, differences

    misfits = differences(architecture(actual), wanted) if wanted and actual.name != wanted.name else []
    if misfits:
        raise UserError(f"--{flag}={wanted.name}, but this model is {actual.name}: {', '.join(misfits)}")
