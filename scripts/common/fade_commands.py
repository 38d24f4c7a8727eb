"""Faders for the commands: their flags, the music that they change, and what they report."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import common_flags

from base_vae.ranges import FRACTION

if TYPE_CHECKING:
    import numpy as np

    from base_vae.faders import Faded, Request
    from base_vae.trained_model import TrainedModel


def define(values: flags.FlagValues) -> None:
    """The flags `--key` and `--keep`."""
    flags.DEFINE_string(
        "key",
        None,
        "Move each piece to this tonic first, by the nearest way, like G, Bb or A; its mode stays.",
        flag_values=values,
    )
    common_flags.define_number(
        values,
        "keep",
        0.0,
        "Share of the steps that must stay, 0 to 1, even if the change then falls short.",
        FRACTION,
    )


def check(values: flags.FlagValues, requests: "Sequence[Request]", model: str) -> None:
    """Raises UserError for an unknown key, and for attributes that a model's music does not have."""
    from base_vae.attributes import attributes_for, get_attributes
    from base_vae.checkpoints.finding import CONFIG, find_folder, read_json
    from base_vae.converters import converter_from_dict
    from base_vae.faders.request import require
    from base_vae.music.key import named_key

    if values.key:
        named_key(values.key)
    get_attributes(request.name for request in requests)
    folder = find_folder(model)
    settings = read_json(folder / CONFIG).get("converter") if folder else None
    if settings:
        require(requests, [attribute.name for attribute in attributes_for(converter_from_dict(settings))])


def write(
    program: str,
    model: "TrainedModel",
    values: flags.FlagValues,
    requests: "Sequence[Request]",
    font: Path | None,
    *,
    sweep_steps: int = 0,
) -> None:
    """Fades the music in `--midi`, writes it to `--output_dir`, and prints what came of it.

    Args:
      program: the command, for the report.
      model: reads the music and plays it.
      values: with --midi, --output_dir, --seed, --plot, --key, --keep, --qpm and the limits.
      requests: what is asked; nothing where the music is only moved to another key.
      font: a sound font for sound files, or None.
      sweep_steps: steps of the way from minus the amounts to the amounts, which are written too; 0 for none.
    """
    import numpy as np
    from midime_scripts.common.changed_music import write_versions

    from base_vae.faders import fade_arrays, find_directions
    from base_vae.faders.report import report
    from base_vae.music.key import named_key

    bars = model.config.converter.bars

    def faded(arrays: "np.ndarray", factor: float = 1.0) -> "Faded":
        scaled = [dataclasses.replace(each, number=factor * each.number) for each in requests]
        return fade_arrays(model, arrays, scaled, keep=values.keep, seed=values.seed)

    def versions(name: str, arrays: "np.ndarray") -> "dict[str, np.ndarray]":
        print(f"{name}, {bars * len(arrays)} bars:")
        if not requests:
            print(f"  moved to {key}, note for note")
            return {"after": arrays}
        found = faded(arrays)
        for line in report(found, requests, find_directions(model), bars):
            print(f"  {line}", flush=True)
        factors = np.linspace(-1, 1, sweep_steps).tolist()
        way = {each: found if each == 1 else faded(arrays, each) for each in factors}
        return {
            "after": found.arrays,
            **{f"sweep{100 * each:+.0f}": result.arrays for each, result in way.items()},
        }

    key = named_key(values.key) if values.key else None
    write_versions(program, model, values, versions, font, key)
