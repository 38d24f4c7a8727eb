"""Common to all commands: flags, help, errors for people."""

import glob
import os
import sys
import traceback
from collections.abc import Callable, Mapping

from absl import flags
from midime_scripts.common import common_flags, limit_flags
from midime_scripts.common.terminal import ReaderGone, discard_output, plain_output, shortened

import midime
from base_vae.checkpoints.finding import bundled_models
from base_vae.errors import UserError, closest_first
from base_vae.plugins import load_plugins

_NOBODY_READS = 128 + 13  # a shell's exit code for a program that SIGPIPE ended
_STOPPED = 128 + 2  # and SIGINT


def flag_values() -> flags.FlagValues:
    """A command's own set of flags, with the ones that all commands have."""
    values = flags.FlagValues()
    flags.DEFINE_bool("help", False, "Show this help.", short_name="h", flag_values=values)
    flags.DEFINE_bool("version", False, "Show the version.", flag_values=values)
    flags.DEFINE_bool(
        "debug",
        False,
        "Show a traceback where an error happens, and TensorFlow's messages.",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "plugin",
        [],
        "A Python module or file that registers something of your own (docs/extending.md).",
        flag_values=values,
    )
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
    wrong, with a pointer to `--debug`. Where nobody reads the output any more the command ends quietly.

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
    try:
        with plain_output():
            code = _run(main, values, usage, argv)
            sys.stdout.flush()
            return code
    except ReaderGone:
        discard_output()
        return _NOBODY_READS
    except UserError as error:  # standard output is a file on a full disk
        print(f"error: {error}", file=sys.stderr)
        discard_output()
        return 1


def _run(main: Callable[[], None], values: flags.FlagValues, usage: str, argv: list[str]) -> int:
    try:
        left = values(argv)
        if values.help:
            print(_help(values, usage))
            return 0
        if values.version:
            print(f"midime {midime.__version__}")
            return 0
        if len(left) > 1:
            raise UserError(
                f"unexpected argument {left[1]!r}: every setting is written --name=value (see --help)"
            )
        load_plugins(values.plugin)
        main()
        return 0
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return _STOPPED
    except Exception as error:
        if values.is_parsed() and values.debug:
            traceback.print_exc()
        print(f"error: {shortened(_message(error))}", file=sys.stderr)
        return 1


def _message(error: Exception) -> str:
    """The message of an error for people; where the program is at fault, how to see where."""
    if isinstance(error, flags.Error):
        return "; ".join(str(error).split("\n")) + " (see --help)"
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror} (--debug shows where)"
    return f"{type(error).__name__}: {error} (--debug shows where)"


def paths(text: str | None) -> list[str]:
    """The files and folders in a flag: one name, or several separated by commas, `*` and `?` expanded."""
    if not text or os.path.exists(os.path.expanduser(text)):
        return [text] if text else []
    found = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        found += sorted(glob.glob(os.path.expanduser(piece))) or [piece]
    return found


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


def print_configs(presets: Mapping, aliases: Mapping[str, str] | None = None) -> None:
    """A line for each preset and each other name of one, for `--config=help`."""
    for preset in presets.values():
        print(f"{preset.name}: {preset.description}")
    for alias, name in (aliases or {}).items():
        print(f"{alias}: another name for {name}")


def print_bundled(flag: str) -> None:
    """A line for each bundled model, as its flag is written, for `--config=help`."""
    for name, description in bundled_models().items():
        print(f"--{flag}={name}: {description}")


def _help(values: flags.FlagValues, usage: str) -> str:
    """The usage, a command's own flags as they were defined, limits, and in a line what old scripts use."""
    own, limits, old = [], [], []
    shared = ("help", "version", "debug", "plugin")
    for name in (*(name for name in values if name not in shared), *reversed(shared)):
        flag = values[name]
        if flag.name != name:
            continue  # a short name
        text = flag.help.split(";\n")[0]  # after it absl says of lists that a flag may come again
        if text.startswith(common_flags.COMPATIBLE):
            old.append(f"--{name}")
            continue
        if text.startswith(common_flags.SAME_AS):
            old.append(f"--{name} ({text.removeprefix(common_flags.SAME_AS)})")
            continue
        is_nothing = flag.default is None or flag.default is False or flag.default in ("", [])  # 0 is a value
        default = "" if is_nothing else f"={flag.default_as_str}"
        group = limits if text.startswith(limit_flags.MARK) else own
        group += [
            f"  --{name}{default}".replace("'", ""),
            f"      {text.removeprefix(limit_flags.MARK).strip()}",
        ]
    parts = [usage.strip(), "\n".join(["flags:", *own])]
    if limits:
        parts.append("\n".join(["limits:", *limits]))
    if old:
        parts.append(f"accepted so that old scripts run: {', '.join(old)}")
    return "\n\n".join(parts)
