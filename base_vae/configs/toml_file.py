"""Configurations from TOML files, checked with all errors at once; see `examples/configs/`."""

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from base_vae.configs.config import Config
from base_vae.configs.presets import ALIASES, PRESETS, get_preset
from base_vae.converters import KINDS, Converter
from base_vae.errors import UserError, closest_first, raise_all, shortened
from base_vae.files import as_path
from base_vae.model.fit import check_fit
from base_vae.model.hparams import HParams
from base_vae.ranges import check_transpose
from base_vae.settings import kind_words, read_plain

_SUFFIX = ".toml"
_KEYS = ("base", "name", "description", "transpose", "hparams", "converter")
_NONE = "none"  # TOML has no null
_MOST_BYTES, _MOST_DOTS = 2**16, 200


def find_config(name_or_file: str) -> Config:
    """The preset of that name, or the configuration in that file.

    Raises:
      UserError: if there is no such preset or file, or it is wrong; with all errors at once.
    """
    if isinstance(name_or_file, str) and name_or_file.lower().endswith(_SUFFIX):
        return read_config(name_or_file)
    if not isinstance(name_or_file, str) or name_or_file not in {**PRESETS, **ALIASES}:
        names = ", ".join(closest_first(name_or_file, sorted({**PRESETS, **ALIASES})))
        received = shortened(repr(name_or_file))
        raise UserError(f"unknown config {received}; known are {_SUFFIX} files, and {names}")
    return get_preset(name_or_file)


def read_config(path: str | Path) -> Config:
    """The configuration in a TOML file.

    Raises:
      UserError: if it cannot be read, or for everything that is wrong in it, each with the key, what is
        allowed and what was received.
    """
    path = as_path(path)
    try:
        with open(path, "rb") as file:
            text = file.read(_MOST_BYTES + 1).decode()
        # A key of many parts takes memory that grows with their square.
        if len(text) > _MOST_BYTES or any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
            raise UserError(
                f"{path} is refused: no configuration has more than {_MOST_BYTES} bytes, or "
                f"{_MOST_DOTS} dots in a line"
            )
        values = tomllib.loads(text)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise UserError(f"{path}: not TOML (nested too deeply)") from error
    except UserError:
        raise
    except ValueError as error:  # of TOML, of UTF-8, or of a number of more digits than Python reads
        raise UserError(f"{path}: not TOML ({error})") from error
    try:
        return parse_config(values, path.stem)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def parse_config(values: Mapping[str, Any], name: str) -> Config:
    """The configuration that the plain data of a TOML file describe.

    Args:
      values: `base` (a preset that gives what is left out), `name`, `description`, `transpose` (two
        numbers, or false), the tables `hparams` and `converter`. `max_seq_len` follows the converter.
      name: the configuration's, where the data do not say one.

    Raises:
      UserError: listing everything that is wrong.
    """
    errors = _unknown(values, _KEYS, "")
    tables = {}
    for key in ("hparams", "converter"):
        tables[key] = values.get(key, {})
        if not isinstance(tables[key], dict):
            errors.append(f"`{key}` must be a table, [{key}] (received {tables[key]!r})")
            tables[key] = {}
    for key in ("base", "name", "description"):
        if not isinstance(values.get(key, ""), str):
            errors.append(f"`{key}` must be text (received {values[key]!r})")
    base = values.get("base")
    if isinstance(base, str) and base not in {**PRESETS, **ALIASES}:
        names = ", ".join(closest_first(base, sorted({**PRESETS, **ALIASES})))
        errors.append(f"`base` must be one of {names} (received {base!r})")
    preset = PRESETS.get(ALIASES.get(base, base)) if isinstance(base, str) else None
    transpose = _transpose(values.get("transpose", preset and preset.transpose), errors)
    converter = _converter(tables["converter"], preset, base is not None, errors)
    hparams = _hparams(tables["hparams"], preset, converter, errors)
    raise_all(errors)
    if hparams is None or converter is None:  # there is an error already
        raise UserError(f"{name} describes no model")
    description = values.get("description") or (f"like {preset.name}" if preset else "of a file")
    return Config(values.get("name") or name, description, hparams, converter, transpose)


def _unknown(values: Mapping[str, Any], known: Iterable[str], table: str) -> list[str]:
    """An error for each key that is not known."""
    return [
        f"unknown key `{table}{key}`; the keys are {', '.join(closest_first(key, sorted(known)))}"
        for key in values
        if key not in known
    ]


def _transpose(value: Any, errors: list[str]) -> tuple[int, int] | None:
    if value is None or value is False:
        return None
    try:
        check_transpose(value)
    except UserError as error:
        errors.append(str(error))
        return None
    return tuple(value)


def _converter(
    table: dict[str, Any], preset: Config | None, has_base: bool, errors: list[str]
) -> Converter | None:
    """The converter of a table; None where it cannot be made."""
    kind = table.get("kind")
    if has_base:
        if kind is not None:
            errors.append(f"`converter.kind` follows from `base`: leave one of them out (received {kind!r})")
        cls = type(preset.converter) if preset else None
    else:
        cls = KINDS.get(kind) if isinstance(kind, str) else None
        if cls is None:
            kinds = ", ".join(closest_first(kind, sorted(KINDS)))
            errors.append(
                f"`converter.kind` must be one of {kinds}, or `base` must name a preset (received {kind!r})"
            )
    if cls is None:
        return None
    changes = _fields(cls, {k: v for k, v in table.items() if k != "kind"}, "converter.", errors)
    if changes is None:
        return None
    try:
        return dataclasses.replace(preset.converter, **changes) if preset else cls(**changes)
    except UserError as error:
        errors.append(f"[converter]: {error}")
        return None


def _hparams(
    table: dict[str, Any], preset: Config | None, converter: Converter | None, errors: list[str]
) -> HParams | None:
    """The hyperparameters of a table; None where they cannot be made."""
    changes = _fields(HParams, table, "hparams.", errors)
    if changes is None:
        return None
    if converter is not None:
        steps = changes.setdefault("max_seq_len", converter.steps)
        if steps != converter.steps:
            errors.append(
                f"`hparams.max_seq_len` must be the {converter.steps} steps of an example, which it is when "
                f"left out (received {steps})"
            )
            return None
    try:
        hparams = dataclasses.replace(preset.hparams, **changes) if preset else HParams(**changes)
        if converter is not None:
            check_fit(hparams, converter.spaces)
        return hparams
    except UserError as error:
        if converter is not None:  # else the length is not known, and errors may be due to that alone
            errors.append(f"[hparams]: {error}")
        return None


def _fields(cls: type, table: dict[str, Any], name: str, errors: list[str]) -> dict[str, Any] | None:
    """The values of a table as a dataclass takes them; None where one of them is wrong."""
    kinds = {field.name: field.type for field in dataclasses.fields(cls)}
    before = len(errors)
    errors += _unknown(table, kinds, name)
    result = {}
    for key, value in table.items():
        if key not in kinds:
            continue
        read = read_plain(value, kinds[key], none=_NONE)
        if read is None:
            errors.append(f"`{name}{key}` must be {kind_words(kinds[key], none=_NONE)} (received {value!r})")
        else:
            result[key] = read.value
    return result if len(errors) == before else None
