"""Samples, interpolates or reconstructs with a MusicVAE, with the flags of the original tool."""

if __name__ == "__main__":  # python scripts/music_vae_generate.py
    import as_a_file  # noqa: F401

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, audio_flags, command, common_flags, limit_flags, tune_commands
from midime_scripts.common.outputs import Numbering, made_by, write_files, write_music, write_report
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.checkpoints.finding import bundled_models
from base_vae.errors import UserError
from base_vae.files import atomic_outputs

if TYPE_CHECKING:
    from base_vae.trained_model import TrainedModel

USAGE = """
music_vae_generate: music from a MusicVAE.

  music_vae_generate --checkpoint_file=mel_2bar --output_dir=out/ --num_outputs=10
  music_vae_generate --mode=interpolate --checkpoint_file=mel_2bar --output_dir=out/ \\
      --input_midi_1=a.mid --input_midi_2=b.mid --num_outputs=7
  music_vae_generate --mode=reconstruct --run_dir=run/ --output_dir=out/ --input_midi_1=song.mid
  music_vae_generate --config=hierdec-trio_16bar --checkpoint_file=hierdec-trio_16bar.tar --output_dir=out/
  music_vae_generate --run_dir=chord_run/ --output_dir=out/ --chords="C G Am F"
  music_vae_generate --checkpoint_file=mel_2bar --output_dir=out/ --num_bars=32 --form=AABA --program=flute
  music_vae_generate --checkpoint_file=mel_2bar --output_dir=out/ --mode=fill --input_midi=a.mid --bars=9-16
  music_vae_generate --run_dir=groove_run/ --output_dir=out/ --input_midi_1=hits.mid --audio

sample draws from the prior. A model with chords takes them from --chords, spread evenly over the music, or
from --input_midi_1; a model that plays given hits takes them from --input_midi_1. interpolate goes from one
input to the other; if an input is too long, it writes the examples in it that would fit. reconstruct writes
every example in the input beside its reconstruction, and a table of how likely the model finds each step.
"""

MODES = ("sample", "interpolate", "reconstruct", "continue", "fill", "vary")
FLAGS = command.flag_values()
flags.DEFINE_string(
    "checkpoint_file",
    None,
    "Model folder, bundled name (mel_2bar), or checkpoint of the original (.tar or .ckpt).",
    flag_values=FLAGS,
)
flags.DEFINE_string("run_dir", None, "Run folder of music_vae_train.", flag_values=FLAGS)
flags.DEFINE_string("output_dir", None, "Folder for the new music.", flag_values=FLAGS)
common_flags.define_count(
    FLAGS, "num_outputs", 5, "Number of samples, or of steps of an interpolation, including both ends."
)
flags.DEFINE_string(
    "mode",
    "sample",
    "sample, interpolate or reconstruct; with a whole piece: continue, fill or vary.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "input_midi_1",
    None,
    "Start of an interpolation, what to reconstruct, or the chords or hits of samples.",
    flag_values=FLAGS,
)
flags.DEFINE_string("input_midi_2", None, "End of an interpolation.", flag_values=FLAGS)
common_flags.define_temperature(FLAGS, 0.5)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same music, on as many threads.")
common_flags.define_deterministic(FLAGS)
common_flags.define_qpm(FLAGS)
flags.DEFINE_string(
    "chords", None, 'Chords of samples, like "C G Am F": half bars or whole bars each.', flag_values=FLAGS
)
flags.DEFINE_bool(
    "same_z", False, "Samples share one latent vector and differ in what is drawn from it.", flag_values=FLAGS
)
common_flags.define_count(
    FLAGS,
    "num_bars",
    None,
    "Length of whole tunes in bars. Default: one example of the model.",
    high=common_flags.MOST_BARS,
)
tune_commands.define(FLAGS)
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
audio_flags.define(FLAGS)
common_flags.define_step(FLAGS)
common_flags.define_config(FLAGS)
limit_flags.define(FLAGS)
common_flags.define_batch_size(FLAGS)
common_flags.define_log(FLAGS)

_OF_NEW_MUSIC = ("num_bars", "form", "key", "program", "bars", "input_midi")
_INPUTS = {"sample": (), "interpolate": ("input_midi_1", "input_midi_2"), "reconstruct": ("input_midi_1",)}


def generate() -> None:
    """Loads the model and writes the music of the mode."""
    if FLAGS.config == "help":
        from base_vae.configs.presets import ALIASES, PRESETS

        command.print_configs(PRESETS, ALIASES)
        command.print_bundled("checkpoint_file")
        return
    command.require(FLAGS, "output_dir")
    mode = command.one_of(FLAGS, "mode", MODES)
    if not (FLAGS.run_dir or FLAGS.checkpoint_file) and FLAGS.config in bundled_models():
        FLAGS.checkpoint_file, FLAGS.config = FLAGS.config, None
    if bool(FLAGS.run_dir) == bool(FLAGS.checkpoint_file):
        raise UserError("give the model with --checkpoint_file or with --run_dir (one of them; see --help)")
    if FLAGS.step is not None and not FLAGS.run_dir:
        raise UserError("--step goes with --run_dir: it names one of the run's checkpoints")
    command.require(FLAGS, *_INPUTS.get(mode, ()))
    if mode != "reconstruct":
        tune_commands.check(FLAGS, mode)
    elif given := [name for name in _OF_NEW_MUSIC if FLAGS[name].value]:
        raise UserError(f"--{given[0]} goes with new music, not with --mode=reconstruct")
    for name in ("chords", "same_z"):
        if FLAGS[name].value and mode != "sample":
            raise UserError(f"--{name} goes with --mode=sample (received --mode={mode})")
    if FLAGS.input_midi_2 and mode != "interpolate":
        raise UserError(f"--input_midi_2 goes with --mode=interpolate (received --mode={mode})")
    font = audio_flags.font(FLAGS)
    _check_arguments()
    start_tensorflow(FLAGS)
    with atomic_outputs(FLAGS.output_dir) as folder:
        from base_vae.loading import load

        model = load(_source(), FLAGS.config)
        name = model.source if model.source in bundled_models() else model.config.name
        numbering = Numbering(FLAGS.output_dir, f"{name}_{mode}")
        if mode in ("continue", "fill", "vary") or FLAGS.form or FLAGS.num_bars:
            files = _tunes(model, mode, folder, numbering, font)
        else:
            work = {"sample": _sample, "interpolate": _interpolate, "reconstruct": _reconstruct}[mode]
            files = work(model, folder, numbering, font)
        made = made_by("music_vae_generate", FLAGS, FLAGS.seed)
        files.append(write_report(folder, numbering.all, str(model), made))
    print(f"wrote {len(files)} files to {FLAGS.output_dir}")


def _source() -> str:
    return common_flags.of_step(FLAGS.run_dir, FLAGS.step) if FLAGS.run_dir else FLAGS.checkpoint_file


def _check_arguments() -> None:
    """Checks the arguments before TensorFlow starts."""
    if FLAGS.config:
        arguments.check_config(FLAGS.config)
    arguments.check_output(FLAGS.output_dir)
    arguments.check_model(_source())
    for name in ("input_midi_1", "input_midi_2"):
        if FLAGS[name].value:
            arguments.check_music(FLAGS[name].value, name, limit_flags.given(FLAGS))


def _tunes(
    model: "TrainedModel", mode: str, folder: Path, numbering: Numbering, font: Path | None
) -> list[str]:
    from base_vae.tunes.loading import load

    names, report = tune_commands.write(load(model), FLAGS, mode, FLAGS.seed, folder, numbering, font)
    print(report)
    return names


def _sample(model: "TrainedModel", folder: Path, numbering: Numbering, font: Path | None) -> list[str]:
    from midime_scripts.common.inputs import controls, sample

    given = controls(model, FLAGS.chords, FLAGS.input_midi_1, FLAGS.output_dir, limit_flags.given(FLAGS))
    music = sample(
        model, given, FLAGS.num_outputs, FLAGS.temperature, FLAGS.seed, FLAGS.qpm, same_z=FLAGS.same_z
    )
    music = tune_commands.in_key_and_program(music, FLAGS)
    return write_music(music, folder, numbering, FLAGS.plot, font)


def _interpolate(model: "TrainedModel", folder: Path, numbering: Numbering, font: Path | None) -> list[str]:
    from midime_scripts.common.inputs import whole

    ends = whole(
        model, {1: FLAGS.input_midi_1, 2: FLAGS.input_midi_2}, FLAGS.output_dir, limit_flags.given(FLAGS)
    )
    start, end = map(model.config.converter.decode, ends)
    music = model.interpolate(
        start,
        end,
        num_steps=FLAGS.num_outputs,
        temperature=FLAGS.temperature,
        seed=FLAGS.seed,
        qpm=FLAGS.qpm,
    )
    music = tune_commands.in_key_and_program(music, FLAGS)
    return write_music(music, folder, numbering, FLAGS.plot, font)


def _reconstruct(model: "TrainedModel", folder: Path, numbering: Numbering, font: Path | None) -> list[str]:
    from midime_scripts.common.reconstruction import reconstruct, write_table

    from base_vae.converters import without_limits
    from base_vae.data.collection import collect

    found = collect(
        command.paths(FLAGS.input_midi_1),
        without_limits(model.config.converter.in_use),
        limits=limit_flags.given(FLAGS),
    )
    print(found.report, flush=True)
    music, table = reconstruct(model, found.examples, FLAGS.temperature, FLAGS.seed, FLAGS.qpm, numbering)
    probabilities = f"{numbering.all}_probabilities.csv"
    write_table(table, folder / probabilities)
    return [*write_files(music, folder, numbering.all, FLAGS.plot, font), probabilities]


def main() -> None:
    """The console command."""
    sys.exit(command.run(generate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
