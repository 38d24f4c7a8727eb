"""Trains or evaluates a personal model, with the flags of the published tool."""

if __name__ == "__main__":  # python scripts/midime_train.py
    import as_a_file  # noqa: F401

import dataclasses
import json
import sys
from pathlib import Path

from absl import flags
from midime_scripts.common import arguments, command, common_flags, lc_commands, limit_flags
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.files import make_folder, refuse_existing
from base_vae.settings import override
from latent_constraints.lc_music_vae.config import PRESETS as LC_PRESETS
from small_vae.config import PRESETS, SmallConfig, get_preset

USAGE = """
midime_train: a personal model of your music, kept in a folder.

  midime_train --run_dir=my_run/ --examples_path=my_songs/
  midime_train --config=ae-mel_2bar --run_dir=my_run/ --examples_path=songs.tfrecord --num_steps=500
  midime_train --config=ae-mel_2bar --run_dir=my_run/ --examples_path=other_songs/ --mode=eval

  midime_train --run_dir=my_run/ --examples_path=my_beats/ --base=drum_run/
  midime_train --config=lc-mel_2bar --run_dir=lc_run/ --examples_path=my_songs/

The ae- configurations use the base's decoder; the lc- configurations learn a small decoder of their own.
--config=help lists them all.

Then: midime_generate --run_dir=my_run/ --output_dir=out/
"""

FLAGS = command.flag_values()
flags.DEFINE_string("run_dir", None, "Folder of the run; the model is kept in its model/.", flag_values=FLAGS)
flags.DEFINE_string(
    "examples_path",
    None,
    "Your music: files or folders of MIDI, ABC or MusicXML, or a TFRecord of NoteSequences.",
    flag_values=FLAGS,
)
flags.DEFINE_string("config", "ae-mel_2bar", "Small preset; `help` lists them.", flag_values=FLAGS)
flags.DEFINE_string("mode", "train", "train or eval.", flag_values=FLAGS)
flags.DEFINE_string(
    "pretrained_path",
    "mel_2bar",
    "Base model: a bundled name, a model or run folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
flags.DEFINE_string("base", None, "Same as --pretrained_path", flag_values=FLAGS)
common_flags.define_count(FLAGS, "num_steps", None, "Most training steps. Default: the config's.", high=10**9)
flags.DEFINE_string("hparams", "", "Changes to the config: name=value,name=value.", flag_values=FLAGS)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same model, on as many threads.")
common_flags.define_deterministic(FLAGS)
common_flags.define_count(
    FLAGS, "eval_num_batches", None, "eval: the most batches to look at. Default: all.", high=10**9
)
limit_flags.define(FLAGS)
common_flags.compatible(FLAGS, "checkpoints_to_keep", "100")  # the model alone is kept, at the end
common_flags.compatible(FLAGS, "keep_checkpoint_every_n_hours", "1")
common_flags.compatible(FLAGS, "cache_dataset", True)
common_flags.compatible(
    FLAGS, "eval_dir_suffix", "", ("",), "figures are printed here, not kept in a folder: leave it out"
)
common_flags.define_cluster(FLAGS, "a personal model is trained on one machine: leave it out")
common_flags.define_log(FLAGS)
flags.DEFINE_bool("verbose", False, "Print the report on every file.", flag_values=FLAGS)


def train_or_evaluate() -> None:
    """Trains a personal model into the run folder, or evaluates the one that is there."""
    if FLAGS.config == "help":
        command.print_configs({**PRESETS, **LC_PRESETS})
        command.print_bundled("base")
        return
    mode = command.one_of(FLAGS, "mode", ("train", "eval"))
    if FLAGS.config.startswith(lc_commands.PREFIX):
        _small_decoder(mode)
        return
    config = get_preset(FLAGS.config)
    command.require(FLAGS, "run_dir", "examples_path")
    hparams = override(config.hparams, FLAGS.hparams)
    if FLAGS.num_steps is not None:
        hparams = override(hparams, f"num_steps={FLAGS.num_steps}")
    _check_arguments(mode)
    start_tensorflow(FLAGS)
    if mode == "train":
        _train(dataclasses.replace(config, hparams=hparams))
    else:
        _evaluate()


def _check_arguments(mode: str) -> None:
    """Checks the arguments before TensorFlow starts."""
    if mode == "train":
        refuse_existing(Path(FLAGS.run_dir, "model"))
        arguments.check_output(FLAGS.run_dir)
        arguments.check_model(_pretrained())
    else:
        arguments.check_saved(FLAGS.run_dir, _moved())
    arguments.check_music(FLAGS.examples_path, limits=limit_flags.given(FLAGS))


def _small_decoder(mode: str) -> None:
    config = lc_commands.config_of(FLAGS)
    command.require(FLAGS, "run_dir", "examples_path")
    _check_arguments(mode)
    start_tensorflow(FLAGS)
    if mode == "train":
        lc_commands.train(config, FLAGS, _pretrained())
    else:
        lc_commands.evaluate(FLAGS, _moved(), _most_examples(config.hparams.batch_size))


def _train(config: SmallConfig) -> None:
    import base_vae
    from base_vae.training.run_lock import locked
    from small_vae.training import train

    model_dir = make_folder(FLAGS.run_dir) / "model"
    base = base_vae.load(_pretrained())
    collection = base.collect(command.paths(FLAGS.examples_path), limits=limit_flags.given(FLAGS))
    print(collection.report if FLAGS.verbose else collection.report.sentence(), flush=True)

    def progress(step: int, losses: dict[str, float]) -> None:
        print(
            f"step {step}: " + "  ".join(f"{name} {value:.2f}" for name, value in losses.items()), flush=True
        )

    with locked(model_dir.parent):
        personal = train(base, collection, config=config, seed=FLAGS.seed, progress=progress)
        personal.save(model_dir)
    print(f"kept the model: {Path(FLAGS.run_dir, 'model')}")


def _evaluate() -> None:
    import base_vae
    import small_vae
    from small_vae.evaluation import evaluate

    moved = _moved()
    model_dir = Path(FLAGS.run_dir).expanduser() / "model"
    personal = small_vae.load(model_dir, base=base_vae.load(moved) if moved else None)
    collection = personal.base.collect(command.paths(FLAGS.examples_path), limits=limit_flags.given(FLAGS))
    print(collection.report)
    collection = collection.first(_most_examples(personal.config.hparams.batch_size))
    print(json.dumps(evaluate(personal, collection), indent=1))


def _most_examples(batch_size: int) -> int | None:
    """The examples in --eval_num_batches batches; None for all."""
    return FLAGS.eval_num_batches and FLAGS.eval_num_batches * batch_size


def _pretrained() -> str:
    return FLAGS.base or FLAGS.pretrained_path


def _moved() -> str | None:
    """The base where it is named, which it need not be for a model that exists."""
    return _pretrained() if FLAGS.base or FLAGS["pretrained_path"].present else None


def main() -> None:
    """The console command."""
    sys.exit(command.run(train_or_evaluate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
