"""Constraints met by search: music is decoded, measured and chosen, and no critic is needed.

Published for this are small diffusion models over latents, conditioned on attributes' values ("Conditional
Diffusion as Latent Constraints", arXiv:2511.07156). The search of `base_vae.faders` has the decoder in the
loop instead, so that what it finds is measured and not predicted, and has nothing to train.
"""

from collections.abc import Sequence

from base_vae.errors import UserError
from base_vae.faders import Request, find_directions
from base_vae.trained_model import TrainedModel
from latent_constraints.constraint import HIGH, LOW, PERSONAL, REALISM, Constraint, attribute_value


def is_searchable(constraint: Constraint) -> bool:
    """Whether it is an attribute with a value, high or low."""
    return constraint.label not in (REALISM, PERSONAL) and ":" not in constraint.label


def requests(base: TrainedModel, constraints: Sequence[Constraint]) -> list[Request]:
    """The values that constraints ask for; `high` and `low` are quartiles of the base's own samples.

    Raises:
      UserError: if one is not of an attribute, or of one that does not change in the base's music.
    """
    others = [each.label for each in constraints if not is_searchable(each)]
    if others:
        raise UserError(
            f"the search takes attributes, like density:high or density:5.5 (received {', '.join(others)}): "
            "choose another --method; --key moves music to a key"
        )
    directions = find_directions(base)
    found = []
    for each in constraints:
        value = attribute_value(each.label, each.value)
        if each.label in directions.names and value in (LOW, HIGH):
            quartiles = directions.quartiles[directions.names.index(each.label)]
            value = float(quartiles[int(value == HIGH)])
        found.append(Request(each.label, float(value) if value not in (LOW, HIGH) else 0.0, is_value=True))
    return found
