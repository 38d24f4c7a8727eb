"""Makes docs/gallery/: every picture of `latent_plot`, and what models write, as piano rolls.

All of it comes from the tunes in examples/ and a beat made up here.

python docs/make_gallery.py [--output_dir=docs/gallery]

The pictures and their README come from the same table, so that neither is without the other.
"""

import contextlib
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import note_seq
from absl import flags
from midime_scripts import latent_plot
from midime_scripts.common import command
from midime_scripts.common.tensorflow_start import start_tensorflow

from base_vae.errors import UserError
from base_vae.files import atomic_outputs
from base_vae.music.note_sequence import NoteSequence

_ROOT = Path(__file__).resolve().parent.parent
_SONGS = "examples/reels,examples/hymns"
_QPM = 100.0
_KICK, _SNARE, _HAT = 36, 38, 42
# What stands for a file or folder that is made on the way, in the commands as the README shows them.
_MADE = ("my_reels", "my_run", "beat.mid", "trio.mid")

# Name, arguments of latent_plot, caption.
PICTURES = (
    (
        "melodies",
        f"rolls --examples_path={_SONGS} --num_outputs=4",
        "Piano rolls of melodies, two bars each.",
    ),
    (
        "drums",
        "rolls --config=cat-drums_2bar_small --examples_path=beat.mid",
        "Drums on the grid of sixteenths, a lane each.",
    ),
    (
        "groove",
        "rolls --config=groovae_2bar_humanize --examples_path=beat.mid",
        "The same beat as played: hits at their own times, as high as they are loud.",
    ),
    (
        "trio",
        "rolls --config=flat-trio_16bar --examples_path=trio.mid",
        "Melody, bass and drums, a colour and a grey of its own for each voice.",
    ),
    ("samples", "rolls --model=my_reels --num_outputs=4", "New music from a personal model of the reels."),
    ("map", f"map --examples_path={_SONGS}", "Hymns and reels among samples of the base, by file."),
    (
        "map_density",
        f"map --examples_path={_SONGS} --colour_by=density --projection=tsne",
        "The same by how many notes a bar has, as t-SNE.",
    ),
    (
        "personal_map",
        "personal_map --model=my_reels --examples_path=examples/reels",
        "The reels in the four numbers of their personal model, samples on top.",
    ),
    ("knob_sweep", "knob_sweep --model=my_reels", "What each of the four knobs does."),
    ("knob_grid", "knob_grid --model=my_reels --knobs=1,2", "What two of them do together."),
    (
        "interpolation",
        f"interpolation --examples_path={_SONGS}",
        "From one reel to another, through the latent space and as a mix of their steps.",
    ),
    ("distances", f"distances --examples_path={_SONGS}", "The distance to both ends, over many pairs."),
    (
        "reconstruction",
        f"reconstruction --examples_path={_SONGS} --num_outputs=6",
        "Originals above what the base gives back of them, errors hatched and shaded.",
    ),
    ("attributes", "attributes", "What the attribute vectors of the base change, and along each of them."),
    ("posterior", f"posterior --examples_path={_SONGS}", "What the base uses its latent dimensions for."),
    ("curves", "curves --run_dir=my_run", "Training curves, here of a run of a few seconds."),
)

# Name, caption, and the Python that makes the music of the picture: a list of NoteSequences.
MUSIC = (
    *(
        (
            f"tunes_{style}",
            f"Ten tunes of 32 bars like the {style}: sections come back, and the last bar ends.",
            f'mine = small_vae.personalize(base_vae.load("mel_2bar"), "examples/{style}")\n'
            "music = mine.tunes.compose(10, num_bars=32, seed=1).sequences",
        )
        for style in ("reels", "hymns")
    ),
    (
        "tune",
        "A tune of 32 bars like the reels, in the form AABA.",
        'mine = small_vae.personalize(base_vae.load("mel_2bar"), "examples/reels")\n'
        'music = mine.tunes.compose(1, num_bars=32, form="AABA", key="G", seed=1).sequences',
    ),
    (
        "denser",
        "Ode to Joy, and the nearest tune that is denser by half a standard deviation.",
        'hymn = base_vae.read_music("examples/hymns/ode_to_joy.abc").sequences[0]\n'
        'music = [hymn, *base_vae.fade(base_vae.load("mel_2bar"), [hymn], "density:+0.5")]',
    ),
    (
        "faded",
        "Ten places in the hymns, and beside each the nearest music that is denser by a standard deviation.",
        'base = base_vae.load("mel_2bar")\n'
        'places = base.collect("examples/hymns").examples[::7][:10]\n'
        "tunes = [base.config.converter.decode(place) for place in places]\n"
        'denser = base_vae.fade(base, tunes, "density:+1")\n'
        "music = [piece for pair in zip(tunes, denser) for piece in pair]",
    ),
    (
        "humanized",
        "A beat as it is written, and as a drummer plays it.",
        'beat = base_vae.read_music("examples/beats/straight_eighths.abc").sequences[0]\n'
        "music = [beat, grooves.humanize(beat)]",
    ),
)

FLAGS = command.flag_values()
flags.DEFINE_string("output_dir", str(_ROOT / "docs" / "gallery"), "Folder for it.", flag_values=FLAGS)


def make() -> None:
    """Writes all pictures and the README."""
    start_tensorflow(FLAGS)
    with atomic_outputs(FLAGS.output_dir) as folder, tempfile.TemporaryDirectory() as temporary:
        made = _material(Path(temporary))
        entries = []
        for name, arguments, caption in PICTURES:
            shown = Path(temporary) / f"pictures of {name}"
            arguments_here = shlex.split(_here(arguments, made))
            code = command.run(
                latent_plot.plot,
                _fresh(latent_plot.FLAGS),
                latent_plot.USAGE,
                ["latent_plot", *arguments_here, "--format=png", f"--output_dir={shown}"],
                first_word="mode",
            )
            if code:
                raise UserError(f"the picture {name} could not be made; see above")
            pictures = sorted(shown.iterdir(), reverse=True)  # the table of attributes before their curves
            for picture in pictures:
                file = picture.name if len(pictures) > 1 else f"{name}.png"
                picture.rename(folder / file)
                entries.append(f"![{caption}]({file})")
            entries.append(f"{caption}\n\n`latent_plot {arguments}`")
        for name, caption, code in MUSIC:
            _draw(code, folder / f"{name}.png")
            entries.append(f"![{caption}]({name}.png)")
            entries.append(f"{caption}\n\n```python\n{code}\n```")
        (folder / "README.md").write_text(_readme(entries), encoding="utf-8")
    print(f"the gallery is in {FLAGS.output_dir}")


def _readme(entries: list[str]) -> str:
    head = (
        "# Gallery\n\nEvery picture of `latent_plot`, and at the end what models write, made by "
        "`make gallery` from the tunes in `examples/`\nand a beat made up for it. In the commands, "
        "`my_reels` is a personal model of the reels, and `my_run` a short training\nrun."
    )
    return "\n\n".join([head, *entries]) + "\n"


def _draw(code: str, path: Path) -> None:
    """Draws the music that some Python makes, in the folder that has the examples."""
    import base_vae
    import small_vae
    from base_vae import grooves
    from base_vae.plots import piano_rolls

    made: dict[str, Any] = {"base_vae": base_vae, "small_vae": small_vae, "grooves": grooves}
    with contextlib.chdir(_ROOT):
        exec(code, made)  # what is shown is what was run
    piano_rolls(made["music"], path)


def _here(arguments: str, made: Path) -> str:
    """The arguments with the paths of this machine."""
    for name in _MADE:
        arguments = arguments.replace(f"={name}", f"={made / name}")
    return arguments.replace("examples/", f"{_ROOT / 'examples'}/")


def _fresh(values: flags.FlagValues) -> flags.FlagValues:
    """Flags as if the command had not been run before."""
    values.unparse_flags()
    for name in set(values):
        values[name].unparse()
    return values


def _material(folder: Path) -> Path:
    """Makes what the pictures need; returns the folder it is in."""
    import base_vae
    import small_vae

    base = base_vae.load("mel_2bar")
    small_vae.personalize(base, _ROOT / "examples" / "reels").save(str(folder / "my_reels"))
    _train(folder / "my_run")
    beat = NoteSequence()
    beat.tempos.add(qpm=_QPM)
    _add_beat(beat, bars=4)
    note_seq.note_sequence_to_midi_file(beat, str(folder / "beat.mid"))
    note_seq.note_sequence_to_midi_file(_trio(), str(folder / "trio.mid"))
    return folder


def _train(run_dir: Path) -> None:
    """A small model, for a few seconds."""
    import dataclasses

    from base_vae.configs.presets import get_preset
    from base_vae.data.collection import collect
    from base_vae.settings import override
    from base_vae.training.train import RunSettings, train

    config = get_preset("cat-mel_2bar_small")
    changes = (
        "enc_rnn_size=[48],dec_rnn_size=[48,48],z_size=16,batch_size=32,learning_rate=0.003,beta_rate=0.99"
    )
    config = dataclasses.replace(config, hparams=override(config.hparams, changes))
    songs = [_ROOT / "examples" / style for style in ("reels", "hymns")]
    examples = collect(songs, config.converter, num_workers=1).examples
    train(config, examples, run_dir, RunSettings(num_steps=240, checkpoint_steps=10))


def _add_beat(music: NoteSequence, bars: int) -> None:
    """A shuffle: late backbeats, a pushed kick, hi-hats of changing loudness that swing."""
    for bar in range(bars):
        hits = [
            (0.0, _KICK, 112),
            (1.0, _SNARE, 104),
            (1.5, _KICK, 74),
            (2.46, _KICK, 96),
            (3.03, _SNARE, 116),
        ]
        hits += [(1.03, _SNARE, 40), (3.78, _SNARE, 34)] if bar % 2 else []
        for eighth in range(8):
            late = 0.07 if eighth % 2 else 0.0
            hits.append((eighth / 2 + late, _HAT, 52 if eighth % 2 else 92))
        for quarter, pitch, velocity in hits:
            _add(music, pitch, 4 * bar + quarter, 0.2, velocity, instrument=9, is_drum=True)


def _trio() -> NoteSequence:
    """Ode to Joy with a bass note on every other beat and the same beat, 16 bars."""
    from base_vae.readers.read import read_file

    (melody,) = read_file(_ROOT / "examples" / "hymns" / "ode_to_joy.abc").sequences
    music = NoteSequence()
    music.tempos.add(qpm=_QPM)
    to_quarters = (melody.tempos[0].qpm if melody.tempos else 120.0) / 60.0
    for note in melody.notes:
        start, end = (round(time * to_quarters, 3) for time in (note.start_time, note.end_time))
        _add(music, note.pitch, start, end - start, 90)
        if start % 2 == 0:
            _add(music, 38 + (note.pitch - 62) % 12, start, 1.0, 90, instrument=1, program=33)
    _add_beat(music, bars=16)
    return music


def _add(music: NoteSequence, pitch: int, start: float, length: float, velocity: int, **others: int) -> None:
    """A note, its times in quarters."""
    second = 60.0 / _QPM
    music.notes.add(
        pitch=pitch,
        start_time=start * second,
        end_time=(start + length) * second,
        velocity=velocity,
        **others,
    )
    music.total_time = max(music.total_time, (start + length) * second)


if __name__ == "__main__":
    sys.exit(command.run(make, FLAGS, __doc__))
