"""Flags that several commands have, with the values that they allow."""

import math
from collections.abc import Collection

from absl import flags

from base_vae.ranges import ARGUMENTS, Range

COMPATIBLE = "Accepted for compatibility"
SAME_AS = "Same as "  # begins the help of a flag that is an old name of another one
FINITE = Range()
MOST_OUTPUTS, MOST_BARS = 10_000, 1_000
_LEVELS = ("debug", "info", "warn", "warning", "error", "fatal")


def define_number(
    values: flags.FlagValues, name: str, default: float | None, text: str, allowed: Range
) -> None:
    """A flag for a number in a range."""
    flags.DEFINE_float(name, default, text, flag_values=values)
    check_range(values, name, allowed)


def check_range(values: flags.FlagValues, name: str, allowed: Range) -> None:
    """Restricts a flag's number (each of its numbers, if there are several) to a range."""

    def is_allowed(given: float | list[float] | None) -> bool:
        each = given if isinstance(given, list) else [given]
        return all(number is None or allowed.allows(number) for number in each)

    flags.register_validator(name, is_allowed, f"must be {allowed.words('a number')}", flag_values=values)


def define_count(
    values: flags.FlagValues,
    name: str,
    default: int | None,
    text: str,
    low: int = 1,
    high: int = MOST_OUTPUTS,
) -> None:
    """A flag for a number of things that are made or held together, within reason."""
    flags.DEFINE_integer(name, default, text, lower_bound=low, upper_bound=high, flag_values=values)


def define_temperature(values: flags.FlagValues, default: float | None, text: str = "") -> None:
    """The flag `--temperature`."""
    text = text or "0 plays safe, 1 is adventurous."
    define_number(values, "temperature", default, text, ARGUMENTS["temperature"][0])


def define_seed(values: flags.FlagValues, default: int | None, text: str) -> None:
    """The flag `--seed`, within what every random generator takes."""
    allowed, _ = ARGUMENTS["seed"]
    define_count(values, "seed", default, text, int(allowed.low), int(allowed.high))


def define_deterministic(values: flags.FlagValues) -> None:
    """The flag `--deterministic`, of commands whose seed gives the same bytes; see `start_tensorflow`."""
    flags.DEFINE_bool(
        "deterministic",
        False,
        "The same bytes from the same seed on any number of threads, by computing on one: slower.",
        flag_values=values,
    )


def define_qpm(values: flags.FlagValues, default: float | None = 120.0, text: str = "") -> None:
    """The flag `--qpm`; `text` explains a default of None."""
    text = f"Tempo in quarter notes a minute.{text}"
    define_number(values, "qpm", default, text, ARGUMENTS["qpm"][0])


def define_config(values: flags.FlagValues) -> None:
    """The flag `--config` of commands that load a model."""
    flags.DEFINE_string(
        "config",
        None,
        "Preset or .toml file: configuration of a checkpoint of the original, or the one the model must "
        "have; `help` lists the presets.",
        flag_values=values,
    )


def compatible(
    values: flags.FlagValues,
    name: str,
    default: str | bool | None,
    allowed: Collection[str] | None = None,
    instead: str = "",
) -> None:
    """A flag of the original that changes no result, so that old scripts run.

    Args:
      values: gets the flag.
      name: its name there.
      default: its value there.
      allowed: values that have no effect here either; None for all. Others are refused.
      instead: where they are refused, what to do.
    """
    kept = f" with {' or '.join(repr(value) for value in allowed)}" if allowed else ""
    text = f"{COMPATIBLE}{kept}; has no effect."
    define = flags.DEFINE_bool if isinstance(default, bool) else flags.DEFINE_string
    define(name, default, text, flag_values=values)
    if allowed is not None:
        flags.register_validator(
            name, lambda given: given is None or given in allowed, instead, flag_values=values
        )


def define_log(values: flags.FlagValues) -> None:
    """The flag `--log` of the original's commands, a level of its log."""
    flags.DEFINE_string("log", "INFO", f"{COMPATIBLE}; --debug shows more.", flag_values=values)
    flags.register_validator(
        "log",
        lambda given: given is None or given.lower() in _LEVELS,
        f"must be one of {', '.join(_LEVELS).upper()}",
        flag_values=values,
    )


def define_batch_size(values: flags.FlagValues) -> None:
    """The flag `--max_batch_size` of the original's commands: a size of the memory in use, not of results."""
    text = f"{COMPATIBLE}; has no effect."
    flags.DEFINE_integer("max_batch_size", 8, text, lower_bound=1, flag_values=values)


def define_cluster(values: flags.FlagValues, instead: str) -> None:
    """The flags of the original's commands for several machines, with the values for one."""
    for name, alone in {
        "master": ("", "local"),
        "task": ("0",),
        "num_ps_tasks": ("0",),
        "num_sync_workers": ("0", "1"),
    }.items():
        compatible(values, name, alone[0], alone, instead)


def define_step(values: flags.FlagValues) -> None:
    """The flag `--step`, for an earlier checkpoint of a run."""
    text = "With --run_dir: the checkpoint of this step (run/train/ckpt-STEP). Default: the newest model."
    flags.DEFINE_integer("step", None, text, lower_bound=0, flag_values=values)


def of_step(run_dir: str, step: int | None) -> str:
    """The path to load of a run: the folder, or its checkpoint of a step."""
    return run_dir if step is None else f"{run_dir.rstrip('/')}/train/ckpt-{step}"


def numbers(text: str) -> list[float]:
    """The numbers in a text such as `1.0,-0.5`. Raises ValueError where one is not a finite number."""
    found = [float(number) for number in text.split(",")]
    if not all(map(math.isfinite, found)):
        raise ValueError(text)
    return found
