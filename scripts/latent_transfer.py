"""Translates music of one style towards another: a small latent that both styles share."""

if __name__ == "__main__":  # python scripts/latent_transfer.py
    import as_a_file  # noqa: F401

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, audio_flags, command, common_flags, limit_flags
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.files import make_folder, refuse_existing
from base_vae.ranges import AT_LEAST_ZERO
from base_vae.settings import override

if TYPE_CHECKING:
    import numpy as np

USAGE = """
latent_transfer: hymns as reels, reels as hymns.

  latent_transfer --mode=train --style_a=hymns/ --style_b=reels/ --run_dir=run/
  latent_transfer --mode=transform --run_dir=run/ --midi=hymn.mid --towards=b --output_dir=out/
  latent_transfer --mode=transform --run_dir=run/ --midi=reel.mid --towards=a --amount=0.5 --output_dir=out/

train learns how the latents of two collections of music correspond: music that is dense or high for style a
becomes music that is dense or high for style b. transform takes music of the other style, cuts it into
stretches of the base model's length and moves each of them: all the way with --amount=1, halfway with 0.5; 0
gives the music as the base plays it.
"""

MODES = ("train", "transform")
FLAGS = command.flag_values()
flags.DEFINE_string("mode", None, f"{', '.join(MODES)}.", flag_values=FLAGS)
flags.DEFINE_string("style_a", None, "train: music of one style, files or folders.", flag_values=FLAGS)
flags.DEFINE_string("style_b", None, "train: music of the other style.", flag_values=FLAGS)
flags.DEFINE_string(
    "run_dir", None, "Folder of the run; the transfer is kept in its model/.", flag_values=FLAGS
)
flags.DEFINE_string(
    "base",
    "mel_2bar",
    "Base model: a bundled name, a model or run folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
flags.DEFINE_string("midi", None, "transform: the music to change, files or folders.", flag_values=FLAGS)
flags.DEFINE_string("towards", "b", "transform: the style to translate to, a or b.", flag_values=FLAGS)
common_flags.define_number(FLAGS, "amount", 1.0, "transform: how much of the way to go.", AT_LEAST_ZERO)
flags.DEFINE_string("output_dir", None, "transform: folder for the new music.", flag_values=FLAGS)
common_flags.define_temperature(FLAGS, 0.0)
flags.DEFINE_string(
    "hparams", "", "Changes to sizes and steps: name=value,name=value (train).", flag_values=FLAGS
)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same transfer and music, on as many threads.")
common_flags.define_deterministic(FLAGS)
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
audio_flags.define(FLAGS)
common_flags.define_qpm(FLAGS, None, " Default: that of the piece.")
limit_flags.define(FLAGS)

_NEEDED = {
    "train": ("style_a", "style_b", "run_dir"),
    "transform": ("run_dir", "output_dir", "midi"),
}


def translate() -> None:
    """Carries out the mode."""
    command.require(FLAGS, "mode")
    mode = command.one_of(FLAGS, "mode", MODES)
    command.require(FLAGS, *_NEEDED[mode])
    command.one_of(FLAGS, "towards", ("a", "b"))
    audio_flags.font(FLAGS)
    _check_arguments(mode)
    start_tensorflow(FLAGS)
    {"train": _train, "transform": _transform}[mode]()


def _check_arguments(mode: str) -> None:
    """Checks the arguments before TensorFlow starts."""
    limits = limit_flags.given(FLAGS)
    if mode == "train":
        refuse_existing(Path(FLAGS.run_dir, "model"))
        arguments.check_output(FLAGS.run_dir)
        arguments.check_model(FLAGS.base)
        for source in (FLAGS.style_a, FLAGS.style_b):
            arguments.check_music(source, limits=limits)
    else:
        arguments.check_saved(FLAGS.run_dir, FLAGS.base if FLAGS["base"].present else None)
        arguments.check_music(FLAGS.midi, limits=limits)
        arguments.check_output(FLAGS.output_dir)


def _train() -> None:
    import base_vae
    from latent_constraints.transfer.model import TransferHParams
    from latent_constraints.transfer.style_transfer import train

    hparams = override(TransferHParams(), FLAGS.hparams)
    model_dir = make_folder(FLAGS.run_dir) / "model"
    base = base_vae.load(FLAGS.base)
    styles = []
    for source in (FLAGS.style_a, FLAGS.style_b):
        styles.append(base.collect(command.paths(source), limits=limit_flags.given(FLAGS)))
        print(f"{source}: {styles[-1].report}", flush=True)
    a, b = (style.examples for style in styles)
    translator = train(base, a, b, hparams=hparams, seed=FLAGS.seed, progress=_say)
    translator.save(model_dir)
    print(f"kept the transfer: {Path(FLAGS.run_dir, 'model')}")


def _transform() -> None:
    from midime_scripts.common.changed_music import write_changed

    import base_vae
    from latent_constraints.transfer.style_transfer import load

    folder = arguments.saved_folder(FLAGS.run_dir)
    font = audio_flags.font(FLAGS)
    moved = base_vae.load(FLAGS.base) if FLAGS["base"].present else None
    translator = load(folder, base=moved)

    def change(name: str, arrays: "np.ndarray") -> "dict[str, np.ndarray]":
        return {f"as_{FLAGS.towards}": translator.latents(arrays, towards=FLAGS.towards, amount=FLAGS.amount)}

    write_changed("latent_transfer", translator.base, FLAGS, change, font)


def _say(step: int, losses: dict[str, float]) -> None:
    figures = "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
    print(f"step {step}: {figures}", file=sys.stderr, flush=True)


def main() -> None:
    """The console command."""
    sys.exit(command.run(translate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
