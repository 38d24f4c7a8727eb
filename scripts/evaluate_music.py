"""How like a reference generated music is, in figures."""

if __name__ == "__main__":  # python scripts/evaluate_music.py
    import as_a_file  # noqa: F401

import os
import sys
from typing import TYPE_CHECKING, Any

from absl import flags
from midime_scripts.common import arguments, command, common_flags, limit_flags
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import atomic_outputs

if TYPE_CHECKING:
    from base_vae.metrics.music_set import MusicSet
    from base_vae.trained_model import TrainedModel

USAGE = """
evaluate_music: generated music against music that people wrote.

  evaluate_music --generated=out/ --reference=my_songs/ --output_dir=figures/
  evaluate_music --generated=out/ --reference=my_songs/,others/ --training=my_songs/ --output_dir=figures/
  evaluate_music --generated=out/ --reference=beats/ --base=drum_run/ --output_dir=figures/

All music is first cut into consecutive examples of the base's length (two bars for mel_2bar), so that short
and long pieces can be compared, and repeated bars count each time. It prints tables and writes them as
evaluation.md, with everything in evaluation.json:

  overlapping area and Kullback-Leibler divergence of eleven features, with the distances within the sets and
  between them (Yang and Lerch 2018); the Frechet distance in the base's latent space; how alike the pieces of
  a set are, and the bars of a piece; the standard metrics of muspy (pip install muspy); and, with
  --training, how much is copied, exactly or nearly, in any transposition.
"""

FLAGS = command.flag_values()
flags.DEFINE_string("generated", None, "Files or folders of generated music.", flag_values=FLAGS)
flags.DEFINE_string(
    "reference",
    None,
    "Files or folders to compare it with, separated by commas: each is a set of its own.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "training", None, "The music that the model learned from, to look for copies.", flag_values=FLAGS
)
flags.DEFINE_string(
    "base",
    "mel_2bar",
    "Model whose examples and latent space are used: a bundled name, a model or run "
    "folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
flags.DEFINE_string("output_dir", None, "Folder for the figures.", flag_values=FLAGS)
common_flags.define_count(
    FLAGS,
    "max_examples",
    1000,
    "Most examples to use of the generated music and of each reference.",
    low=2,
)
flags.DEFINE_bool("muspy", None, "Compute the standard metrics. Default: if muspy works.", flag_values=FLAGS)
common_flags.define_seed(FLAGS, 0, "The same seed draws the same examples, on as many threads.")
common_flags.define_deterministic(FLAGS)
limit_flags.define(FLAGS)

_SETTINGS = ("generated", "reference", "training", "base", "max_examples", "seed")


def evaluate() -> None:
    """Reads the sets, measures and writes."""
    command.require(FLAGS, "generated", "reference", "output_dir")
    _check_arguments()
    no_metrics = _without_muspy()
    start_tensorflow(FLAGS)
    with atomic_outputs(FLAGS.output_dir) as folder:
        import json

        from base_vae.loading import load
        from base_vae.metrics.table import markdown

        results = _results(load(FLAGS.base), standard=not no_metrics)
        text = markdown(results)
        (folder / "evaluation.md").write_text(text + "\n", encoding="utf-8")
        written = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / "evaluation.json").write_text(written + "\n", encoding="utf-8")
    print(text)
    if no_metrics:
        print(f"\nNo standard metrics: {no_metrics}")
    print(f"\nwrote evaluation.md and evaluation.json to {FLAGS.output_dir}")


def _check_arguments() -> None:
    """Checks the arguments before TensorFlow starts."""
    limits = limit_flags.given(FLAGS)
    arguments.check_output(FLAGS.output_dir)
    arguments.check_model(FLAGS.base)
    for name in ("generated", "reference", "training"):
        if FLAGS[name].value:
            arguments.check_music(FLAGS[name].value, name, limits)


def _results(model: "TrainedModel", standard: bool) -> dict[str, Any]:
    from base_vae.metrics import evaluation

    generated = _read(model, "generated", FLAGS.generated).drawn(FLAGS.max_examples, FLAGS.seed)
    references = _references(model)
    # A copy may begin in any bar.
    training = _read(model, "training", FLAGS.training, consecutive=False) if FLAGS.training else None
    settings = {name: FLAGS[name].value for name in _SETTINGS}
    results = evaluation.evaluate(
        model, generated, references, seed=FLAGS.seed, training=training, standard=standard
    )
    return {"settings": settings, **results}


def _references(model: "TrainedModel") -> dict[str, "MusicSet"]:
    """The references that can be read, by name; the others are named. Raises UserError if none can be."""
    found, problems = {}, []
    for name in _each(FLAGS.reference):
        try:
            found[name] = _read(model, "reference", name).drawn(FLAGS.max_examples, FLAGS.seed)
        except UserError as error:
            problems.append(str(error))
    if not found:
        raise UserError("\n".join(problems))
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)
    return found


def _read(model: "TrainedModel", what: str, paths: str, consecutive: bool = True) -> "MusicSet":
    """The examples in files, with a word on what became of them."""
    from base_vae.metrics.music_set import read_set

    try:
        converter, limits = model.config.converter.in_use, limit_flags.given(FLAGS)
        music = read_set(command.paths(paths), converter, limits, consecutive)
    except UserError as error:
        raise UserError(f"--{what}: {error}") from error
    print(f"{what}: {music.report}\n", flush=True)
    return music


def _each(text: str) -> list[str]:
    """The references in the flag."""
    if os.path.exists(os.path.expanduser(text)):
        return [text]
    return list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))


def _without_muspy() -> str:
    """Why there will be no standard metrics, or nothing. Raises UserError where --muspy asks for them."""
    from base_vae.metrics.muspy_metrics import require_muspy

    if FLAGS.muspy is False:
        return "--nomuspy."
    try:
        require_muspy()  # before the work begins
    except UserError as error:
        if FLAGS.muspy:
            raise
        return str(error)
    return ""


def main() -> None:
    """The console command."""
    sys.exit(command.run(evaluate, FLAGS, USAGE))


if __name__ == "__main__":
    main()
