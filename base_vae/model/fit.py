"""Whether a model can be built for a representation of music."""

from base_vae.errors import raise_all
from base_vae.model.head_spaces import HEAD_SPACES
from base_vae.model.hparams import HParams
from base_vae.spaces import Spaces


def check_fit(hparams: HParams, spaces: Spaces) -> None:
    """Raises UserError unless a model of `hparams` fits the spaces of a representation."""
    errors = []
    if type(spaces.outputs) is not HEAD_SPACES[hparams.head]:
        fitting = [name for name, space in HEAD_SPACES.items() if type(spaces.outputs) is space]
        errors.append(
            f"`head` must be {' or '.join(fitting)} for this representation, which consists of "
            f"{type(spaces.outputs).__name__} (received head={hparams.head})"
        )
    if hparams.reencode and (spaces.controls or spaces.inputs != spaces.outputs):
        errors.append(
            "`reencode` needs a representation without controls whose inputs and outputs are the same: the "
            "encoder reads the decoder's own music"
        )
    for name, level, needed in (
        ("encoder_levels", hparams.encoder_levels[:1], hparams.conditional),
        ("decoder_levels", hparams.decoder_levels[-1:], True),
    ):
        if spaces.segment and needed and level != (spaces.segment,):
            errors.append(
                f"`{name}` must have segments of {spaces.segment} steps for this representation, whose "
                f"segments end early (received {getattr(hparams, name)})"
            )
    raise_all(errors)
