"""Checks the optional arguments of public functions against their annotations, before any work starts."""

import collections.abc
import functools
import inspect
import os
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from base_vae.errors import raise_all, shortened

_P = ParamSpec("_P")
_R = TypeVar("_R")

_LONGEST_SHOWN = 60  # characters of a value in an error
_NUMBERS = (int, float)  # have ranges, which `ranges.check_arguments` checks
_WORDS = {
    bool: "True or False",
    str: "text",
    os.PathLike: "a path",
    collections.abc.Callable: "a function",
    collections.abc.Mapping: "a dictionary",
    types.NoneType: "None",
}


def checked(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Decorates a public function: an optional argument of another type is refused in a sentence.

    What the annotation says is looked at as far as it can be: choices, texts, functions, arrays, instances.
    Numbers are left to `ranges.check_arguments`, and required arguments to the function.

    >>> @checked
    ... def save(path: str, *, card: str = "") -> None: ...
    >>> save("folder", card=5)
    Traceback (most recent call last):
    base_vae.errors.UserError: `card` must be text (received 5)
    """
    signature = inspect.signature(function)
    optional = {name for name, each in signature.parameters.items() if each.default is not each.empty}

    @functools.cache
    def kinds() -> dict[str, Any]:
        return {name: kind for name, kind in typing.get_type_hints(function).items() if name in optional}

    @functools.wraps(function)
    def check_and_call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        given = signature.bind_partial(*args, **kwargs).arguments
        wrong = {n: kind for n, kind in kinds().items() if n in given and not _allows(kind, given[n])}
        raise_all(
            [
                f"`{n}` must be {_in_words(kind)} (received {shortened(repr(given[n]), _LONGEST_SHOWN)})"
                for n, kind in wrong.items()
            ]
        )
        return function(*args, **kwargs)

    return check_and_call


def _allows(kind: Any, value: Any) -> bool:
    """Whether a value is of a kind, as far as the kind can be checked."""
    origin, choices = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return any(_allows(choice, value) for choice in choices)
    if origin is typing.Literal:
        return isinstance(value, str) and value in choices
    if origin in _NUMBERS:
        return True
    if origin is bool:
        return isinstance(value, (bool, _numpy("bool_")))
    if origin is _numpy("ndarray"):
        return _is_array(value)
    if origin in (collections.abc.Iterable, collections.abc.Sequence, tuple, list):
        if isinstance(value, (list, tuple, _numpy("ndarray"))):
            return all(_allows(kind, each) for kind in choices[:1] for each in value)
        return isinstance(value, collections.abc.Iterable) and not isinstance(value, str | bytes)
    return not isinstance(origin, type) or isinstance(value, origin)


def _numpy(name: str) -> Any:
    """A type of NumPy's. None of them before NumPy is imported, which a command's help does without."""
    return getattr(sys.modules.get("numpy"), name, ())


def _is_array(value: Any) -> bool:
    """Whether a value is an array of numbers, or a list that can be one."""
    import numpy as np

    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # rows of different lengths
        return False
    return array.ndim > 0 and array.dtype.kind in "biuf"


def _in_words(kind: Any) -> str:
    """The values of a kind, such as "a function or None"."""
    origin, choices = typing.get_origin(kind) or kind, typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(dict.fromkeys(map(_in_words, choices)))
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, choices))}"
    if origin in (collections.abc.Iterable, collections.abc.Sequence, tuple, list):
        return "a list"
    if origin is _numpy("ndarray"):
        return "an array of numbers"
    return _WORDS.get(origin, f"a {getattr(origin, '__name__', origin)}")
