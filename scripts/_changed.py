"""Pieces in files changed by a model: each written as it was and as it is now."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from . import _command
from ._stretches import stretches

if TYPE_CHECKING:
    import numpy as np

    from base_vae.inference import TrainedModel


def write_changed(
    base: "TrainedModel",
    values: flags.FlagValues,
    word: str,
    change: "Callable[[str, np.ndarray], np.ndarray]",
    font: Path | None,
) -> None:
    """Changes the music in `--midi`, stretch by stretch, and writes it to `--output_dir`.

    Args:
      base: reads the music and plays it.
      values: with --midi, --output_dir, --temperature, --seed, --qpm and --plot.
      word: in the names of the files, for what is changed.
      change: from a piece's name and its stretches [n, ...] to latents [n, z_size].
      font: a sound font for sound files, or None.
    """
    converter, music = base.config.converter, {}
    pieces, left_out = stretches(base, _command.paths(values.midi))
    for problem in left_out:
        print(f"left out: {problem}", file=sys.stderr)
    with _command.outputs(values.output_dir) as folder:
        for name, arrays in pieces.items():
            said = base.decode_arrays(change(name, arrays), values.temperature, values.seed, arrays)
            music[f"{name}_original.mid"] = converter.decode(converter.join(arrays), values.qpm)
            music[f"{name}_{word}.mid"] = converter.decode(converter.join(said), values.qpm)
        names = _command.write_files(music, folder, _command.stamped(word), values.plot, font)
    print(f"wrote {len(names)} files to {values.output_dir}")
