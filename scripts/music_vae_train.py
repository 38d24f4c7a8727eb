"""Trains or evaluates a MusicVAE, with the flags of the original tool."""

if __name__ == "__main__":  # python scripts/music_vae_train.py
    import as_a_file  # noqa: F401

import dataclasses
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, command, common_flags, limit_flags
from midime_scripts.common.progress import Progress
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import make_folder

if TYPE_CHECKING:
    from base_vae.configs.config import Config
    from base_vae.data.collection import Collection

USAGE = """
music_vae_train: a MusicVAE from scratch, or from another one's weights.

  music_vae_train --config=cat-mel_2bar_small --run_dir=run/ --examples_path=midi_files/
  music_vae_train --config=hierdec-trio_16bar --run_dir=run/ --examples_path=songs.tfrecord \\
      --num_steps=50000 --hparams=batch_size=64,learning_rate=0.0005 --mixed_precision=bfloat16
  music_vae_train --config=my_model.toml --run_dir=run/ --examples_path=midi_files/
  music_vae_train --config=cat-mel_2bar_small --run_dir=mine/ --examples_path=my_songs/ \\
      --checkpoint_file=mel_2bar --num_steps=2000
  music_vae_train --config=cat-mel_2bar_small --run_dir=run/ --examples_path=held_out/ --mode=eval
  music_vae_train --config=cat-mel_2bar_small --run_dir=run/ --examples_path=held_out/ --mode=eval --step=500

If a run was stopped, the same command continues it. The examples made from the files are kept in cache/ in
the run folder. --mode=eval can be repeated while a run goes on; it prints its figures and keeps them in eval/
in the run folder, where `tensorboard --logdir=run/` shows them too.
--config=help lists the configurations; examples/configs/ has a file to start your own from.
"""

FLAGS = command.flag_values()
flags.DEFINE_string("config", None, "Preset, or a .toml file; `help` lists the presets.", flag_values=FLAGS)
flags.DEFINE_string(
    "run_dir", None, "Checkpoints, TensorBoard files and the model go here.", flag_values=FLAGS
)
flags.DEFINE_string("mode", "train", "train or eval.", flag_values=FLAGS)
flags.DEFINE_string(
    "examples_path",
    None,
    "Music: files or folders of MIDI, ABC or MusicXML, or TFRecords of NoteSequences.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "checkpoint_file",
    None,
    "Start from these weights, or evaluate them: a model or run folder, a checkpoint of a run "
    "(run/train/ckpt-500), a bundled name, or a checkpoint of the original.",
    flag_values=FLAGS,
)
common_flags.define_step(FLAGS)
flags.DEFINE_integer("num_steps", 200_000, "Step at which training ends.", lower_bound=1, flag_values=FLAGS)
flags.DEFINE_string("hparams", "", "Changes to the config: name=value,name=value.", flag_values=FLAGS)
flags.DEFINE_string(
    "grid",
    "musical",
    "musical counts bars from the beats; exact counts them as the original did.",
    flag_values=FLAGS,
)
flags.DEFINE_bool("cache_dataset", True, "Keep the examples in the run folder's cache/.", flag_values=FLAGS)
flags.DEFINE_integer(
    "keep_checkpoints", 3, "How many checkpoints stay on disk.", lower_bound=1, flag_values=FLAGS
)
flags.DEFINE_integer("checkpoint_steps", 500, "Steps between checkpoints.", lower_bound=1, flag_values=FLAGS)
flags.DEFINE_string(
    "strategy",
    "none",
    "none, mirrored (all GPUs of this machine) or multi_worker_mirrored (the machines in TF_CONFIG).",
    flag_values=FLAGS,
)
flags.DEFINE_bool("jit", False, "Compile the training step with XLA.", flag_values=FLAGS)
flags.DEFINE_string(
    "mixed_precision", "none", "none, bfloat16 or float16, for the matrix products.", flag_values=FLAGS
)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same model, on as many threads.")
common_flags.define_deterministic(FLAGS)
flags.DEFINE_integer(
    "eval_num_batches",
    None,
    "eval: the most batches to look at. Default: all.",
    lower_bound=1,
    flag_values=FLAGS,
)
flags.DEFINE_string("eval_dir_suffix", "", "Suffix of the folder eval/ in the run folder.", flag_values=FLAGS)
flags.DEFINE_string(
    "tfds_name",
    "",
    "Dataset of TensorFlow Datasets, instead of --examples_path, like groove/2bar-midionly.",
    flag_values=FLAGS,
)
limit_flags.define(FLAGS)
flags.DEFINE_integer(
    "checkpoints_to_keep",
    None,
    f"{common_flags.COMPATIBLE}: the same as --keep_checkpoints.",
    lower_bound=1,
    flag_values=FLAGS,
)
common_flags.compatible(
    FLAGS, "keep_checkpoint_every_n_hours", "1", ("1",), "checkpoints are kept by --keep_checkpoints alone"
)
common_flags.define_cluster(
    FLAGS,
    "use --strategy=mirrored for several GPUs, --strategy=multi_worker_mirrored with TF_CONFIG for several "
    "machines",
)
common_flags.define_log(FLAGS)


def train_or_evaluate() -> None:
    """Trains into the run folder, or evaluates the model that is there."""
    command.require(FLAGS, "config")
    from base_vae.configs.presets import ALIASES, PRESETS
    from base_vae.configs.toml_file import find_config
    from base_vae.settings import override

    if FLAGS.config == "help":
        command.print_configs(PRESETS, ALIASES)
        command.print_bundled("checkpoint_file")
        return
    config = find_config(FLAGS.config)
    config = dataclasses.replace(config, hparams=override(config.hparams, FLAGS.hparams))
    mode = command.one_of(FLAGS, "mode", ("train", "eval"))
    command.one_of(FLAGS, "mixed_precision", ("none", "bfloat16", "float16"))
    command.one_of(FLAGS, "strategy", ("none", "mirrored", "multi_worker_mirrored"))
    command.one_of(FLAGS, "grid", ("musical", "exact"))
    command.require(FLAGS, "run_dir")
    if bool(FLAGS.examples_path) == bool(FLAGS.tfds_name):
        raise UserError("--examples_path must be given, or --tfds_name instead (see --help)")
    if FLAGS.step is not None and (mode != "eval" or FLAGS.checkpoint_file):
        raise UserError("--step goes with --mode=eval: it names the run's checkpoint that is evaluated")
    _check_arguments(mode)
    # Machines that are to work together must find each other before anything is computed.
    start_tensorflow(FLAGS, devices=FLAGS.strategy != "multi_worker_mirrored")
    (_train if mode == "train" else _evaluate)(config)


def _check_arguments(mode: str) -> None:
    """Checks the arguments before TensorFlow starts."""
    if FLAGS.examples_path:
        arguments.check_music(FLAGS.examples_path, limits=limit_flags.given(FLAGS))
    if mode == "train":
        arguments.check_output(FLAGS.run_dir)
        if FLAGS.checkpoint_file:
            arguments.check_model(FLAGS.checkpoint_file)
    elif FLAGS.checkpoint_file:
        arguments.check_model(FLAGS.checkpoint_file)
    elif not Path(FLAGS.run_dir).expanduser().is_dir():
        raise UserError(f"there is no run folder {FLAGS.run_dir}")
    elif FLAGS.step is not None:
        arguments.check_model(common_flags.of_step(FLAGS.run_dir, FLAGS.step))


def _train(config: "Config") -> None:
    from base_vae.loading import first_weights
    from base_vae.training.run_lock import locked
    from base_vae.training.train import RunSettings, train

    run_dir = make_folder(FLAGS.run_dir)
    with locked(run_dir):
        pass  # if another process trains there, that is reported before music is read
    first = first_weights(FLAGS.checkpoint_file, config) if FLAGS.checkpoint_file else None
    collection = _collect(config, run_dir)
    settings = RunSettings(
        num_steps=FLAGS.num_steps,
        seed=FLAGS.seed,
        checkpoint_steps=FLAGS.checkpoint_steps,
        keep_checkpoints=FLAGS.checkpoints_to_keep or FLAGS.keep_checkpoints,
        mixed_precision=FLAGS.mixed_precision,
        strategy=FLAGS.strategy,
        jit=FLAGS.jit,
    )
    step = int(train(config, collection.examples, run_dir, settings, first_weights=first).global_step.numpy())
    if step < FLAGS.num_steps:
        sys.exit(128 + signal.SIGTERM)  # a shell's exit code for a program that SIGTERM ended
    print(f"the model is in {Path(FLAGS.run_dir, 'model')}")


def _evaluate(config: "Config") -> None:
    from midime_scripts.common.evaluation_results import keep

    from base_vae.loading import load
    from base_vae.training.evaluation import evaluate

    run_dir = Path(FLAGS.run_dir).expanduser()
    source = FLAGS.checkpoint_file or common_flags.of_step(str(run_dir), FLAGS.step)
    try:
        trained = load(source)
    except UserError:
        if FLAGS.checkpoint_file or FLAGS.step is not None:
            raise
        time.sleep(1.0)  # a run that goes on may have been about to put a new model there
        trained = load(source)
    if trained.config.name != config.name:
        raise UserError(f"--config={config.name}, but the model in {source} is {trained.config.name}")
    examples = _collect(trained.config, run_dir).examples
    batch = config.hparams.batch_size
    if FLAGS.eval_num_batches:
        examples = examples[: batch * FLAGS.eval_num_batches]
    step = int(trained.model.global_step.numpy())
    figures = evaluate(trained.model, examples, trained.config.converter, batch)
    print(keep(figures, step, len(examples), run_dir / f"eval{FLAGS.eval_dir_suffix}"))


def _collect(config: "Config", run_dir: Path) -> "Collection":
    """The examples of the music, which the cache of the run keeps; prints what became of every file."""
    from base_vae.data.cache import cached_collection
    from base_vae.data.collection import collect

    paths, progress = command.paths(FLAGS.examples_path), Progress("files")
    limits = limit_flags.given(FLAGS)
    if FLAGS.tfds_name:
        from base_vae.data.tfds import collect_tfds

        split = "train" if FLAGS.mode == "train" else "validation"
        found = collect_tfds(
            FLAGS.tfds_name, config.converter, split=split, grid=FLAGS.grid, limits=limits, progress=progress
        )
    elif FLAGS.cache_dataset:
        found = cached_collection(
            paths, config.converter, run_dir / "cache", grid=FLAGS.grid, limits=limits, progress=progress
        )
    else:
        found = collect(paths, config.converter, grid=FLAGS.grid, limits=limits, progress=progress)
    print(found.report, flush=True)
    return found


def main() -> None:
    """The console command."""
    sys.exit(command.run(train_or_evaluate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
