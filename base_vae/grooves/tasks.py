"""The modes, the bundled model of each, and what a model must be for it."""

from typing import TYPE_CHECKING, NamedTuple

from base_vae.checkpoints.finding import find_folder
from base_vae.errors import UserError

if TYPE_CHECKING:
    from base_vae.configs.config import Config

CLOSED_HI_HAT = 2  # its class in the maps of nine drums


class Task(NamedTuple):
    """A mode.

    Attributes:
      model: the bundled name of the model for it.
      description: of what it does, in a line.
    """

    model: str
    description: str


TASKS = {
    "humanize": Task("groovae_2bar_humanize", "velocities and microtiming for drums on the grid"),
    "add_drums": Task("groovae_2bar_humanize", "a beat under a tune, as a drummer would play it"),
    "drumify": Task("groovae_2bar_tap_fixed_velocity", "drums for a rhythm: that of all notes"),
    "add_closed_hh": Task("groovae_2bar_add_closed_hh", "closed hi-hats added to the drums"),
    "transfer": Task("groovae_2bar_hits_control", "the drums, with the groove of other drums"),
    "control": Task("groovae_2bar_hits_control", "the drums, in a manner drawn at random"),
}


def find_model(mode: str, model: str | None) -> str:
    """The name or folder of the model for a mode: the one given, or the bundled one.

    Raises:
      UserError: if none is given and this installation has no such model.
    """
    bundled = TASKS[mode].model
    if model or find_folder(bundled):
        return model or bundled
    raise UserError(
        f"{mode} needs the model {bundled}, which this installation does not have: name the folder of one of "
        "that kind with --model"
    )


def check_model(mode: str, config: "Config") -> None:
    """Raises UserError where a model of `config` is not for the mode."""
    converter = config.converter
    fits = {
        "humanize": getattr(converter, "humanize", False),
        "add_drums": getattr(converter, "humanize", False),
        "drumify": getattr(converter, "tapify", False),
        "add_closed_hh": CLOSED_HI_HAT in getattr(converter, "add_instruments", ()),
        "transfer": getattr(converter, "hits_as_controls", False),
        "control": getattr(converter, "hits_as_controls", False),
    }[mode]
    if not fits or config.hparams.head != "groove":
        raise UserError(f"{mode} needs a model like {TASKS[mode].model} (received one of {config.name})")
