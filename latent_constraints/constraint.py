"""Constraints as users write them: `density:high`, `key:C major`, `personal:my_songs/`, `realism`."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

from base_vae.errors import UserError, raise_all, shortened

REALISM, PERSONAL = "realism", "personal"
HIGH, LOW = "high", "low"
# Their argument names the property; that of an attribute is its value.
NAMED_BY_ARGUMENT = {"key", "leap"}


@dataclasses.dataclass(frozen=True)
class Constraint:
    """A property that music should have.

    Attributes:
      label: of the critic: `density`, `key:C major`, `leap:7`, `personal`, `realism`.
      value: `high`, `low` or a number, of an attribute; else nothing.
      source: of `personal`, where the user's music is.
      weight: how much it counts beside the others.
    """

    label: str
    value: str = ""
    source: str = ""
    weight: float = 1.0


def parse(text: str) -> Constraint:
    """A constraint from what a user writes: NAME, NAME:VALUE, and @WEIGHT after it where it is not 1.

    Raises:
      UserError: if it cannot be read. Whether there is such an attribute is seen when a base is at hand.
    """
    body, at, number = text.rpartition("@")
    weight = 1.0
    if at:
        try:
            weight = float(number)
        except ValueError:
            body = text  # an @ in a path
        if not 0 < weight < math.inf:
            raise UserError(
                f"the weight of a constraint must be a number above 0 (received {shortened(text)!r})"
            )
    else:
        body = text
    name, _, argument = (part.strip() for part in body.partition(":"))
    if not name:
        raise UserError(f"a constraint is written like density:high or realism (received {text!r})")
    if name == PERSONAL:
        return Constraint(PERSONAL, source=argument, weight=weight)
    if name in NAMED_BY_ARGUMENT:
        return Constraint(f"{name}:{argument}", weight=weight)
    if name != REALISM:
        attribute_value(name, argument)
    return Constraint(name, argument, weight=weight)


def attribute_value(name: str, value: str) -> str | float:
    """The value of an attribute's constraint: "high", "low" or a number. Raises UserError for others."""
    if isinstance(value, str) and value in (HIGH, LOW):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UserError(
            f"{name} must be high, low or a number, like {name}:high (received {shortened(value)!r})"
        )
    return number


def parse_all(texts: Sequence[Constraint | str]) -> list[Constraint]:
    """Several constraints, written or parsed already, at most one a critic.

    Raises:
      UserError: naming every one that cannot be read, and those given twice.
    """
    constraints, errors = [], []
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise UserError(f"constraints must be a list (received {shortened(repr(texts))})")
    for text in texts:
        try:
            if not isinstance(text, Constraint | str):
                raise UserError(f"{shortened(repr(text))} is no constraint, like 'density:high'")
            constraints.append(parse(text) if isinstance(text, str) else text)
        except UserError as error:
            errors.append(str(error))
    labels = [constraint.label for constraint in constraints]
    errors += [f"{label} is given twice" for label in sorted({x for x in labels if labels.count(x) > 1})]
    raise_all(list(dict.fromkeys(errors)))
    if not constraints:
        raise UserError("give at least one constraint, like --constraint=density:high")
    return constraints
