"""Typed settings from text: `name=value` overrides, and the plain data of JSON and TOML files."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, NamedTuple

from base_vae.errors import UserError, closest_first, raise_all, shortened
from base_vae.ranges import SHOWN, wrong_value

_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def parse_value(text: str, kind: Any) -> Any:
    """`text` as a value of the type `kind` (bool, int, float, str, a Literal, or a tuple of ints).

    A tuple is written `512,512` or `[512,512]`.

    Raises:
      ValueError: if it cannot be read as that type.
    """
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.lower()]
    if kind in (int, float):
        return kind(text)
    if typing.get_origin(kind) is tuple:
        return tuple(int(part) for part in text.strip("[]()").split(",") if part.strip())
    return text


def override(hparams: Any, overrides: str) -> Any:
    """A copy of a dataclass of hyperparameters with `name=value,name=value` applied.

    Raises:
      UserError: listing every unknown name and every value that cannot be read or is out of range.
    """
    kinds = {field.name: field.type for field in dataclasses.fields(hparams)}
    changes, errors = {}, []
    for name, text in _split_overrides(overrides):
        if name not in kinds:
            errors.append(f"unknown hyperparameter `{name}`; the names are {', '.join(sorted(kinds))}")
            continue
        try:
            changes[name] = parse_value(text, kinds[name])
        except ValueError:
            errors.append(f"`{name}` must be {_kind_name(kinds[name])} (received {shortened(text)!r})")
    raise_all(errors)
    return dataclasses.replace(hparams, **changes)


def _split_overrides(text: str) -> list[tuple[str, str]]:
    """`a=1,b=[2,3],c=4,5` as pairs: a piece without `=` belongs to the value before it."""
    pairs: list[tuple[str, str]] = []
    for piece in filter(None, (p.strip() for p in text.split(","))):
        name, equals, value = piece.partition("=")
        if equals:
            pairs.append((name.strip(), value.strip()))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{piece}")
        else:
            raise UserError(f"--hparams must look like name=value,name=value (received {text!r})")
    return pairs


def _kind_name(kind: Any) -> str:
    if typing.get_origin(kind) is tuple:
        return "whole numbers like 512,512"
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, str(kind))


def pick(presets: Mapping[str, Any], name: str) -> Any:
    """The preset called `name`. Raises UserError for an unknown name, listing the known ones."""
    if not isinstance(name, str) or name not in presets:
        names = ", ".join(closest_first(name, sorted(presets)))
        raise UserError(f"unknown config {shortened(repr(name))}; known configs are {names}")
    return presets[name]


def from_dict(cls: type, values: Any) -> Any:
    """A dataclass from the plain data of a JSON file; lists become tuples.

    Raises:
      UserError: naming what is unknown, missing or of another type.
    """
    if not isinstance(values, Mapping):
        raise UserError(
            f"{cls.__name__} settings must be an object (received {shortened(repr(values), SHOWN)})"
        )
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        known = ", ".join(sorted(fields))
        raise UserError(f"unknown {cls.__name__} settings: {', '.join(unknown)}; known are {known}")
    result, errors = {}, []
    for name, field in fields.items():
        if name not in values:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                errors.append(f"`{name}` of {cls.__name__} is missing")
            continue
        read = read_plain(values[name], field.type)
        if read is None:
            errors.append(wrong_value(name, kind_words(field.type), values[name]))
        else:
            result[name] = read.value
    raise_all(errors)
    return cls(**result)


class Plain(NamedTuple):
    """A value as its field takes it."""

    value: Any


def read_plain(value: Any, kind: Any, *, none: Any = None) -> Plain | None:
    """A value of JSON or TOML as one of the type `kind`; None where it is of another type.

    Args:
      value: a list, number, text or boolean; or an instance of `kind`.
      kind: the type of a dataclass' field.
      none: the value that stands for None.
    """
    origin, choices = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if types.NoneType in choices and value == none:
            return Plain(None)
        found = (read_plain(value, choice, none=none) for choice in choices if choice is not types.NoneType)
        return next((read for read in found if read is not None), None)
    if origin is typing.Literal:
        return Plain(value) if isinstance(value, str | int) and value in choices else None
    if origin is tuple:
        if not isinstance(value, list | tuple):
            return None
        items = [read_plain(item, choices[0], none=none) for item in value]
        return Plain(tuple(item.value for item in items if item)) if None not in items else None
    if kind is float and type(value) is int:
        return Plain(float(value))
    if kind in (bool, int, float, str):
        return Plain(value) if type(value) is kind else None
    return Plain(value) if isinstance(value, kind) else None


def kind_words(kind: Any, *, none: str = "null") -> str:
    """The values of a type, in words; `none` is how None is written."""
    origin, choices = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        words = none if none == "null" else f'"{none}"'
        return " or ".join(words if c is types.NoneType else kind_words(c, none=none) for c in choices)
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, choices))}"
    if origin is tuple:
        return f"a list of {_PLURALS.get(choices[0], 'lists of whole numbers')}"
    return _NAMES.get(kind, f"a {getattr(kind, '__name__', kind)}")


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_PLURALS = {int: "whole numbers", float: "numbers", str: "texts"}
