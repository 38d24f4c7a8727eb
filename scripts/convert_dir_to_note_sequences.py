"""A folder of MIDI, ABC and MusicXML files as TFRecords of NoteSequences, with the flags of the original."""

if __name__ == "__main__":  # python scripts/convert_dir_to_note_sequences.py
    import as_a_file  # noqa: F401

import sys

from absl import flags
from midime_scripts.common import command, common_flags, limit_flags
from midime_scripts.common.progress import Progress

from base_vae.files import make_folder

USAGE = """
convert_dir_to_note_sequences: a folder of music into TFRecords of NoteSequences.

  convert_dir_to_note_sequences --input_dir=midi_files/ --output_file=notes.tfrecord --recursive
  convert_dir_to_note_sequences --input_dir=midi_files/ --output_file=notes.tfrecord@10 --recursive

Reads .mid, .midi, .kar, .rmi, .abc, .xml, .musicxml and .mxl files, and .zip archives of them. Files that
cannot be read are left out; notes.tfrecord.report.json gives the reasons. If it was stopped, the same command
continues where it was.
"""

FLAGS = command.flag_values()
flags.DEFINE_string("input_dir", None, "Folder of music.", flag_values=FLAGS)
flags.DEFINE_string(
    "output_file",
    None,
    "TFRecord to write; name@10 writes ten, name-00000-of-00010 and so on.",
    flag_values=FLAGS,
)
flags.DEFINE_bool("recursive", False, "Folders in folders too.", flag_values=FLAGS)
flags.DEFINE_integer(
    "num_workers",
    None,
    "Processes. Default: every core, where there is enough to do.",
    lower_bound=1,
    flag_values=FLAGS,
)
limit_flags.define(FLAGS)
common_flags.define_log(FLAGS)


def convert() -> None:
    """Converts, and reports what became of every file."""
    command.require(FLAGS, "input_dir", "output_file")
    from pathlib import Path

    from base_vae.data.note_sequences import convert_folder

    make_folder(Path(FLAGS.output_file).expanduser().parent)
    limits = limit_flags.given(FLAGS)
    report = convert_folder(
        FLAGS.input_dir,
        FLAGS.output_file,
        recursive=FLAGS.recursive,
        num_workers=FLAGS.num_workers,
        limits=limits,
        progress=Progress("files"),
    )
    print(report)
    print(f"wrote {FLAGS.output_file} and {FLAGS.output_file}.report.json")


def main() -> None:
    """The console command."""
    sys.exit(command.run(convert, FLAGS, USAGE))


if __name__ == "__main__":
    main()
