"""Songs like mine: new music from a few of the user's own files, or from a saved personal model."""

if __name__ == "__main__":  # python scripts/midime_generate.py
    import as_a_file  # noqa: F401

import dataclasses
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import (
    arguments,
    audio_flags,
    command,
    common_flags,
    lc_commands,
    limit_flags,
    tune_commands,
)
from midime_scripts.common.outputs import Numbering, made_by, stem_of, write_music, write_report
from midime_scripts.common.progress import StepProgress
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import atomic_outputs, make_folder, refuse_existing
from base_vae.settings import AT_LEAST_ZERO
from small_vae.config import PRESETS, SmallConfig, get_preset

if TYPE_CHECKING:
    from small_vae import PersonalModel
    from small_vae.knobs import KnobWeights

USAGE = """
midime_generate: music like yours.

It reads your MIDI, ABC or MusicXML files, learns in seconds where they live in the latent space of a
MusicVAE, and writes new pieces.

  midime_generate --midi=my_songs/ --output_dir=out/
  midime_generate --midi=a.mid,b.mid --output_dir=out/ --num_outputs=10 --num_bars=8 --plot --audio
  midime_generate --midi=my_songs/ --output_dir=out/ --save_model=my_model/
  midime_generate --model=my_model/ --output_dir=out/ --temperature=0.8 --seed=7
  midime_generate --model=my_model/ --output_dir=out/ --knobs=1.0,-0.5,0,2
  midime_generate --midi=my_beats/ --base=drum_run/ --output_dir=out/

Whole tunes have the form of your songs, or --form; their tempo, key and instrument too:

  midime_generate --midi=my_songs/ --output_dir=out/ --num_bars=32
  midime_generate --midi=my_songs/ --output_dir=out/ --form="AABA'" --section_bars=8 --key=G --program=violin
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=continue --input_midi=start.mid --num_bars=16
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=fill --input_midi=piece.mid --bars=9-16
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=vary --input_midi=tune.mid --amount=0.2
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=interpolate --input_midi_1=a.mid \\
      --input_midi_2=b.mid

--base is whatever music_vae_train trained: melodies, drums, grooves, trios, many instruments.

As published, with a model that midime_train made:

  midime_generate --config=ae-mel_2bar --vae_config=cat-mel_2bar_small --run_dir=run/ --output_dir=out/
"""

_MOST_BARS = 100_000  # of all pieces together, which are held in memory

FLAGS = command.flag_values()
flags.DEFINE_string(
    "midi",
    None,
    "Your music: files or folders of MIDI, ABC or MusicXML, separated by commas.",
    flag_values=FLAGS,
)
flags.DEFINE_string("model", None, "A personal model saved earlier, instead of --midi.", flag_values=FLAGS)
flags.DEFINE_string("output_dir", None, "Folder for the new music.", flag_values=FLAGS)
common_flags.define_count(FLAGS, "num_outputs", 5, "How many pieces.")
common_flags.define_count(
    FLAGS,
    "num_bars",
    None,
    "Length of each piece in bars. Default: as long as the base's examples.",
    high=common_flags.MOST_BARS,
)
common_flags.define_temperature(FLAGS, 0.5)
common_flags.define_number(
    FLAGS,
    "variety",
    1.0,
    "How much is drawn of what the knobs leave out: 1 as much as there is in your music, 0 nothing.",
    AT_LEAST_ZERO,
)
common_flags.define_seed(FLAGS, None, "The same seed gives the same music. Default: a new one.")
flags.DEFINE_string(
    "base",
    "mel_2bar",
    "Base model: a bundled name, a model or run folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
flags.DEFINE_string("save_model", None, "Keep the personal model in this new folder.", flag_values=FLAGS)
flags.DEFINE_string(
    "knobs", None, "Small latents to play, instead of drawing them: a number each.", flag_values=FLAGS
)
flags.DEFINE_bool(
    "name_knobs",
    None,
    "Say what each number of the model does to the music. Default: with a small base, in a second.",
    flag_values=FLAGS,
)
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
audio_flags.define(FLAGS)
common_flags.define_qpm(FLAGS, None, " Default: that of your songs.")
flags.DEFINE_string(
    "mode",
    "sample",
    "sample, or with a whole piece: continue, fill, vary, interpolate.",
    flag_values=FLAGS,
)
tune_commands.define(FLAGS)
flags.DEFINE_string(
    "config",
    None,
    "Small preset; with a saved model, the one it must be; `help` lists them.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "vae_config", None, "Preset or .toml file that the base model must be.", flag_values=FLAGS
)
flags.DEFINE_string("run_dir", None, "Same as --model", flag_values=FLAGS)
flags.DEFINE_string("checkpoint_file", None, "Same as --model", flag_values=FLAGS)
flags.DEFINE_string("vae_checkpoint_file", None, "Same as --base", flag_values=FLAGS)
limit_flags.define(FLAGS)
common_flags.define_batch_size(FLAGS)
common_flags.define_log(FLAGS)


def generate() -> None:
    """Reads, personalises or loads, and writes the music."""
    if FLAGS.config == "help":
        command.print_configs({**PRESETS, **lc_commands.PRESETS})
        command.print_bundled("base")
        return
    command.require(FLAGS, "output_dir")
    saved = [name for name in ("model", "run_dir", "checkpoint_file") if FLAGS[name].value]
    if len(saved) + bool(FLAGS.midi) != 1:
        raise UserError("give your music with --midi or a saved model with --model, one of them (see --help)")
    if saved and FLAGS.save_model:
        raise UserError("--save_model goes with --midi: the model is saved already")
    mode = command.one_of(FLAGS, "mode", ("sample", *tune_commands.MODES))
    tune_commands.check(FLAGS, mode)
    knobs = _knobs(FLAGS.knobs)
    config = _config()
    _check_arguments(FLAGS[saved[0]].value if saved else None, knobs, config)
    seed = FLAGS.seed if FLAGS.seed is not None else secrets.randbelow(2**31)
    font = audio_flags.font(FLAGS)
    start_tensorflow(FLAGS)
    if FLAGS.save_model:
        make_folder(Path(FLAGS.save_model).expanduser().parent)
    with atomic_outputs(FLAGS.output_dir) as folder:
        source = FLAGS[saved[0]].value if saved else FLAGS.midi
        numbering = Numbering(FLAGS.output_dir, stem_of(*command.paths(source)))
        if saved and lc_commands.is_lc(source):
            names = lc_commands.write(FLAGS, source, folder, numbering, seed, font)
        else:
            personal = _load(source) if saved else _personalize(config, seed)
            _check_configs(personal)
            if knobs is None and tune_commands.is_asked(FLAGS, mode, personal.base):
                names = _write_tunes(personal, mode, folder, numbering, seed, font)
            else:
                names = _write(personal, folder, numbering, knobs, seed, font)
    if FLAGS.save_model:
        personal.save(FLAGS.save_model)
        print(f"kept the model: {FLAGS.save_model} (use it with --model)")
    print(f"wrote {len(names)} files to {FLAGS.output_dir}:")
    for name in names:
        print(f"  {name}")


def _check_arguments(saved: str | None, knobs: list[float] | None, config: SmallConfig | None) -> None:
    """Says what can be said of the arguments before TensorFlow starts; `saved` is a saved model's folder."""
    arguments.check_output(FLAGS.output_dir)
    if FLAGS.num_outputs * (FLAGS.num_bars or 1) > _MOST_BARS:
        raise UserError(
            f"--num_outputs times --num_bars must be at most {_MOST_BARS:,} (received "
            f"{FLAGS.num_outputs * FLAGS.num_bars:,}): run the command again with another --seed"
        )
    if FLAGS.vae_config:
        arguments.check_config(FLAGS.vae_config)
    base = FLAGS.vae_checkpoint_file or (FLAGS.base if FLAGS["base"].present else None)
    if saved:
        arguments.check_knobs(knobs, arguments.check_saved(saved, base))
        return
    if FLAGS.save_model:
        refuse_existing(FLAGS.save_model)
        arguments.check_output(str(Path(FLAGS.save_model).expanduser().parent))
    arguments.check_model(base or FLAGS.base)
    arguments.check_knobs(knobs, {"config": dataclasses.asdict(config)})
    arguments.check_music(FLAGS.midi, limits=limit_flags.given(FLAGS))


def _config() -> SmallConfig | None:
    """The small config that is named; None for one whose models have a decoder of their own."""
    if not (FLAGS.config or "").startswith(lc_commands.PREFIX):
        return get_preset(FLAGS.config or "ae-mel_2bar")
    lc_commands.get_preset(FLAGS.config)
    if FLAGS.midi:
        raise UserError(
            f"{FLAGS.config} is trained first: midime_train --config={FLAGS.config} (see its --help)"
        )
    return None


def _personalize(config: SmallConfig, seed: int) -> "PersonalModel":
    from midime_scripts.common.models import load_model

    from base_vae.tunes.song import songs_in
    from small_vae.training import train

    base = load_model(FLAGS.vae_checkpoint_file or FLAGS.base, FLAGS.vae_config, "vae_config")
    collection = base.collect(command.paths(FLAGS.midi), limits=limit_flags.given(FLAGS))
    print(collection.report, flush=True)

    progress = StepProgress("learning")

    songs, _ = songs_in(command.paths(FLAGS.midi), base.config.converter, limits=limit_flags.given(FLAGS))
    personal = train(base, collection, config=config, seed=seed, songs=songs, progress=progress)
    progress.close()
    print(personal.card.splitlines()[-1])
    return personal


def _load(path: str) -> "PersonalModel":
    from midime_scripts.common.models import load_model

    import small_vae

    moved = FLAGS.vae_checkpoint_file or (FLAGS.base if FLAGS["base"].present else None)
    folder = arguments.saved_folder(path)
    return small_vae.load(folder, base=load_model(moved, FLAGS.vae_config, "vae_config") if moved else None)


def _check_configs(personal: "PersonalModel") -> None:
    """Raises UserError unless the models are what --config and --vae_config say."""
    from midime_scripts.common.models import check_config

    from base_vae.configs.toml_file import find_config

    if FLAGS.config and FLAGS.config != personal.config.name:
        raise UserError(f"--config={FLAGS.config}, but this model is {personal.config.name}")
    check_config(
        personal.base.config, find_config(FLAGS.vae_config) if FLAGS.vae_config else None, "vae_config"
    )


def _knobs(text: str | None) -> list[float] | None:
    try:
        return None if text is None else common_flags.numbers(text)
    except ValueError:
        raise UserError(f"--knobs must be numbers like 1.0,-0.5,0,2 (received {text!r})") from None


def _write_tunes(
    personal: "PersonalModel", mode: str, folder: Path, numbering: Numbering, seed: int, font: Path | None
) -> list[str]:
    """Writes whole tunes and a report to `folder`; returns the files' names."""
    try:
        tunes = personal.tunes
    except UserError as error:
        if mode != "sample" or FLAGS.form:
            raise
        print(f"{error}; these pieces go along a smooth path")
        return _write(personal, folder, numbering, None, seed, font)
    print(f"seed {seed}")
    names, report = tune_commands.write(tunes, FLAGS, mode, seed, folder, numbering, font)
    print(report)
    made = made_by("midime_generate", FLAGS, seed)
    return [*names, write_report(folder, numbering.all, personal.card, made, report)]


def _write(
    personal: "PersonalModel",
    folder: Path,
    numbering: Numbering,
    knobs: list[float] | None,
    seed: int,
    font: Path | None,
) -> list[str]:
    """Writes the pieces, their picture and a report to `folder`; returns the files' names."""
    n = FLAGS.num_outputs
    freely = {
        "temperature": FLAGS.temperature,
        "seed": seed,
        "num_bars": FLAGS.num_bars,
        "variety": FLAGS.variety,
        "qpm": FLAGS.qpm or personal.qpm,
    }
    music = personal.sample(n, **freely) if knobs is None else personal.play(knobs, n=n, **freely)
    print(f"seed {seed}")
    names = write_music(music, folder, numbering, FLAGS.plot, font)
    lines = ""
    if FLAGS.name_knobs is not False:
        lines = _name_knobs(personal, n)
        print(lines)
    made = made_by("midime_generate", FLAGS, seed)
    return [*names, write_report(folder, numbering.all, personal.card, made, lines)]


def _name_knobs(personal: "PersonalModel", n: int) -> str:
    """What each knob does, after `n` pieces were decoded; or why that is not said."""
    if personal.weights is not None:
        return _lines(personal.weights)
    if FLAGS.name_knobs is None and not personal.base.is_small:
        return "What each knob does takes a while to find out with a base of this size: --name_knobs says it."
    from base_vae.model.batching import padded_size
    from small_vae.knobs import weigh_knobs

    segments = -(-(FLAGS.num_bars or 1) // personal.base.config.converter.bars)
    return _lines(weigh_knobs(personal, batch=padded_size(n * segments)))


def _lines(weights: "KnobWeights") -> str:
    heading = "What each knob does as it is turned up (standard deviations per step of 1):"
    return "\n".join([heading, *weights.describe()])


def main() -> None:
    """The console command."""
    sys.exit(command.run(generate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
