"""Samples, interpolates or reconstructs with a MusicVAE, with the flags of the original tool."""

import sys
from pathlib import Path

from absl import flags

from base_vae.errors import UserError

from . import _command

USAGE = """
music_vae_generate: music from a MusicVAE.

  music_vae_generate --checkpoint_file=mel_2bar --output_dir=out/ --num_outputs=10
  music_vae_generate --mode=interpolate --checkpoint_file=mel_2bar --output_dir=out/ \\
      --input_midi_1=a.mid --input_midi_2=b.mid --num_outputs=7
  music_vae_generate --mode=reconstruct --run_dir=run/ --output_dir=out/ --input_midi_1=song.mid
"""

MODES = ("sample", "interpolate", "reconstruct")
FLAGS = _command.flag_values()
flags.DEFINE_string(
    "config", None, "Preset that the model must be. Default: whatever it is.", flag_values=FLAGS
)
flags.DEFINE_string("run_dir", None, "Run folder of music_vae_train.", flag_values=FLAGS)
flags.DEFINE_string("checkpoint_file", None, "Model folder or bundled name (mel_2bar).", flag_values=FLAGS)
flags.DEFINE_string("mode", "sample", "sample, interpolate or reconstruct.", flag_values=FLAGS)
flags.DEFINE_string(
    "input_midi_1", None, "Start of an interpolation, or what to reconstruct.", flag_values=FLAGS
)
flags.DEFINE_string("input_midi_2", None, "End of an interpolation.", flag_values=FLAGS)
flags.DEFINE_string("output_dir", None, "Folder for the new music.", flag_values=FLAGS)
flags.DEFINE_integer("num_outputs", 5, "Samples, or steps with both ends.", lower_bound=1, flag_values=FLAGS)
flags.DEFINE_float("temperature", 0.5, "0 plays safe, 1 is adventurous.", lower_bound=0.0, flag_values=FLAGS)
_command.define_seed(FLAGS, 0, "The same seed gives the same music.")
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
_command.ignored(FLAGS, {"max_batch_size": "8", "log": "INFO"})


def generate() -> None:
    """Loads the model and writes what the mode says."""
    _command.require(FLAGS, "output_dir")
    mode = _command.one_of(FLAGS, "mode", MODES)
    if bool(FLAGS.run_dir) == bool(FLAGS.checkpoint_file):
        raise UserError("give the model with --checkpoint_file or with --run_dir (one of them; see --help)")
    inputs = {"sample": [], "interpolate": ["input_midi_1", "input_midi_2"], "reconstruct": ["input_midi_1"]}[
        mode
    ]
    _command.require(FLAGS, *inputs)
    _command.start_tensorflow(FLAGS)
    with _command.outputs(FLAGS.output_dir) as folder:
        import base_vae

        model = base_vae.load(FLAGS.run_dir or FLAGS.checkpoint_file)
        if FLAGS.config and FLAGS.config != model.config.name:
            raise UserError(f"--config={FLAGS.config}, but this model is {model.config.name}")
        files = {"sample": _sample, "interpolate": _interpolate, "reconstruct": _reconstruct}[mode](model)
        stem = _command.stamped(f"{model.config.name}_{mode}")
        _command.write_music(files, folder, stem, FLAGS.plot)
    print(f"wrote {len(files)} files to {FLAGS.output_dir}")


def _sample(model) -> list:
    return model.sample(FLAGS.num_outputs, FLAGS.temperature, FLAGS.seed)


def _interpolate(model) -> list:
    start, end = (_whole(model, path) for path in (FLAGS.input_midi_1, FLAGS.input_midi_2))
    return model.interpolate(start, end, FLAGS.num_outputs, FLAGS.temperature, FLAGS.seed)


def _reconstruct(model) -> list:
    """Every example of the input, each followed by what the model makes of it."""
    from base_vae.data.collect import collect

    examples = collect(FLAGS.input_midi_1, model.config.converter).examples
    originals = [model.config.converter.decode(ids) for ids in examples]
    reconstructions = model.reconstruct(originals, FLAGS.temperature, FLAGS.seed)
    return [sequence for pair in zip(originals, reconstructions, strict=True) for sequence in pair]


def _whole(model, path: str):
    """The one piece in a file, which must not be longer than the model."""
    from base_vae.data.read import read_file

    try:
        sequences = read_file(Path(path).expanduser()).sequences
        if len(sequences) != 1:
            raise UserError(f"it holds {len(sequences)} pieces of music and an interpolation needs one")
        model.config.converter.encode_whole(sequences[0])
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    return sequences[0]


def main() -> None:
    """The console command."""
    sys.exit(_command.run(generate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
