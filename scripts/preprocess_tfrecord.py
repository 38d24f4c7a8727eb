"""TFRecords of pieces to TFRecords of training examples, with the flags of the original."""

if __name__ == "__main__":  # python scripts/preprocess_tfrecord.py
    import as_a_file  # noqa: F401

import json
import logging
import sys

from absl import flags
from midime_scripts.common import command, common_flags, limit_flags

from base_vae.errors import UserError

USAGE = """
preprocess_tfrecord: TFRecords of NoteSequences into distinct training examples.

  preprocess_tfrecord --config=cat-mel_2bar_small --input_tfrecord=notes.tfrecord@10 \\
      --output_tfrecord=mel.tfrecord
  preprocess_tfrecord --config=cat-drums_2bar_small --input_tfrecord='notes.tfrecord-*' \\
      --output_tfrecord=drums.tfrecord --split=train:0.8,eval:0.1,test:0.1 --output_format=examples
  preprocess_tfrecord --config=... --input_tfrecord=gs://music/notes* --output_tfrecord=gs://music/mel \\
      --runner=DataflowRunner --pipeline_options=--project=mine,--region=europe-west1

The input is made by convert_dir_to_note_sequences, and music_vae_train --examples_path takes the output. It
runs in Apache Beam if that is installed (pip install apache-beam), and otherwise in processes of its own.
"""

FLAGS = command.flag_values()
flags.DEFINE_string(
    "input_tfrecord", None, "TFRecords of NoteSequences: a name or a pattern.", flag_values=FLAGS
)
flags.DEFINE_string("output_tfrecord", None, "What the output's names begin with.", flag_values=FLAGS)
flags.DEFINE_integer(
    "output_shards", 32, "Files of output, for each split.", lower_bound=1, flag_values=FLAGS
)
flags.DEFINE_string("config", None, "Preset whose examples are made; `help` lists them.", flag_values=FLAGS)
flags.DEFINE_bool("enable_filtering", True, "Apply the filters.", flag_values=FLAGS)
flags.DEFINE_float("max_total_time", 1800.0, "Filter: seconds of a piece at most.", flag_values=FLAGS)
flags.DEFINE_integer("max_num_notes", 10_000, "Filter: notes of a piece at most.", flag_values=FLAGS)
flags.DEFINE_integer("min_velocities", 1, "Filter: different velocities at least.", flag_values=FLAGS)
flags.DEFINE_integer(
    "min_metric_positions", 1, "Filter: different places within a quarter at least.", flag_values=FLAGS
)
flags.DEFINE_bool(
    "is_drum",
    None,
    "What --min_velocities and --min_metric_positions look at: drums (true), the rest (false), or all.",
    flag_values=FLAGS,
)
flags.DEFINE_bool("drums_only", False, "Filter: nothing but drums.", flag_values=FLAGS)
flags.DEFINE_bool("melody_only", False, "Filter: no drums, and one note at a time.", flag_values=FLAGS)
flags.DEFINE_string("time_signatures", "", "Filter: only these, like 4/4,2/4.", flag_values=FLAGS)
flags.DEFINE_string("programs", "", "Filter: a note of these (0 to 127), like 0-31,40.", flag_values=FLAGS)
flags.DEFINE_float("min_total_time", 0.0, "Filter: seconds of a piece at least.", flag_values=FLAGS)
flags.DEFINE_integer("min_num_notes", 0, "Filter: notes of a piece at least.", flag_values=FLAGS)
flags.DEFINE_float("min_notes_per_second", 0.0, "Filter: density at least.", flag_values=FLAGS)
flags.DEFINE_float("max_notes_per_second", float("inf"), "Filter: density at most.", flag_values=FLAGS)
flags.DEFINE_string("grid", "musical", "musical, or exact as the original.", flag_values=FLAGS)
flags.DEFINE_bool("deduplicate", True, "Keep one of equal examples.", flag_values=FLAGS)
flags.DEFINE_bool(
    "transposition_invariant", False, "Examples that differ by an interval are equal too.", flag_values=FLAGS
)
flags.DEFINE_string("split", "", "Split by piece, like train:0.8,eval:0.1,test:0.1.", flag_values=FLAGS)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same split.")
flags.DEFINE_string(
    "output_format",
    "sequences",
    "sequences, as the original, or examples, which take less and load faster.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "runner",
    None,
    "A Beam runner, or pool. Default: Beam's local one, or pool without Beam.",
    flag_values=FLAGS,
)
flags.DEFINE_string("pipeline_options", "", "More for Beam: --name=value,--name=value.", flag_values=FLAGS)
flags.DEFINE_integer(
    "num_workers", None, "Processes of the pool. Default: every core.", lower_bound=1, flag_values=FLAGS
)
limit_flags.define(FLAGS)
common_flags.define_log(FLAGS)
common_flags.compatible(FLAGS, "alsologtostderr", False)


def preprocess() -> None:
    """Runs the pipeline and reports what became of the music."""
    command.require(FLAGS, "config")
    from base_vae.configs.presets import PRESETS, get_preset

    if FLAGS.config == "help":
        command.print_configs(PRESETS)
        return
    command.require(FLAGS, "input_tfrecord", "output_tfrecord")
    from base_vae.data.preprocess.run import run

    if not FLAGS.debug:
        logging.getLogger().setLevel(logging.ERROR)  # Beam greets with what else could be installed
    settings = _settings(get_preset(FLAGS.config).converter)
    options = [option for option in FLAGS.pipeline_options.split(",") if option]
    figures, engine = run(
        FLAGS.input_tfrecord,
        FLAGS.output_tfrecord,
        FLAGS.output_shards,
        settings,
        runner=FLAGS.runner,
        options=options,
        num_workers=FLAGS.num_workers,
        limits=limit_flags.given(FLAGS),
        progress=lambda pieces: print(f"{pieces:,} pieces read", file=sys.stderr, flush=True),
    )
    for line in figures["unreadable"]:
        print(f"left out: {line}", file=sys.stderr)
    shown = ("pieces", "hours", "filtered", "examples_extracted", "examples")
    print(json.dumps({name: figures[name] for name in shown}, indent=1))
    if empty := [name for name, examples in figures["examples"].items() if not examples]:
        print(f"nothing went into {', '.join(empty)}: there are too few pieces", file=sys.stderr)
    print(f"by {engine}; all figures are in {FLAGS.output_tfrecord}.statistics.json")


def _settings(converter):
    from base_vae.data.preprocess import filters as filtering
    from base_vae.data.preprocess.run import uncapped
    from base_vae.data.preprocess.steps import OUTPUT_FORMATS, Settings, parse_splits
    from base_vae.music.musical_grid import GRIDS

    names = (
        "max_total_time",
        "max_num_notes",
        "min_velocities",
        "min_metric_positions",
        "is_drum",
        "drums_only",
        "melody_only",
        "min_total_time",
        "min_num_notes",
        "min_notes_per_second",
        "max_notes_per_second",
    )
    filters = None
    if FLAGS.enable_filtering:
        filters = filtering.Filters(
            **{name: FLAGS[name].value for name in names},
            time_signatures=filtering.parse_time_signatures(FLAGS.time_signatures),
            programs=filtering.parse_programs(FLAGS.programs),
        )
    if FLAGS.transposition_invariant and not FLAGS.deduplicate:
        raise UserError("--transposition_invariant goes with --deduplicate")
    return Settings(
        uncapped(converter),
        filters,
        command.one_of(FLAGS, "grid", GRIDS),
        FLAGS.deduplicate,
        FLAGS.transposition_invariant,
        parse_splits(FLAGS.split),
        FLAGS.seed,
        command.one_of(FLAGS, "output_format", OUTPUT_FORMATS),
    )


def main() -> None:
    """The console command."""
    sys.exit(command.run(preprocess, FLAGS, USAGE))


if __name__ == "__main__":
    main()
