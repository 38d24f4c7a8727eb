"""What every command does alike: flags, help, errors for people, and files that appear whole."""

import glob
import os
import sys
import traceback
from collections.abc import Callable, Mapping

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


def print_configs(presets: Mapping, aliases: Mapping[str, str] | None = None) -> None:
    """A line for each preset and each other name of one, for `--config=help`."""
    for preset in presets.values():
        print(f"{preset.name}: {preset.description}")
    for alias, name in (aliases or {}).items():
        print(f"{alias}: another name of {name}")


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
