"""Drums with a drummer's feel, in music of any length."""

if __name__ == "__main__":  # python scripts/groovae.py
    import as_a_file  # noqa: F401

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from midime_scripts.common import arguments, audio_flags, command, common_flags, limit_flags
from midime_scripts.common.outputs import Numberings, made_by, stem_of, write_files, write_report
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import atomic_outputs
from base_vae.grooves.tasks import TASKS, find_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from base_vae.music.note_sequence import NoteSequence

USAGE = """
groovae: drums on the grid, played as a drummer would; drums for a tune or a tapped rhythm.

  groovae --mode=humanize --midi=beat.mid --output_dir=out/
  groovae --mode=add_drums --midi=tune.mid --seed=2 --output_dir=out/
  groovae --mode=drumify --midi=tune.mid --output_dir=out/
  groovae --mode=add_closed_hh --midi=beat.mid --output_dir=out/
  groovae --mode=transfer --midi=beat.mid --groove=drummer.mid --output_dir=out/
  groovae --mode=control --midi=beat.mid --seed=3 --output_dir=out/

""" + "\n".join(f"{mode}: {task.description}." for mode, task in TASKS.items())
USAGE += """

Music may be of any length, in metres whose bars make whole bars of 4/4; what is in another metre stays as it
is. So does everything that the mode does not change: other tracks, tempos, names. Each file is written whole.
"""

FLAGS = command.flag_values()
flags.DEFINE_string("mode", None, f"{', '.join(TASKS)}.", flag_values=FLAGS)
flags.DEFINE_string("midi", None, "The music, files or folders.", flag_values=FLAGS)
flags.DEFINE_string(
    "groove", None, "transfer: a file with the drums whose groove to take.", flag_values=FLAGS
)
flags.DEFINE_string(
    "model",
    None,
    "A GrooVAE: a bundled name or a folder. Default: the bundled one for the mode.",
    flag_values=FLAGS,
)
flags.DEFINE_string("output_dir", None, "Folder for the new music.", flag_values=FLAGS)
common_flags.define_temperature(
    FLAGS, None, "0 plays safe, the default; 1 is adventurous, the default of control."
)
common_flags.define_seed(
    FLAGS,
    0,
    "The same seed gives the same drumming; change it to change what control and add_drums play.",
)
common_flags.define_deterministic(FLAGS)
audio_flags.define(FLAGS)
limit_flags.define(FLAGS)


def play() -> None:
    """Carries out the mode."""
    command.require(FLAGS, "mode", "midi", "output_dir")
    mode = command.one_of(FLAGS, "mode", tuple(TASKS))
    if (mode == "transfer") != bool(FLAGS.groove):
        raise UserError("--groove, a file with drums, goes with --mode=transfer, which needs it")
    font = audio_flags.font(FLAGS)
    source = find_model(mode, FLAGS.model)
    arguments.check_model(source)
    for flag in ("midi", "groove") if FLAGS.groove else ("midi",):
        arguments.check_music(FLAGS[flag].value, limits=limit_flags.given(FLAGS))
    arguments.check_output(FLAGS.output_dir)
    start_tensorflow(FLAGS)

    from base_vae import grooves
    from base_vae.grooves.tasks import check_model
    from base_vae.loading import load

    model = load(source)
    check_model(mode, model.config)
    more = [_first(FLAGS.groove)] if FLAGS.groove else []
    heat = {} if FLAGS.temperature is None else {"temperature": FLAGS.temperature}
    made, problems = [], []
    for name, sequence in _pieces(FLAGS.midi, problems):
        try:
            played = getattr(grooves, mode)(sequence, *more, model, seed=FLAGS.seed, **heat)
        except UserError as error:
            problems.append(f"{name}: {error}")
            continue
        made.append((name, played))
    if not made:
        raise UserError("; ".join(problems))
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)
    with atomic_outputs(FLAGS.output_dir) as folder:
        numberings = Numberings(FLAGS.output_dir)
        music = {f"{numberings.take(stem_of(name))}_{mode}.mid": played for name, played in made}
        names = write_files(music, folder, mode, plot=False, font=font)
        how = made_by("groovae", FLAGS, FLAGS.seed)
        names.append(write_report(folder, numberings.take(mode), f"{model}", how))
    print("\n".join(str(Path(FLAGS.output_dir, name)) for name in names))


def _pieces(text: str, problems: list[str]) -> "Iterator[tuple[str, NoteSequence]]":
    """Each piece in the files and folders of a flag, with its file's name; why others cannot be read."""
    from base_vae.readers.read import PassedOver, read_note_sequences
    from base_vae.readers.sources import find_sources

    limits = limit_flags.given(FLAGS)
    for source in find_sources(command.paths(text), limits=limits)[0]:
        try:
            for music in read_note_sequences(source, limits=limits, as_written=True):
                if isinstance(music, PassedOver):
                    problems.append(f"{source.name}: {music.reason}")
                else:
                    yield source.name, music
        except UserError as error:
            problems.append(f"{source.name}: {error}")


def _first(text: str) -> "NoteSequence":
    """The first piece in a flag's files. Raises UserError if there is none."""
    problems: list[str] = []
    for _, music in _pieces(text, problems):
        return music
    raise UserError("; ".join(problems) or f"{text}: no music in it")


def main() -> None:
    """The console command."""
    sys.exit(command.run(play, FLAGS, USAGE))


if __name__ == "__main__":
    main()
