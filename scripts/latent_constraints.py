"""Steers a trained model: critics and actors in its latent space, and music made or changed by them."""

if __name__ == "__main__":  # python scripts/latent_constraints.py
    import as_a_file  # noqa: F401

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, audio_flags, command, common_flags, fade_commands, limit_flags
from midime_scripts.common.outputs import Numbering, made_by, stem_of, write_music, write_report
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import atomic_outputs, make_folder, refuse_existing
from base_vae.settings import override
from latent_constraints.config import METHODS, ConstraintHParams
from latent_constraints.constraint import PERSONAL, Constraint, parse_all

if TYPE_CHECKING:
    import numpy as np

    from base_vae.music.key import Key
    from base_vae.trained_model import TrainedModel
    from latent_constraints import LatentConstraints

USAGE = """
latent_constraints: music that meets your constraints, from a model that was never trained for them.

  latent_constraints --mode=train --constraint=density:high --run_dir=dense/
  latent_constraints --mode=generate --run_dir=dense/ --output_dir=out/ --num_outputs=10
  latent_constraints --mode=generate --run_dir=dense/ --output_dir=out/ --constraint=density:low
  latent_constraints --mode=transform --run_dir=dense/ --midi=song.mid --output_dir=out/
  latent_constraints --mode=evaluate --run_dir=dense/
  latent_constraints --mode=generate --method=search --constraint=density:8 --output_dir=out/ --num_bars=16

  latent_constraints --mode=train --run_dir=mine/ --examples_path=much_music/ \\
      --constraint=personal:my_songs/ --constraint=density:high --constraint=realism

A constraint is one of

  density:high     an attribute above (high) or below (low) the median of the model's own samples
  density:5.5      an attribute near a value; `attribute_vectors --help` lists the attributes
  key:C major      every note in a key, major or minor
  leap:7           no leap of more than 7 semitones
  realism          like real music, which --examples_path gives (100 examples at least)
  personal:FOLDER  like your own music

@WEIGHT after a constraint, as in density:high@2, makes it count more or less than the others. You can give
several constraints together.

train makes a critic for each constraint and an actor for all of them. generate and transform use the
constraints of the training, or those that you name again, with any of their values. transform cuts a piece
into stretches of the model's length and moves each of them. The methods are

  gradient         from each draw, or from your music, step by step to the nearest place that satisfies them
  actor            one pass of a network; quicker and less exact
  mcmc             Markov chains; slow, and the most varied
  search           decodes and measures candidates until one has the values; needs no training and no
                   --run_dir, and takes attributes only (high and low are quartiles)

--num_bars joins stretches that belong together into longer pieces. --key=D moves pieces to the tonic D,
before they are changed or after they are made; key:D major does so too.
"""

MODES = ("train", "generate", "transform", "evaluate")
FLAGS = command.flag_values()
flags.DEFINE_string("mode", None, f"{', '.join(MODES)}.", flag_values=FLAGS)
flags.DEFINE_multi_string(
    "constraint", [], "What to ask of the music; may be given several times.", flag_values=FLAGS
)
flags.DEFINE_string(
    "run_dir", None, "Folder of the run; the constraints are kept in its model/.", flag_values=FLAGS
)
flags.DEFINE_string(
    "base",
    "mel_2bar",
    "Base model: a bundled name, a model or run folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "examples_path", None, "train: real music for realism, files or folders.", flag_values=FLAGS
)
flags.DEFINE_string("midi", None, "transform: the music to change, files or folders.", flag_values=FLAGS)
flags.DEFINE_string("output_dir", None, "Folder for the new music.", flag_values=FLAGS)
flags.DEFINE_string(
    "method",
    None,
    f"{', '.join(METHODS)}, search. Default: gradient; evaluate tries all of them.",
    flag_values=FLAGS,
)
common_flags.define_count(FLAGS, "num_outputs", None, "Pieces. Default: 5, for evaluate 200.")
common_flags.define_count(
    FLAGS,
    "num_bars",
    None,
    "generate: bars of a piece. Default: as long as the base's examples.",
    high=common_flags.MOST_BARS,
)
fade_commands.define(FLAGS)
common_flags.define_temperature(FLAGS, 0.5)
flags.DEFINE_string(
    "hparams", "", "Changes to sizes and steps: name=value,name=value (train).", flag_values=FLAGS
)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same constraints and music, on as many threads.")
common_flags.define_deterministic(FLAGS)
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
audio_flags.define(FLAGS)
common_flags.define_qpm(FLAGS, None, " Default: that of the piece; of new music 120.")
limit_flags.define(FLAGS)

_SEARCH = "search"
_NEEDED = {
    "train": ("run_dir",),
    "generate": ("run_dir", "output_dir"),
    "transform": ("run_dir", "output_dir", "midi"),
    "evaluate": ("run_dir",),
}


def steer() -> None:
    """Carries out the mode."""
    command.require(FLAGS, "mode")
    mode = command.one_of(FLAGS, "mode", MODES)
    if FLAGS.method is not None:
        command.one_of(FLAGS, "method", (*METHODS, _SEARCH))
    searches = FLAGS.method == _SEARCH
    if searches and mode not in ("generate", "transform"):
        raise UserError(f"--method=search goes with generate and transform (received {mode})")
    command.require(FLAGS, *(name for name in _NEEDED[mode] if not (searches and name == "run_dir")))
    given = parse_all(FLAGS.constraint) if FLAGS.constraint or mode == "train" or searches else []
    hparams = override(ConstraintHParams(), FLAGS.hparams)
    font = audio_flags.font(FLAGS)
    _check_arguments(mode, given)
    start_tensorflow(FLAGS)
    if mode == "train":
        _train(given, hparams)
        return
    if searches:
        _search(mode, given, font)
        return
    steered = _load()
    steered = steered.with_constraints(given) if given else steered
    if mode == "evaluate":
        _evaluate(steered)
    else:
        {"generate": _generate, "transform": _transform}[mode](steered, font)


def _check_arguments(mode: str, given: list[Constraint]) -> None:
    """Checks the arguments before TensorFlow starts."""
    limits = limit_flags.given(FLAGS)
    if mode == "train":
        refuse_existing(Path(FLAGS.run_dir, "model"))
        arguments.check_output(FLAGS.run_dir)
        arguments.check_model(FLAGS.base)
        own = [constraint.source for constraint in given if constraint.label == PERSONAL]
        for source in filter(None, (FLAGS.examples_path, *own)):
            arguments.check_music(source, limits=limits)
        return
    if FLAGS.method == _SEARCH:
        arguments.check_model(FLAGS.base)
        fade_commands.check(FLAGS, [], FLAGS.base)
    else:
        arguments.check_saved(FLAGS.run_dir, FLAGS.base if FLAGS["base"].present else None)
    if FLAGS.key:
        from base_vae.music.key import named_key

        named_key(FLAGS.key)
    if FLAGS.midi:
        arguments.check_music(FLAGS.midi, limits=limits)
    if FLAGS.output_dir:
        arguments.check_output(FLAGS.output_dir)


def _train(given: list[Constraint], hparams: ConstraintHParams) -> None:
    from base_vae.loading import load
    from latent_constraints.training import check_labels, train

    model_dir = make_folder(FLAGS.run_dir) / "model"
    base = load(FLAGS.base)
    check_labels(base, [constraint.label for constraint in given])
    own = next((constraint.source for constraint in given if constraint.label == PERSONAL), "")
    music = {}
    for name, source in {"real": FLAGS.examples_path, "own": own}.items():
        if source:
            music[name] = base.collect(command.paths(source), limits=limit_flags.given(FLAGS))
            print(f"{source}: {music[name].report}", flush=True)
    steered = train(base, given, **music, hparams=hparams, seed=FLAGS.seed, progress=_say)
    steered.save(str(model_dir))
    print(f"kept the constraints: {Path(FLAGS.run_dir, 'model')}")


def _load() -> "LatentConstraints":
    import latent_constraints
    from base_vae.loading import load

    folder = arguments.saved_folder(FLAGS.run_dir)
    moved = load(FLAGS.base) if FLAGS["base"].present else None
    return latent_constraints.load(folder, base=moved)


def _generate(steered: "LatentConstraints", font: Path | None) -> None:
    import numpy as np

    from base_vae.faders.from_values import related_latents
    from base_vae.latent_prior import LatentPrior

    base, n, method = steered.base, FLAGS.num_outputs or 5, FLAGS.method or "gradient"
    start = None
    if FLAGS.num_bars:
        rng = np.random.default_rng(FLAGS.seed)
        prior = LatentPrior.standard(base.z_size)  # which critics have learned from
        start = related_latents(prior, n, _segments(base), rng).reshape(-1, base.z_size)
    steering = steered.constrain(start, n=n, seed=FLAGS.seed, method=method)
    print(steering)
    arrays = base.decode_arrays(steering.z, temperature=FLAGS.temperature, seed=FLAGS.seed)
    _write(base, arrays.reshape(n, -1, *arrays.shape[1:]), [steered.card, str(steering)], font)


def _segments(base: "TrainedModel") -> int:
    """Examples in a piece of --num_bars."""
    return -(-(FLAGS.num_bars or 1) // base.config.converter.bars)


def _write(base: "TrainedModel", pieces: "np.ndarray", notes: list[str], font: Path | None) -> None:
    """Writes pieces [n, segments, *converter.shape], cut to --num_bars and moved to --key, and a report."""
    from base_vae.music.key import in_key, named_key
    from base_vae.music.piece import DEFAULT_QPM, Piece

    converter, music = base.config.converter, []
    for arrays in pieces:
        joined = converter.join(arrays)
        if FLAGS.num_bars:
            joined = converter.first_bars(joined, FLAGS.num_bars)
        sequence = converter.decode(joined, qpm=FLAGS.qpm or DEFAULT_QPM)
        if FLAGS.key:
            sequence = in_key(Piece.from_sequence(sequence), named_key(FLAGS.key)).to_sequence()
        music.append(sequence)
    with atomic_outputs(FLAGS.output_dir) as folder:
        numbering = Numbering(FLAGS.output_dir, stem_of(FLAGS.run_dir or FLAGS.base))
        names = write_music(music, folder, numbering, FLAGS.plot, font)
        made = made_by("latent_constraints", FLAGS, FLAGS.seed)
        names.append(write_report(folder, numbering.all, *notes, made))
    print(f"wrote {len(names)} files to {FLAGS.output_dir}")


def _key(constraints: Sequence[Constraint]) -> "Key | None":
    """The key that pieces are moved to before they are changed: --key, or that of a constraint."""
    from base_vae.music.key import named_key

    asked = [each.label.partition(":")[2] for each in constraints if each.label.startswith("key:")]
    return named_key(FLAGS.key or asked[0]) if FLAGS.key or asked else None


def _transform(steered: "LatentConstraints", font: Path | None) -> None:
    from midime_scripts.common.changed_music import write_versions

    base, key = steered.base, _key(steered.constraints)

    def change(name: str, arrays: "np.ndarray") -> "dict[str, np.ndarray]":
        if key:
            print(f"{name}: moved to {key} first")
        steering = steered.constrain(
            base.encode_arrays(arrays).mu, seed=FLAGS.seed, method=FLAGS.method or "gradient"
        )
        print(f"{name}: {len(arrays)} stretches, {steering}")
        music = base.decode_arrays(
            steering.z, temperature=FLAGS.temperature, seed=FLAGS.seed, controls=arrays
        )
        return {"constrained": music}

    write_versions("latent_constraints", base, FLAGS, change, font, key)


def _search(mode: str, asked: list[Constraint], font: Path | None) -> None:
    """Generates or transforms by search, without critics."""
    from base_vae.faders import generate_arrays
    from base_vae.loading import load
    from latent_constraints.search import requests

    base = load(FLAGS.base)
    wanted = requests(base, asked)
    if mode == "transform":
        fade_commands.write("latent_constraints", base, FLAGS, wanted, font)
        return
    n = FLAGS.num_outputs or 5
    pieces = generate_arrays(base, n, wanted, seed=FLAGS.seed, segments=_segments(base))
    _write(base, pieces, [f"Searched for {', '.join(FLAGS.constraint)}."], font)


def _evaluate(steered: "LatentConstraints") -> None:
    from latent_constraints.evaluation import table

    methods = [FLAGS.method] if FLAGS.method else [m for m in METHODS if m != "actor" or steered.actor]
    n = FLAGS.num_outputs or 200
    print(table(steered, methods, n, temperature=FLAGS.temperature, seed=FLAGS.seed))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """The console command."""
    sys.exit(command.run(steer, FLAGS, USAGE))


if __name__ == "__main__":
    main()
