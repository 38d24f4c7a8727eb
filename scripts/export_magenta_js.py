"""Writes a model, or a personal model with its base, as folders that web pages load with Magenta.js."""

if __name__ == "__main__":  # python scripts/export_magenta_js.py
    import as_a_file  # noqa: F401

import sys

from absl import flags
from midime_scripts.common import arguments, command, common_flags
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import refuse_existing

USAGE = """
export_magenta_js: models for web pages.

  export_magenta_js --checkpoint_file=mel_2bar --output_dir=page/mel_2bar
  export_magenta_js --checkpoint_file=run/ --output_dir=page/drums --quantize=uint16
  export_magenta_js --model=my_model/ --output_dir=page/mine

The first two write a checkpoint of Magenta.js: new mm.MusicVAE('mel_2bar') loads it in a page
(@magenta/music from npm). A personal model, --model, becomes two folders: base/, such a checkpoint, and
personal/, whose decoder turns knobs into latents of the base; a page loads it with
tf.loadLayersModel('page/mine/personal/decoder/model.json'). The commands here read these folders too,
wherever a model can be named.
"""

NONE = "none"
FLAGS = command.flag_values()
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
common_flags.define_config(FLAGS)
flags.DEFINE_string("output_dir", None, "New folder for what is written.", flag_values=FLAGS)
flags.DEFINE_string(
    "quantize",
    NONE,
    "uint16 stores weights at half of their size, uint8 at a quarter (and less exactly); none keeps them.",
    flag_values=FLAGS,
)


def export() -> None:
    """Loads a model and writes it for web pages."""
    if FLAGS.config == "help":
        from base_vae.configs.presets import ALIASES, PRESETS

        command.print_configs(PRESETS, ALIASES)
        command.print_bundled("checkpoint_file")
        return
    command.require(FLAGS, "output_dir")
    if bool(FLAGS.checkpoint_file) == bool(FLAGS.model):
        raise UserError("give a model with --checkpoint_file, or a personal one with --model (see --help)")
    if FLAGS.base and not FLAGS.model:
        raise UserError("--base goes with --model: it is the base of a personal model")
    kind = command.one_of(FLAGS, "quantize", (NONE, "uint8", "uint16"))
    quantize = None if kind == NONE else kind
    _check_arguments()
    start_tensorflow(FLAGS)
    from base_vae.loading import load, require_config

    if FLAGS.model:
        import small_vae
        from small_vae.tensorflow_js import save

        base = load(FLAGS.base, FLAGS.config) if FLAGS.base else None
        model = small_vae.load(arguments.saved_folder(FLAGS.model), base=base)
        require_config(model.base.config, FLAGS.config or None, model.base.source)
        save(model, FLAGS.output_dir, quantize=quantize)
    else:
        model = load(FLAGS.checkpoint_file, FLAGS.config)
        model.export_magenta_js(FLAGS.output_dir, quantize=quantize)
    print(f"wrote {FLAGS.output_dir}")


def _check_arguments() -> None:
    """Checks the arguments before TensorFlow starts."""
    refuse_existing(FLAGS.output_dir)
    arguments.check_output(FLAGS.output_dir)
    if FLAGS.config:
        arguments.check_config(FLAGS.config)
    if FLAGS.model:
        arguments.check_saved(FLAGS.model, FLAGS.base)
    else:
        arguments.check_model(FLAGS.checkpoint_file)


def main() -> None:
    """The console command."""
    sys.exit(command.run(export, FLAGS, USAGE))


if __name__ == "__main__":
    main()
