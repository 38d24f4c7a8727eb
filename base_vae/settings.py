"""Typed settings from text: `name=value` overrides and the plain data of JSON files."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from base_vae.errors import UserError, closest_first, raise_all

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
            errors.append(f"`{name}` must be {_kind_name(kinds[name])} (received {text!r})")
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
    if name not in presets:
        names = ", ".join(closest_first(name, sorted(presets)))
        raise UserError(f"unknown config {name!r}; known configs are {names}")
    return presets[name]


def from_dict(cls: type, values: dict[str, Any]) -> Any:
    """A dataclass from the plain data of a JSON file; lists become tuples.

    Raises:
      UserError: naming the unknown names.
    """
    known = {field.name for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise UserError(
            f"unknown {cls.__name__} settings: {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
