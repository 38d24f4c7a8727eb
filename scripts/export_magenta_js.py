"""Writes a model, or a personal model with its base, as folders that web pages load with Magenta.js."""

import sys
from pathlib import Path

from absl import flags

from base_vae.errors import UserError

from . import _command

USAGE = """
export_magenta_js: models for web pages.

  export_magenta_js --checkpoint_file=mel_2bar --output_dir=page/mel_2bar
  export_magenta_js --checkpoint_file=run/ --output_dir=page/drums --quantize=uint16
  export_magenta_js --model=my_model/ --output_dir=page/mine

The first two write a checkpoint of Magenta.js: new mm.MusicVAE('mel_2bar') loads it in a page
(@magenta/music from npm). --model, a personal model, becomes two folders: base/, such a checkpoint, and
personal/, whose decoder, tf.loadLayersModel('page/mine/personal/decoder/model.json'), makes latents of the
base from knobs. What is written can also be read here, wherever a model is named.
"""

NONE = "none"
FLAGS = _command.flag_values()
flags.DEFINE_string(
    "checkpoint_file",
    None,
    "Model or run folder, bundled name (mel_2bar), or checkpoint of the original (.tar or .ckpt).",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "model",
    None,
    "Personal model, or run folder of midime_train, instead of --checkpoint_file.",
    flag_values=FLAGS,
)
flags.DEFINE_string("base", None, "Base of --model, where it has moved.", flag_values=FLAGS)
_command.define_config(FLAGS)
flags.DEFINE_string("output_dir", None, "New folder for what is written.", flag_values=FLAGS)
flags.DEFINE_string(
    "quantize",
    NONE,
    "uint16 stores weights at half of their size, uint8 at a quarter (and less exactly); none as they are.",
    flag_values=FLAGS,
)


def export() -> None:
    """Loads what is to be exported and writes it."""
    if FLAGS.config == "help":
        from base_vae.presets import ALIASES, PRESETS

        _command.print_configs(PRESETS, ALIASES)
        return
    _command.require(FLAGS, "output_dir")
    if bool(FLAGS.checkpoint_file) == bool(FLAGS.model):
        raise UserError("give a model with --checkpoint_file, or a personal one with --model (see --help)")
    if FLAGS.base and not FLAGS.model:
        raise UserError("--base goes with --model: it is the base of a personal model")
    quantize = _command.one_of(FLAGS, "quantize", (NONE, "uint8", "uint16"))
    _command.start_tensorflow(FLAGS)
    from base_vae.checkpoints.folder import refuse_existing
    from base_vae.config_file import find_config

    from ._models import check_config, load_model

    refuse_existing(FLAGS.output_dir)

    if FLAGS.model:
        import small_vae
        from small_vae.tfjs import save

        base = load_model(FLAGS.base, FLAGS.config, "config") if FLAGS.base else None
        path = Path(FLAGS.model).expanduser()
        model = small_vae.load(path / "model" if (path / "model").is_dir() else path, base)
        check_config(model.base.config, find_config(FLAGS.config) if FLAGS.config else None, "config")
    else:
        from base_vae.checkpoints.magenta_js import save

        model = load_model(FLAGS.checkpoint_file, FLAGS.config, "config")
    save(model, FLAGS.output_dir, None if quantize == NONE else quantize)
    print(f"wrote {FLAGS.output_dir}")


def main() -> None:
    """The console command."""
    sys.exit(_command.run(export, FLAGS, USAGE))


if __name__ == "__main__":
    main()
