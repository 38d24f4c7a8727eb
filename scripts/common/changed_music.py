"""Pieces in files changed by a model: each written before and after."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import command, limit_flags
from midime_scripts.common.outputs import Numberings, made_by, stem_of, write_files, write_report

from base_vae.data.stretches import stretches
from base_vae.files import atomic_outputs

if TYPE_CHECKING:
    import numpy as np

    from base_vae.music.key import Key
    from base_vae.trained_model import TrainedModel

ORIGINAL = "original"


def write_changed(
    program: str,
    base: "TrainedModel",
    values: flags.FlagValues,
    change: "Callable[[str, np.ndarray], Mapping[str, np.ndarray]]",
    font: Path | None,
) -> "dict[str, np.ndarray]":
    """Changes the music in `--midi`, stretch by stretch, and writes whole pieces to `--output_dir`.

    Args:
      program: the command, for the report.
      base: reads the music and plays it.
      values: with --midi, --output_dir, --temperature, --seed, --plot, the limits, and --qpm, without which
        each piece keeps its tempo.
      change: from a piece's name and its stretches [n, *converter.shape] to latents [n, z_size] of what they
        become, by the word for that in the names of the files.
      font: a sound font for sound files, or None.

    Returns:
      The stretches of all pieces, [stretches, *converter.shape], as they were (`ORIGINAL`) and by each word.
    """

    def played(name: str, arrays: "np.ndarray") -> "dict[str, np.ndarray]":
        return {
            word: base.decode_arrays(z, temperature=values.temperature, seed=values.seed, controls=arrays)
            for word, z in change(name, arrays).items()
        }

    return write_versions(program, base, values, played, font)


def write_versions(
    program: str,
    base: "TrainedModel",
    values: flags.FlagValues,
    versions_of: "Callable[[str, np.ndarray], Mapping[str, np.ndarray]]",
    font: Path | None,
    key: "Key | None" = None,
) -> "dict[str, np.ndarray]":
    """Does what `write_changed` does, from stretches to what they become, [n, *converter.shape] each.

    Args:
      program, base, values, font: see `write_changed`.
      versions_of: from a piece's name and its stretches to others, by word.
      key: that each piece is moved to before it is changed; None leaves it in its own.
    """
    import numpy as np

    converter, made, music, versions = base.config.converter, [], {}, {}
    pieces, left_out = stretches(base, command.paths(values.midi), limits=limit_flags.given(values))
    for problem in left_out:
        print(f"left out: {problem}", file=sys.stderr)
    with atomic_outputs(values.output_dir) as folder:
        for name, piece in pieces.items():
            moved = piece if key is None else piece.in_key(key, converter)
            made.append((name, piece, {ORIGINAL: piece.arrays, **versions_of(name, moved.arrays)}))
        numberings = Numberings(values.output_dir)
        for name, piece, changed in made:
            stem = numberings.take(stem_of(name))
            for word, version in changed.items():
                music[f"{stem}_{word}.mid"] = piece.played(converter, version, qpm=values.qpm)
                versions.setdefault(word, []).append(version)
        picture = stem if len(made) == 1 else numberings.take("changed")
        names = write_files(music, folder, picture, values.plot, font)
        names.append(write_report(folder, picture, made_by(program, values, values.seed)))
    print(f"wrote {len(names)} files to {values.output_dir}")
    return {word: np.concatenate(each) for word, each in versions.items()}
