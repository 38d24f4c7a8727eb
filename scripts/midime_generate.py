"""Songs like mine: new music from a few of the user's own files, or from a saved personal model."""

if __name__ == "__main__":  # python scripts/midime_generate.py
    import as_a_file  # noqa: F401

import dataclasses
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import (
    arguments,
    audio_flags,
    base_choice,
    command,
    common_flags,
    lc_commands,
    limit_flags,
    passages,
    personal_models,
    tune_commands,
)
from midime_scripts.common.outputs import Numbering, made_by, stem_of, write_music, write_report
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import atomic_outputs, make_folder, refuse_existing
from base_vae.ranges import AT_LEAST_ZERO
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
  midime_generate --model=my_model/ --output_dir=out/ --passage=2:5,1:1 --num_outputs=7
  midime_generate --midi=my_beats/ --base=drum_run/ --output_dir=out/

Whole tunes take form, tempo, key and instrument from your songs, or from flags:

  midime_generate --midi=my_songs/ --output_dir=out/ --num_bars=32
  midime_generate --midi=my_songs/ --output_dir=out/ --form="AABA'" --section_bars=8 --key=G --program=violin
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=continue --input_midi=start.mid --num_bars=16
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=fill --input_midi=piece.mid --bars=9-16
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=vary --input_midi=tune.mid --amount=0.2
  midime_generate --midi=my_songs/ --output_dir=out/ --mode=interpolate --input_midi_1=a.mid \\
      --input_midi_2=b.mid

Songs in 4/4, songs in 3/4 or 6/8, and drums each have a bundled base of their own. --base names one of them,
or one that music_vae_train made: for melodies, drums, grooves, trios or many instruments.

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
    "How much to add of what the knobs leave out: 1 as much as your music has, 0 nothing.",
    AT_LEAST_ZERO,
)
common_flags.define_seed(FLAGS, None, "The same seed gives the same music. Default: a new one.")
common_flags.define_deterministic(FLAGS)
flags.DEFINE_string(
    "base",
    None,
    "Base model: a bundled name, a model or run folder, or a checkpoint of the original. Default: the "
    "bundled ones that suit your music, each for its part of it.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "save_model",
    None,
    "Keep the personal model in this new folder; one for each base, where there are several.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "knobs",
    None,
    "Where to set the knobs, a number for each, instead of drawing places at random.",
    flag_values=FLAGS,
)
passages.define(FLAGS)
flags.DEFINE_bool(
    "name_knobs",
    None,
    "Say what each number of the model does to the music. Default: with a small base, in a second.",
    flag_values=FLAGS,
)
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
flags.DEFINE_bool("verbose", False, "Print figures, which are in the report too.", flag_values=FLAGS)
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
    knobs, at = _knobs(FLAGS.knobs), passages.asked(FLAGS, saved)
    if knobs is not None and (mode != "sample" or FLAGS.form):
        raise UserError(
            f"--knobs does not go with {'--form' if FLAGS.form else f'--mode={mode}'}: leave one out"
        )
    config = _config()
    _check_arguments(FLAGS[saved[0]].value if saved else None, knobs, config)
    seed = FLAGS.seed if FLAGS.seed is not None else secrets.randbelow(2**31)
    font = audio_flags.font(FLAGS)
    start_tensorflow(FLAGS)
    if FLAGS.save_model:
        make_folder(Path(FLAGS.save_model).expanduser().parent)
    with atomic_outputs(FLAGS.output_dir) as folder:
        source = FLAGS[saved[0]].value if saved else FLAGS.midi
        stem = stem_of(*command.paths(source))
        paths = base_choice.saved_models(source) if saved else []
        if len(paths) == 1 and lc_commands.is_lc(source):
            names = lc_commands.write(FLAGS, source, folder, Numbering(FLAGS.output_dir, stem), seed, font)
        else:
            models = (
                [personal_models.load_saved(FLAGS, path) for path in paths]
                if saved
                else personal_models.personalize(FLAGS, config, mode, seed)
            )
            names = []
            for personal in models:
                personal_models.check_configs(FLAGS, personal)
                own_stem = f"{stem}_{personal.base.source}" if len(models) > 1 else stem
                numbering = Numbering(FLAGS.output_dir, own_stem)
                if knobs is None and not at and tune_commands.is_asked(FLAGS, mode, personal.base):
                    names += _write_tunes(personal, mode, folder, numbering, seed, font)
                else:
                    names += _write(personal, folder, numbering, knobs, at, seed, font)
    if FLAGS.save_model:
        personal_models.save(models, FLAGS.save_model)
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
    base = personal_models.named_base(FLAGS)
    if saved:
        for path in base_choice.saved_models(saved):
            arguments.check_knobs(knobs, arguments.check_saved(str(path), base))
        return
    if FLAGS.save_model:
        refuse_existing(FLAGS.save_model)
        arguments.check_output(str(Path(FLAGS.save_model).expanduser().parent))
    arguments.check_model(base or base_choice.MELODIES)
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
        return _write(personal, folder, numbering, None, (), seed, font)
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
    at: Sequence[tuple[int, int]],
    seed: int,
    font: Path | None,
) -> list[str]:
    """Writes the pieces, their picture and a report to `folder`; returns the files' names."""
    n = FLAGS.num_outputs
    freely = {"temperature": FLAGS.temperature, "seed": seed, "qpm": FLAGS.qpm or personal.qpm}
    longer = {"num_bars": FLAGS.num_bars, "variety": FLAGS.variety}
    if at:
        music = passages.play(personal, at, knobs, n, **freely)
    elif knobs is None:
        music = personal.sample(n, **freely, **longer)
    else:
        music = personal.play(knobs, n=n, **freely, **longer)
    print(f"seed {seed}")
    music = tune_commands.in_key_and_program(music, FLAGS)
    names = write_music(music, folder, numbering, FLAGS.plot, font)
    lines = ""
    if FLAGS.name_knobs is not False:
        lines, words = _name_knobs(personal, n)
        print(lines if FLAGS.verbose else words)
    made = made_by("midime_generate", FLAGS, seed)
    return [*names, write_report(folder, numbering.all, personal.card, made, lines)]


def _name_knobs(personal: "PersonalModel", n: int) -> tuple[str, str]:
    """What each knob does, after `n` pieces were decoded, in figures and in words; or why that is unknown."""
    if personal.weights is not None:
        return _lines(personal.weights)
    if FLAGS.name_knobs is None and not personal.base.is_small:
        unknown = (
            "What each knob does takes a while to find out with a base of this size: --name_knobs says it."
        )
        return unknown, unknown
    from base_vae.model.batching import padded_size
    from small_vae.knobs import weigh_knobs

    segments = -(-(FLAGS.num_bars or 1) // personal.base.config.converter.bars)
    return _lines(weigh_knobs(personal, batch=padded_size(n * segments)))


def _lines(weights: "KnobWeights") -> tuple[str, str]:
    heading = "What each knob does as it is turned up (standard deviations per step of 1):"
    words = ", ".join(f"{number} {name}" for number, name in enumerate(weights.names(), 1))
    return "\n".join([heading, *weights.describe()]), f"The knobs, turned up: {words}"


def main() -> None:
    """The console command."""
    sys.exit(command.run(generate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
