"""What faders did, in lines for people."""

from collections.abc import Iterable

import numpy as np

from base_vae.attributes import ATTRIBUTES
from base_vae.attributes.base import mean
from base_vae.faders.directions import Directions
from base_vae.faders.fading import Faded
from base_vae.faders.request import Request

_NOTABLE = 0.5  # spreads that another attribute has to change by, to be named


def report(faded: Faded, requests: Iterable[Request], directions: Directions, bars: int) -> list[str]:
    """Lines on what was asked, what came of it, how much was kept, and what else changed.

    Args:
      faded: consecutive examples.
      requests: what was asked of them.
      directions: of the attributes.
      bars: in an example.
    """
    lines, asked = [], ~np.isnan(faded.wanted)
    first = 1 + bars * np.arange(len(faded.wanted))
    for request in requests:
        column = faded.names.index(request.name)
        rows = np.array([request.overlap(bar, bar + bars - 1) > 0 for bar in first.tolist()])
        where = "" if request.bars is None else f" in bars {request.bars[0]} to {request.bars[1]}"
        rows &= asked[:, column]
        if not rows.any():
            lines.append(f"{request.name}{where}: there is no music to change")
            continue
        was, wanted, got = (
            _mean(values[rows, column]) for values in (faded.before, faded.wanted, faded.after)
        )
        unit = ATTRIBUTES[request.name].unit
        lines.append(f"{request.name}{where}: it was {was} {unit}, asked for {wanted}, got {got}")
    touched = asked.any(1)
    if touched.any():
        lines.append(f"kept: {faded.kept[touched].mean():.0%} of the steps")
        with np.errstate(invalid="ignore"):
            changes = np.abs(faded.after - faded.before)[touched] / directions.spreads
        moved = [mean(column[~np.isnan(column)]) for column in changes.T]
        names = {request.name for request in requests}
        others = [
            f"{name} {_mean(faded.before[touched, i])} to {_mean(faded.after[touched, i])}"
            for i, name in enumerate(faded.names)
            if name not in names and moved[i] > _NOTABLE
        ]
        if others:
            lines.append(f"also changed: {', '.join(others)}")
    return lines


def _mean(values: np.ndarray) -> str:
    found = mean(values[~np.isnan(values)])
    return "undefined" if np.isnan(found) else f"{found:.2f}"
