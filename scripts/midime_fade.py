"""The tune you had, denser, higher, calmer, in another key: the nearest one that has what is asked."""

if __name__ == "__main__":  # python scripts/midime_fade.py
    import as_a_file  # noqa: F401

import sys

from absl import flags
from midime_scripts.common import arguments, audio_flags, command, common_flags, fade_commands, limit_flags
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError

USAGE = """
midime_fade: your tune, with more or less of something.

  midime_fade --midi=song.mid --set=density:+1 --output_dir=out/
  midime_fade --midi=song.mid --set=density=8,mean_pitch:-0.5 --output_dir=out/
  midime_fade --midi=song.mid --set=density=4@1-8,8@9-16 --output_dir=out/
  midime_fade --midi=song.mid --key=D --output_dir=out/

density:+1 asks for one standard deviation more than the tune has (the deviation is that of the model's own
samples), density=8 for a value, here eight notes a bar, and @9-16 for bars 9 to 16 only. For melodies the
attributes are density, note_length and rests; mean_pitch, pitch_range, interval (between neighbours), contour
and c_major (share of its pitches); sixteenth_syncopation, eighth_syncopation and repetition (from bar to
bar).

It looks for the nearest tune that has what you ask for, two bars at a time. Most notes stay. The output says
what you asked for, what you got, how much was kept, and what else changed. Tempo and instrument stay.
"""

FLAGS = command.flag_values()
flags.DEFINE_string(
    "midi", None, "Music to change: MIDI, ABC or MusicXML files, or folders.", flag_values=FLAGS
)
flags.DEFINE_multi_string("set", [], "What to change; may be given several times.", flag_values=FLAGS)
fade_commands.define(FLAGS)
flags.DEFINE_string("output_dir", None, "Folder for the new music.", flag_values=FLAGS)
flags.DEFINE_string(
    "base",
    "mel_2bar",
    "Base model: a bundled name, a model or run folder, or a checkpoint of the original.",
    flag_values=FLAGS,
)
common_flags.define_seed(FLAGS, 0, "The same seed gives the same music; another seed, another tune.")
common_flags.define_qpm(FLAGS, None, " Default: that of the piece.")
flags.DEFINE_bool("plot", False, "Also write piano rolls as a PNG.", flag_values=FLAGS)
audio_flags.define(FLAGS)
limit_flags.define(FLAGS)


def fade() -> None:
    """Checks what is asked, loads the model and writes the music."""
    from base_vae.faders.request import parse, requests_of

    command.require(FLAGS, "midi", "output_dir")
    if not FLAGS.set and not FLAGS.key:
        raise UserError("say what to change, like --set=density:+1, or --key=D (see --help)")
    requests = requests_of([each for text in FLAGS.set for each in parse(text)]) if FLAGS.set else []
    font = audio_flags.font(FLAGS)
    arguments.check_model(FLAGS.base)
    fade_commands.check(FLAGS, requests, FLAGS.base)
    arguments.check_music(FLAGS.midi, "midi", limit_flags.given(FLAGS))
    arguments.check_output(FLAGS.output_dir)
    start_tensorflow(FLAGS)
    from base_vae.loading import load

    fade_commands.write("midime_fade", load(FLAGS.base), FLAGS, requests, font)


def main() -> None:
    """The console command."""
    sys.exit(command.run(fade, FLAGS, USAGE))


if __name__ == "__main__":
    main()
