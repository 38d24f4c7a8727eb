"""Trains or evaluates a MusicVAE, with the flags of the original tool."""

import dataclasses
import json
import sys

from absl import flags

from base_vae.errors import UserError

from . import _command

USAGE = """
music_vae_train: a MusicVAE from scratch.

  music_vae_train --config=cat-mel_2bar_small --run_dir=run/ --examples_path=midi_files/
  music_vae_train --config=cat-mel_2bar_small --run_dir=run/ --examples_path=songs.tfrecord \\
      --num_steps=50000 --hparams=batch_size=256,learning_rate=0.0005 --mixed_precision=bfloat16
  music_vae_train --config=cat-mel_2bar_small --run_dir=run/ --examples_path=held_out/ --mode=eval

A run that was stopped goes on where it was when the same command is given again.
--config=help lists the configs.
"""

FLAGS = _command.flag_values()
flags.DEFINE_string("config", None, "Preset; `help` lists them.", flag_values=FLAGS)
flags.DEFINE_string(
    "run_dir", None, "Checkpoints, TensorBoard files and the model go here.", flag_values=FLAGS
)
flags.DEFINE_string("mode", "train", "train or eval.", flag_values=FLAGS)
flags.DEFINE_string(
    "examples_path",
    None,
    "Music: files or folders of MIDI or ABC, or TFRecords of NoteSequences.",
    flag_values=FLAGS,
)
flags.DEFINE_integer("num_steps", 200_000, "Step at which training ends.", lower_bound=1, flag_values=FLAGS)
flags.DEFINE_string("hparams", "", "Changes to the config: name=value,name=value.", flag_values=FLAGS)
flags.DEFINE_integer(
    "checkpoints_to_keep", 3, "How many checkpoints stay on disk.", lower_bound=1, flag_values=FLAGS
)
flags.DEFINE_integer("checkpoint_steps", 500, "Steps between checkpoints.", lower_bound=1, flag_values=FLAGS)
flags.DEFINE_string("mixed_precision", "none", "none or bfloat16.", flag_values=FLAGS)
_command.define_seed(FLAGS, 0, "The same seed gives the same model.")
flags.DEFINE_integer(
    "eval_num_batches", None, "Evaluate on so many batches. Default: all.", flag_values=FLAGS
)
_command.ignored(
    FLAGS,
    {
        "keep_checkpoint_every_n_hours": "1",
        "cache_dataset": True,
        "eval_dir_suffix": "",
        "master": "",
        "task": "0",
        "num_ps_tasks": "0",
        "num_sync_workers": "0",
        "log": "INFO",
        "tfds_name": "",
    },
)


def train_or_evaluate() -> None:
    """Trains into the run folder, or evaluates the model that is there."""
    _command.require(FLAGS, "config")
    from base_vae.config import override
    from base_vae.presets import PRESETS, get_preset

    if FLAGS.config == "help":
        _command.print_configs(PRESETS)
        return
    config = get_preset(FLAGS.config)
    config = dataclasses.replace(config, hparams=override(config.hparams, FLAGS.hparams))
    mode = _command.one_of(FLAGS, "mode", ("train", "eval"))
    precision = _command.one_of(FLAGS, "mixed_precision", ("none", "bfloat16"))
    _command.require(FLAGS, "run_dir", "examples_path")
    _command.start_tensorflow(FLAGS)
    from base_vae.data.collect import collect
    from base_vae.training import RunSettings, evaluate, train

    if mode == "train":
        run_dir = _command.make_folder(FLAGS.run_dir)
        collection = collect(_command.paths(FLAGS.examples_path), config.converter)
        print(collection.report, flush=True)
        settings = RunSettings(
            num_steps=FLAGS.num_steps,
            seed=FLAGS.seed,
            checkpoint_steps=FLAGS.checkpoint_steps,
            keep_checkpoints=FLAGS.checkpoints_to_keep,
            mixed_precision=precision,
        )
        train(config, collection.examples, run_dir, settings)
        print(f"the model is in {FLAGS.run_dir}/model")
        return
    from base_vae.loading import load

    trained = load(FLAGS.run_dir)
    if trained.config.name != config.name:
        raise UserError(f"--config={config.name}, but the model in {FLAGS.run_dir} is {trained.config.name}")
    collection = collect(_command.paths(FLAGS.examples_path), trained.config.converter)
    print(collection.report, flush=True)
    batch = config.hparams.batch_size
    examples = collection.examples
    if FLAGS.eval_num_batches:
        examples = examples[: batch * FLAGS.eval_num_batches]
    print(json.dumps(evaluate(trained.model, examples, batch), indent=1))


def main() -> None:
    """The console command."""
    sys.exit(_command.run(train_or_evaluate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
