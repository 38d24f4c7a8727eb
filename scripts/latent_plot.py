"""Pictures of music, of latent spaces and of training."""

if __name__ == "__main__":  # python scripts/latent_plot.py
    import as_a_file  # noqa: F401

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, command, common_flags, limit_flags

from base_vae.errors import UserError
from base_vae.files import atomic_outputs

if TYPE_CHECKING:
    from midime_scripts.report.material import Material

    from base_vae.plots.page import Picture

USAGE = """
latent_plot: pictures, as PNG and SVG.

  latent_plot rolls --examples_path=my_songs/ --output_dir=out/
  latent_plot map --examples_path=my_songs/ --output_dir=out/ --colour_by=density --projection=tsne
  latent_plot knob_sweep --model=my_model/ --output_dir=out/
  latent_plot personal_map --model=my_model/ --examples_path=my_songs/ --output_dir=out/
  latent_plot interpolation --input_midi_1=a.mid --input_midi_2=b.mid --output_dir=out/
  latent_plot attributes --evaluation=attributes.json --output_dir=out/
  latent_plot curves --run_dir=run/ --output_dir=out/
  latent_plot report --run_dir=run/ --examples_path=my_songs/

The modes:

  rolls           piano rolls of samples, or of the examples in --examples_path
  map             your music among other music in the base's latent space
  personal_map    your music and samples in the small latent space of a personal model
  knob_grid       what a personal model plays across two of its knobs
  knob_sweep      what it plays along each of its knobs
  interpolation   from one piece to another, through the latent space and as a mix of their steps
  distances       the same for many pairs: the distance to both ends along the way
  reconstruction  originals above their reconstructions by the base, errors marked
  attributes      what attribute vectors change: a table, and curves
  posterior       how much each latent dimension is used
  curves          training curves of a run folder
  report          all of these that apply, in one HTML page without other files

The base is --checkpoint_file, or that of the personal model (--model) or of the run; without any of these it
is the bundled one. The music is --examples_path; without it, the music that the run was trained on, or
samples (maps need --examples_path).
"""

REPORT = "report"
MODES = (
    "rolls",
    "map",
    "personal_map",
    "knob_grid",
    "knob_sweep",
    "interpolation",
    "distances",
    "reconstruction",
    "attributes",
    "posterior",
    "curves",
    REPORT,
)
_FORMATS = {"png": ("png",), "svg": ("svg",), "both": ("png", "svg")}

FLAGS = command.flag_values()
flags.DEFINE_string("mode", None, "What to draw; may also stand first, by itself.", flag_values=FLAGS)
flags.DEFINE_string(
    "output_dir", None, "Folder for the pictures. Default for a report: the run folder.", flag_values=FLAGS
)
flags.DEFINE_string("format", "both", "png, svg or both.", flag_values=FLAGS)
flags.DEFINE_string("run_dir", None, "Run folder of music_vae_train or of midime_train.", flag_values=FLAGS)
common_flags.define_step(FLAGS)
flags.DEFINE_string(
    "checkpoint_file",
    None,
    "Base model: a bundled name, a folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "config",
    None,
    "Configuration of a checkpoint; without a model, how the music is read.",
    flag_values=FLAGS,
)
flags.DEFINE_string("model", None, "Personal model.", flag_values=FLAGS)
flags.DEFINE_string(
    "examples_path", None, "Your music: files or folders, separated by commas.", flag_values=FLAGS
)
flags.DEFINE_string(
    "data_path",
    None,
    "Other music, behind yours in the map. Default: what the run was trained on, else samples of the base.",
    flag_values=FLAGS,
)
flags.DEFINE_string("input_midi_1", None, "Start of an interpolation.", flag_values=FLAGS)
flags.DEFINE_string("input_midi_2", None, "End of an interpolation.", flag_values=FLAGS)
flags.DEFINE_string(
    "colour_by",
    "file",
    "Colours of the maps: file, crowding, density or another attribute.",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "projection",
    "pca",
    "Projection of a map: pca, tsne, or umap (pip install umap-learn).",
    flag_values=FLAGS,
)
flags.DEFINE_string("knobs", "1,2", "The two knobs of knob_grid.", flag_values=FLAGS)
flags.DEFINE_string(
    "evaluation",
    None,
    "The attributes.json of attribute_vectors evaluate. Default: the model's vectors on a few samples.",
    flag_values=FLAGS,
)
common_flags.define_count(FLAGS, "num_outputs", 6, "Number of piano rolls or reconstructions.", high=200)
common_flags.define_count(
    FLAGS, "num_steps", 7, "Points of an interpolation, including both ends.", low=2, high=200
)
common_flags.define_count(FLAGS, "num_pairs", 64, "Number of pairs for distances.")
common_flags.define_temperature(FLAGS, 0.5, "For samples: 0 plays safe, 1 is adventurous.")
common_flags.define_seed(FLAGS, 0, "The same seed gives the same pictures, on as many threads.")
common_flags.define_deterministic(FLAGS)
limit_flags.define(FLAGS)


def plot() -> None:
    """Makes the pictures of a mode and writes them."""
    mode = command.one_of(FLAGS, "mode", MODES)
    formats = _FORMATS[command.one_of(FLAGS, "format", tuple(_FORMATS))]
    if mode != REPORT or not FLAGS.run_dir:
        command.require(FLAGS, "output_dir")
    if FLAGS.run_dir and not Path(FLAGS.run_dir).expanduser().is_dir():
        raise UserError(f"there is no run folder {FLAGS.run_dir}")
    if FLAGS.step is not None and (not FLAGS.run_dir or FLAGS.checkpoint_file or FLAGS.model):
        raise UserError("--step goes with --run_dir: it names one of the run's checkpoints")
    _check_arguments()
    from midime_scripts.report.material import Material
    from midime_scripts.report.pictures import MODES as PICTURES

    material = Material(FLAGS)
    with atomic_outputs(FLAGS.output_dir or FLAGS.run_dir) as folder:
        if mode == REPORT:
            names = [_report(material, folder)]
        else:
            names = write(PICTURES[mode](material), folder, formats)
    for name in names:
        print(f"wrote {Path(FLAGS.output_dir or FLAGS.run_dir) / name}")


def _check_arguments() -> None:
    """Checks the arguments before TensorFlow starts."""
    for name in ("examples_path", "data_path", "input_midi_1", "input_midi_2"):
        if FLAGS[name].value:
            arguments.check_music(FLAGS[name].value, name, limit_flags.given(FLAGS))
    if FLAGS.config:
        arguments.check_config(FLAGS.config)
    if FLAGS.model:
        arguments.check_saved(FLAGS.model)
    if FLAGS.checkpoint_file:
        arguments.check_model(FLAGS.checkpoint_file)
    if FLAGS.step is not None:
        arguments.check_model(common_flags.of_step(FLAGS.run_dir, FLAGS.step))
    if FLAGS.evaluation and not Path(FLAGS.evaluation).expanduser().is_file():
        raise UserError(f"--evaluation: there is no file {FLAGS.evaluation}")
    arguments.check_output(FLAGS.output_dir or FLAGS.run_dir)


def write(pictures: "list[Picture]", folder: Path, formats: tuple[str, ...]) -> list[str]:
    """Writes pictures in each of the formats; returns the names of the files."""
    from base_vae.plots import save_figure

    names = []
    for picture in pictures:
        for ending in formats:
            names.append(f"{picture.name}.{ending}")
            save_figure(picture.figure, folder / names[-1])
    return names


def _report(material: "Material", folder: Path) -> str:
    """Writes one page of all pictures that can be made; returns its name."""
    from midime_scripts.report.pictures import MODES as PICTURES

    from base_vae.plots.page import page, rendered

    pictures, missing = [], {}
    for name, draw in PICTURES.items():
        try:
            pictures += [rendered(picture) for picture in draw(material)]
        except Exception as error:  # whatever it is, the other pictures are not lost
            reason = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            missing[name] = reason
            print(f"left out {name}: {reason}", file=sys.stderr)
            if FLAGS.debug:
                traceback.print_exc()
    if not pictures:
        raise UserError("no picture could be made; see the reasons above")
    name = "report.html"
    about = FLAGS.run_dir or FLAGS.model or FLAGS.checkpoint_file or material.base.config.name
    title = f"Report: {Path(about).resolve().name}"
    (folder / name).write_text(page(title, facts(material), pictures, missing), encoding="utf-8")
    return name


def facts(material: "Material") -> str:
    """The subject of a report, in plain text."""
    lines = [f"Base model: {material.base.config.name}, {material.base.z_size} latent dimensions."]
    if material.has_personal:
        lines.append(f"Personal model: {material.personal.size} knobs.\n{material.personal.card}")
    if FLAGS.examples_path:
        lines.append(f"Your music:\n{material.music.report}")
    return "\n\n".join([*lines, f"Seed {FLAGS.seed}."])


def main() -> None:
    """The console command."""
    sys.exit(command.run(plot, FLAGS, USAGE, first_word="mode"))


if __name__ == "__main__":
    main()
