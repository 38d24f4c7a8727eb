"""Directions in a model's latent space that make music denser, higher, ...: finds, uses and judges them."""

if __name__ == "__main__":  # python scripts/attribute_vectors.py
    import as_a_file  # noqa: F401

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, audio_flags, command, common_flags, fade_commands, limit_flags
from midime_scripts.vectors.compute import compute, own_folder
from midime_scripts.vectors.evaluate import evaluate
from midime_scripts.vectors.given import load_model, load_vectors

from base_vae.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from base_vae.faders import Request

USAGE = """
attribute_vectors: more notes, larger leaps, less syncopation.

  attribute_vectors apply --midi=song.mid --attribute=density --output_dir=out/
  attribute_vectors apply --midi=song.mid --attribute=density:+1,mean_pitch:-0.5 --output_dir=out/ --sweep
  attribute_vectors apply --midi=song.mid --attribute=density=4@1-8,8@9-16 --output_dir=out/
  attribute_vectors compute --checkpoint_file=run/ --examples_path=my_music/ --tune
  attribute_vectors evaluate --checkpoint_file=run/ --examples_path=other_music/ --output_dir=out/

The first word is the mode (or --mode=). The attributes are density, note_length and rests; mean_pitch,
pitch_range, interval, contour and c_major (share of its pitches); sixteenth_syncopation,
eighth_syncopation and repetition; for grooves swing and velocity; for drums kick_density, snare_density and
hat_density. base_vae/attributes/ defines each.

apply changes a piece. By default it uses faders, as midime_fade does: they look for the nearest piece that
has what you ask for and need no vectors. An --amount of 1 is one standard deviation; density:+1, density=8 (a
value) and density=4@1-8,8@9-16 (by bars) are other ways to ask. --key=D first moves the piece to the tonic D.
A piece that is longer than the model's examples is changed stretch by stretch, and keeps its tempo and
program. apply writes each piece as it is in the file (original) and changed (after), and prints what you
asked for, what you got and how much was kept. --method=vectors adds vectors instead, and also writes the
piece as the model plays it unchanged (before): the difference between before and after is due to the vectors.
--sweep also writes --steps pieces from minus the amounts to the amounts.

compute measures every attribute of the music in --examples_path. For each it keeps a vector beside the model:
the mean latent of the quarter of the music with most of the attribute minus that of the quarter with least.
Attributes that are the same in all of the music are left out and named. A vector is kept only if, at the
amount that moves its attribute by one standard deviation, half of the steps stay as they were and no other
attribute moves by more than half of one; it is scaled to that amount. The others are named; --keep_all keeps
all vectors, unscaled. --tune instead learns vectors from what the model plays, one towards more and one
towards less of each attribute. That takes a few minutes for each. These vectors change more pieces the right
way, but they are longer and keep less of a piece.

evaluate adds and subtracts each vector, for --num_pieces samples from the prior and, with --examples_path,
for as many real pieces. It prints how every attribute changes (the table of the MusicVAE paper), in how many
pieces the vector's own attribute changes the right way, how much of the piece stays, and how steadily the
attribute grows with the amount (rank correlation over --steps amounts). For models with controls, the chords
and hits are those of --examples_path. With --output_dir it also writes attributes.md and attributes.json.
"""

MODES = ("compute", "apply", "evaluate")
METHODS = ("faders", "vectors")
FLAGS = command.flag_values()
flags.DEFINE_string("mode", None, "compute, apply or evaluate; or the first word.", flag_values=FLAGS)
flags.DEFINE_string(
    "midi", None, "Music to change: MIDI, ABC or MusicXML files, or folders.", flag_values=FLAGS
)
flags.DEFINE_multi_string(
    "attribute",
    [],
    "apply: what to change, like density, density:+1, density=8 or density=4@1-8,8@9-16; may be repeated.",
    flag_values=FLAGS,
)
flags.DEFINE_multi_float(
    "amount",
    [],
    "How much of each plain --attribute, in order; one value serves all. Default: 0.5. evaluate: the largest "
    "amount, 1 by default.",
    flag_values=FLAGS,
)
common_flags.check_range(FLAGS, "amount", common_flags.FINITE)
flags.DEFINE_string(
    "output_dir",
    None,
    "Folder for the new music or figures; compute: for the vectors instead of the model's folder.",
    flag_values=FLAGS,
)
fade_commands.define(FLAGS)
flags.DEFINE_bool(
    "sweep", False, "apply: also write pieces from minus the amounts to the amounts.", flag_values=FLAGS
)
flags.DEFINE_integer("steps", 9, "Number of amounts in a sweep; an odd number includes 0.", flag_values=FLAGS)
flags.DEFINE_string(
    "method",
    None,
    "apply: faders, which search, or vectors, which are added. Default: faders; with --vectors, vectors.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "vectors",
    None,
    "Folder with the attribute vectors, if not the model's (--output_dir of compute).",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "checkpoint_file",
    "mel_2bar",
    "Model folder, run folder, bundled name, or checkpoint of the original (.tar or .ckpt).",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "config",
    None,
    "Preset or .toml file: configuration of a checkpoint of the original, or the one the model must have.",
    flag_values=FLAGS,
)
flags.DEFINE_string("examples_path", None, "Music to compute from or to evaluate on.", flag_values=FLAGS)
flags.DEFINE_list(
    "attributes",
    None,
    "Names, separated by commas. Default: all that apply to the model's music, or have vectors.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "tune", False, "compute: learn better vectors from what the model plays.", flag_values=FLAGS
)
flags.DEFINE_bool(
    "keep_all",
    False,
    "compute: also keep vectors that change too much else, unscaled.",
    flag_values=FLAGS,
)
flags.DEFINE_bool(
    "orthogonal", False, "compute: make the vectors orthogonal to each other.", flag_values=FLAGS
)
common_flags.define_count(
    FLAGS, "num_examples", 20_000, "Compute from this many examples at most.", low=2, high=10**9
)
common_flags.define_count(FLAGS, "num_pieces", 256, "Pieces to evaluate on.", high=100_000)
common_flags.define_temperature(FLAGS, 0.0, "0 takes the likeliest notes, without chance.")
common_flags.define_seed(FLAGS, 0, "The same seed gives the same result, on as many threads.")
common_flags.define_deterministic(FLAGS)
common_flags.define_qpm(FLAGS, None, " Default: that of the piece.")
flags.DEFINE_bool("plot", False, "apply: also write piano rolls as a PNG.", flag_values=FLAGS)
audio_flags.define(FLAGS)
limit_flags.define(FLAGS)

_DEFAULT_AMOUNT = 0.5  # which keeps nine tenths of a tune
_MOST_STEPS = 201  # a hundredth of the way each, which is what the files are named by
_NEEDED = {"compute": ("examples_path",), "apply": ("midi", "output_dir"), "evaluate": ()}
_ONLY = {  # flags that mean nothing in other modes
    "compute": ("orthogonal", "tune", "keep_all"),
    "apply": ("midi", "attribute", "sweep", "plot", "audio", "key", "keep"),
    "evaluate": (),
}


def attribute_vectors() -> None:
    """Loads the model and carries out the mode."""
    if FLAGS.mode is None:
        raise UserError(f"say what to do first: {', '.join(MODES)} (see --help)")
    mode = command.one_of(FLAGS, "mode", MODES)
    command.require(FLAGS, *_NEEDED[mode])
    for home, names in _ONLY.items():
        for name in names:
            if home != mode and FLAGS[name].value:
                raise UserError(f"--{name} goes with {home} (received {mode})")
    if FLAGS.method is not None:
        command.one_of(FLAGS, "method", METHODS)
    names = [request.name for request in _requests()] if mode == "apply" else FLAGS.attributes
    if names:
        from base_vae.attributes import get_attributes

        get_attributes(names)
    _check_arguments(mode, names)
    if mode == "compute":
        compute(FLAGS)
    elif mode == "apply":
        _apply()
    else:
        evaluate(FLAGS)


def _check_arguments(mode: str, names: list[str] | None) -> None:
    """Checks the arguments before TensorFlow starts."""
    if mode == "compute" and not FLAGS.output_dir:
        own_folder(FLAGS)
    if mode == "apply" and FLAGS.sweep and not 2 <= FLAGS.steps <= _MOST_STEPS:
        raise UserError(f"--steps of a sweep must be within 2 and {_MOST_STEPS} (received {FLAGS.steps})")
    if FLAGS.config:
        arguments.check_config(FLAGS.config)
    arguments.check_model(FLAGS.checkpoint_file)
    if mode == "apply" and _method() == "faders":
        fade_commands.check(FLAGS, _requests(), FLAGS.checkpoint_file)
    elif mode != "compute":
        _check_vectors(names)
    for name in ("midi", "examples_path"):
        if FLAGS[name].value:
            arguments.check_music(FLAGS[name].value, name, limit_flags.given(FLAGS))
    if FLAGS.output_dir:
        arguments.check_output(FLAGS.output_dir)


def _check_vectors(names: list[str] | None) -> None:
    """Raises UserError where a folder is known to hold no vectors of these attributes."""
    from base_vae.attributes import AttributeVectors
    from base_vae.attributes.vectors import FILE
    from base_vae.checkpoints.finding import find_folder

    folder = Path(FLAGS.vectors).expanduser() if FLAGS.vectors else find_folder(FLAGS.checkpoint_file)
    if FLAGS.vectors or (folder and (folder / FILE).is_file()):
        vectors = AttributeVectors.load(folder)
        vectors.chosen(names or vectors.names)


def _apply() -> None:
    requests = _requests()
    font = audio_flags.font(FLAGS)
    steps = FLAGS.steps if FLAGS.sweep else 0
    model = load_model(FLAGS)
    if _method() == "faders":
        fade_commands.write("attribute_vectors", model, FLAGS, requests, font, sweep_steps=steps)
        return
    from midime_scripts.common.changed_music import write_changed

    from base_vae.metrics.attribute_tables import moved_latents, moved_table

    amounts = {request.name: request.number for request in requests}
    vectors = load_vectors(FLAGS, model, list(amounts))

    def change(name: str, arrays: "np.ndarray") -> "dict[str, np.ndarray]":
        return moved_latents(vectors, amounts, model.encode_arrays(arrays).mu, steps)

    print(
        moved_table(
            model.config.converter, amounts, write_changed("attribute_vectors", model, FLAGS, change, font)
        )
    )


def _method() -> str:
    """How apply changes music."""
    return FLAGS.method or ("vectors" if FLAGS.vectors else "faders")


def _requests() -> "list[Request]":
    """The changes that --attribute and --amount ask for."""
    from base_vae.faders.request import Request, parse, requests_of

    plain = [text.strip() for text in FLAGS.attribute if text.strip().isidentifier()]
    amounts = FLAGS.amount or [_DEFAULT_AMOUNT]
    if len(amounts) == 1:
        amounts = amounts * len(plain)
    if len(amounts) != len(plain) or len(set(plain)) != len(plain):
        raise UserError(
            "give each --attribute once, and an --amount for each in the same order, or one for all "
            f"(received {', '.join(FLAGS.attribute)} and {', '.join(map(str, FLAGS.amount))})"
        )
    requests = [Request(name, amount) for name, amount in zip(plain, amounts, strict=True)]
    for text in FLAGS.attribute:
        if text.strip() not in plain:
            requests += parse(text)
    if not requests and FLAGS.key and _method() == "faders":
        return []
    if not requests:
        raise UserError("--attribute must be given (see --help)")
    if _method() == "vectors" and any(each.is_value or each.bars for each in requests):
        raise UserError("--method=vectors takes amounts alone, like density:+1")
    return requests_of(requests)


def main() -> None:
    """The console command."""
    sys.exit(command.run(attribute_vectors, FLAGS, USAGE, first_word="mode"))


if __name__ == "__main__":
    main()
