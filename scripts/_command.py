"""What every command does alike: flags, help, errors for people, and files that appear whole."""

import datetime
import glob
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from absl import flags

from base_vae.errors import UserError, closest_first


def flag_values() -> flags.FlagValues:
    """A command's own set of flags, with the ones that all commands have."""
    values = flags.FlagValues()
    flags.DEFINE_bool("help", False, "Show this help.", short_name="h", flag_values=values)
    flags.DEFINE_bool("debug", False, "Show a traceback where an error happens.", flag_values=values)
    return values


def run(
    main: Callable[[], None],
    values: flags.FlagValues,
    usage: str,
    argv: list[str] | None = None,
    first_word: str | None = None,
) -> int:
    """Parses the flags and runs `main`; returns the exit code.

    A UserError, or a wrong flag, is one line on standard error and exit code 1; so is whatever else goes
    wrong, with a pointer to `--debug`.

    Args:
      main: the command.
      values: its flags, filled in here.
      usage: what it does and examples, for `--help`.
      argv: the command line; None takes the process' own.
      first_word: a flag whose value may also stand first, without the flag's name.
    """
    argv = sys.argv if argv is None else argv
    if first_word and len(argv) > 1 and not argv[1].startswith("-"):
        argv = [argv[0], f"--{first_word}={argv[1]}", *argv[2:]]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that this terminal cannot show is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        left = values(argv)
        if values.help:
            print(_help(values, usage))
            return 0
        if len(left) > 1:
            raise UserError(
                f"unexpected argument {left[1]!r}: every setting is written --name=value (see --help)"
            )
        main()
        return 0
    except flags.Error as error:
        print(f"error: {error} (see --help)", file=sys.stderr)
    except UserError as error:
        if values.is_parsed() and values.debug:
            traceback.print_exc()
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if values.debug:
            traceback.print_exc()
        print(f"error: {type(error).__name__}: {error} (--debug shows where)", file=sys.stderr)
    return 1


def start_tensorflow(values: flags.FlagValues, devices: bool = True) -> None:
    """Imports TensorFlow without its greetings, which Python does not see; `--debug` keeps them.

    Args:
      values: the command's flags.
      devices: look for devices as well; not where machines are to find each other before that.
    """
    if "tensorflow" in sys.modules:
        return
    if values.debug:
        _begin(devices)
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as greetings:
        os.dup2(greetings.fileno(), 2)
        try:
            _begin(devices)
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _begin(devices: bool) -> None:
    import tensorflow as tf

    if devices:
        tf.config.list_logical_devices()  # the first look for a GPU complains where there is none,
        # and the first transposition of whole numbers where there is no AVX-512.
        tf.function(lambda ids: tf.transpose(ids), autograph=False)(tf.zeros([2, 3], tf.int32))


def paths(text: str | None) -> list[str]:
    """The files and folders in a flag: one name, or several separated by commas, `*` and `?` expanded."""
    if not text or os.path.exists(os.path.expanduser(text)):
        return [text] if text else []
    found = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        found += sorted(glob.glob(os.path.expanduser(piece))) or [piece]
    return found


def make_folder(folder: str | os.PathLike) -> Path:
    """Makes a folder if need be. Raises UserError if that, or writing there, is not allowed."""
    folder = Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from error
    return folder


def require(values: flags.FlagValues, *names: str) -> None:
    """Raises UserError naming every flag in `names` that was not given."""
    missing = [f"--{name}" for name in names if not values[name].value]
    if missing:
        raise UserError(f"{', '.join(missing)} must be given (see --help)")


def one_of(values: flags.FlagValues, name: str, allowed: tuple[str, ...]) -> str:
    """The value of a flag, which must be among `allowed`."""
    value = values[name].value
    if value not in allowed:
        names = ", ".join(closest_first(value, allowed))
        raise UserError(f"--{name} must be one of {names} (received {value!r})")
    return value


def define_seed(values: flags.FlagValues, default: int | None, text: str) -> None:
    """The flag `--seed`, within what every random generator takes."""
    flags.DEFINE_integer("seed", default, text, lower_bound=0, upper_bound=2**31 - 1, flag_values=values)


def define_qpm(values: flags.FlagValues, default: float | None = 120.0, text: str = "") -> None:
    """The flag `--qpm`; `text` says what no tempo means, where that is the default."""
    text = f"Tempo in quarter notes a minute.{text}"
    flags.DEFINE_float("qpm", default, text, lower_bound=1.0, flag_values=values)


def define_config(values: flags.FlagValues) -> None:
    """The flag `--config` of commands that load a model."""
    flags.DEFINE_string(
        "config",
        None,
        "Preset or .toml file that says what a checkpoint of the original is, or that the model must be; "
        "`help` lists the presets.",
        flag_values=values,
    )


def ignored(values: flags.FlagValues, names: dict[str, object]) -> None:
    """Defines flags of the original that do nothing here, with their defaults: old scripts still run."""
    for name, default in names.items():
        text = "Of the original; accepted, without effect."
        define = flags.DEFINE_bool if isinstance(default, bool) else flags.DEFINE_string
        define(name, default, text, flag_values=values)


@contextmanager
def outputs(folder: str | os.PathLike) -> Iterator[Path]:
    """A temporary folder whose files move to `folder` when the block ends without an error.

    Where it ends with one, folders that were made for it go away again.

    Raises:
      UserError: at once, if `folder` cannot be written to.
    """
    folder = Path(folder).expanduser()
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    folder = make_folder(folder)
    temporary = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        yield temporary
        for file in sorted(temporary.iterdir()):
            file.rename(folder / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):  # what is not empty stays, and so do the folders above it
            for each in new:
                each.rmdir()


def print_configs(presets: Mapping, aliases: Mapping[str, str] | None = None) -> None:
    """A line for each preset and each other name of one, for `--config=help`."""
    for preset in presets.values():
        print(f"{preset.name}: {preset.description}")
    for alias, name in (aliases or {}).items():
        print(f"{alias}: another name of {name}")


def stamped(stem: str) -> str:
    """`stem` with the time in it, so that nothing older is overwritten."""
    return f"{stem}_{datetime.datetime.now():%Y-%m-%d_%H%M%S_%f}"[:-3]


def write_music(
    sequences: Sequence, folder: Path, stem: str, plot: bool, font: Path | None = None
) -> list[str]:
    """Writes NoteSequences to `folder` as numbered MIDI files; see `write_files`. Returns the names."""
    music = dict(zip(numbered(stem, len(sequences)), sequences, strict=True))
    return write_files(music, folder, stem, plot, font)


def write_files(
    music: Mapping[str, Any], folder: Path, stem: str, plot: bool, font: Path | None = None
) -> list[str]:
    """Writes NoteSequences to `folder` as MIDI files of these names; returns the names of all files.

    Args:
      music: NoteSequences by name.
      folder: gets the files.
      stem: of the name of the picture.
      plot: also write piano rolls of them.
      font: a sound font: also write each as sound, beside its MIDI file; see `_audio.font`.
    """
    import note_seq

    names = list(music)
    for name, sequence in music.items():
        note_seq.note_sequence_to_midi_file(sequence, str(folder / name))
    if font:
        from base_vae.audio import write_wav

        for name, sequence in music.items():
            names.append(str(Path(name).with_suffix(".wav")))
            write_wav(sequence, folder / names[-1], font)
    if plot:
        from base_vae.plots import piano_rolls

        names.append(f"{stem}.png")
        piano_rolls(list(music.values()), folder / names[-1], list(music))
    return names


def numbered(stem: str, n: int) -> list[str]:
    """Names of `n` MIDI files."""
    return [f"{stem}_{i:03d}-of-{n:03d}.mid" for i in range(1, n + 1)]


def _help(values: flags.FlagValues, usage: str) -> str:
    lines = [usage.strip(), "", "flags:"]
    for name in sorted(set(values)):
        flag = values[name]
        if flag.name != name:
            continue  # a short name
        default = "" if flag.default is None or flag.default is False else f"={flag.default_as_str}"
        lines.append(f"  --{name}{default}".replace("'", ""))
        lines.append(f"      {flag.help}")
    return "\n".join(lines)
