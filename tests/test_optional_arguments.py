"""Optional arguments of public functions are checked against their annotations, before any work starts."""

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import numpy as np
import pytest

import midime
from base_vae.arguments import checked
from base_vae.array_model import ArrayModel
from base_vae.errors import UserError
from base_vae.readers.limits import Limits
from base_vae.tunes.tune_model import TuneModel
from latent_constraints.constraint import parse_all

NUMBERS = {"int", "float", "int | None", "float | None"}  # which `check_arguments` checks
OWN_CHECKS = {("load", "config"), ("personalize", "config")}  # a name among many: the error lists them

MODELS = [ArrayModel, midime.TrainedModel, midime.PersonalModel, TuneModel]
MODELS += [midime.LatentConstraints, midime.StyleTransfer]


@checked
def function(
    path: str | os.PathLike,
    *,
    card: str = "",
    same_z: bool = False,
    n: int = 1,
    progress: Callable[[int], None] | None = None,
    source: Literal["mixture", "prior"] = "mixture",
    controls: np.ndarray | None = None,
    values: Mapping[str, float] | None = None,
    limits: Limits | None = None,
    names: Iterable[str] = (),
) -> int:
    """Returns `n`."""
    return n


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"card": 5}, "`card` must be text (received 5)"),
        ({"same_z": "no"}, "`same_z` must be True or False (received 'no')"),
        ({"progress": 5}, "`progress` must be a function or None (received 5)"),
        ({"source": "x"}, "`source` must be one of mixture, prior (received 'x')"),
        ({"source": np.zeros(3)}, "`source` must be one of mixture, prior (received array([0., 0., 0.]))"),
        ({"controls": 5}, "`controls` must be an array of numbers or None (received 5)"),
        ({"controls": [[1], [1, 2]]}, "`controls` must be an array of numbers or None"),
        ({"controls": np.array(["a"])}, "`controls` must be an array of numbers or None"),
        ({"values": [1]}, "`values` must be a dictionary or None (received [1])"),
        ({"limits": 5}, "`limits` must be a Limits or None (received 5)"),
        ({"names": "abc"}, "`names` must be a list (received 'abc')"),
        ({"names": ["a", 5]}, "`names` must be a list (received ['a', 5])"),
        ({"card": 5, "limits": "x" * 1000}, "`card` must be text (received 5); `limits` must be"),
    ],
)
def test_other_types_are_refused_in_a_sentence(given: dict, message: str) -> None:
    with pytest.raises(UserError) as error:
        function("x", **given)
    assert message in str(error.value)
    assert len(str(error.value)) < 200


def test_what_the_annotations_allow_is_taken() -> None:
    given = {"card": "x", "same_z": np.True_, "progress": print, "source": "prior", "controls": [[1, 2]]}
    assert function("x", **given, values={}, limits=Limits(), names=iter("ab"), n=3) == 3
    assert function("x", progress=None, controls=np.zeros((1, 2)), names=("a",)) == 1


def test_python_says_what_is_missing_as_ever() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'path'"):
        function()
    with pytest.raises(TypeError, match="unexpected keyword argument 'cart'"):
        function("x", cart=5)


def test_every_public_function_checks_its_optional_arguments() -> None:
    functions = [getattr(midime, name) for name in midime.__all__]
    for kind in MODELS:
        functions += [each for name, each in vars(kind).items() if not name.startswith("_")]
    for each in filter(inspect.isfunction, functions):
        optional = [
            name
            for name, parameter in inspect.signature(each).parameters.items()
            if parameter.default is not parameter.empty
            and inspect.formatannotation(parameter.annotation) not in NUMBERS
            and (each.__name__, name) not in OWN_CHECKS
        ]
        assert not optional or hasattr(each, "__wrapped__"), (each.__qualname__, optional)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: midime.HParams(head=[]), "`head` must be text"),
        (lambda: midime.HParams(encoder=np.zeros(3)), "`encoder` must be one of bidirectional, lstm"),
        (lambda: midime.HParams(reencode="no"), "`reencode` must be True or False"),
        (lambda: midime.Config("x", "", 5, 6), "config x: `hparams` must be a HParams"),
        (lambda: midime.register_constraint([], print, example=""), "the name of a constraint must be text"),
        (lambda: parse_all(5), "constraints must be a list"),
        (lambda: parse_all([5]), "5 is no constraint, like 'density:high'"),
        (lambda: midime.constrain(None, "x", {}), "critics must be a list of critics"),
        (lambda: midime.constrain(None, [], 5), "constraints must be values by label"),
    ],
)
def test_settings_and_registries_too(call: Callable, message: str) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert message in str(error.value)


def test_limits_are_numbers() -> None:
    with pytest.raises(UserError, match="`max_file_mb` must be a number above 0"):
        Limits(max_file_mb="5 MB")
