"""Arguments of latent constraints that are of a wrong kind: a sentence, before any work starts."""

from collections.abc import Callable

import numpy as np
import pytest

from base_vae.errors import UserError
from base_vae.trained_model import TrainedModel
from latent_constraints.config import ConstraintHParams
from latent_constraints.constraint import parse_all
from latent_constraints.critics.attribute import AttributeCritic
from latent_constraints.critics.personal import PersonalCritic
from latent_constraints.latent_constraints import LatentConstraints
from latent_constraints.steering import constrain
from tests.tiny_models import CONFIG, lively_model, melodies

ARRAYS, Z = melodies(2), np.zeros((2, 8), np.float32)
CRITIC = AttributeCritic(np.array([-1.0, 0.0, 1.0]), 1, label="density", z_size=8, units=(4,))


@pytest.fixture(scope="module")
def steered() -> LatentConstraints:
    critics = (CRITIC, PersonalCritic(label="personal", z_size=8, units=(4,)))
    constraints = tuple(parse_all(["density:high", "personal"]))
    base = TrainedModel(lively_model(), CONFIG, "tiny")
    return LatentConstraints(base, critics, None, constraints, np.ones(8, np.float32), ConstraintHParams())


def test_music_and_latents_are_judged(steered: LatentConstraints) -> None:
    figures = steered.judge_arrays(ARRAYS.tolist(), Z.tolist())
    assert figures == steered.judge_arrays(ARRAYS, Z) and np.isfinite(list(figures.values())).all()


@pytest.mark.parametrize(
    ("arrays", "z", "message"),
    [
        (None, Z, "`arrays` must be finite numbers"),
        ("x", Z, "`arrays` must be finite numbers"),
        ([], Z, "arrays must have the shape"),
        ([[1, 2], [3]], Z, "`arrays` must be finite numbers"),
        (np.zeros((2, 3)), Z, "arrays must have the shape"),
        (np.full((2, 32), np.nan), Z, "`arrays` must be finite numbers"),
        (np.full((2, 32), 300), Z, "must be whole numbers that are events"),
        (ARRAYS, None, "`z` must be finite numbers"),
        (ARRAYS, [], r"`z` must have the shape \[n, 8\] \(received \[0\]\)"),
        (ARRAYS, np.full((2, 8), np.nan), "`z` must be finite numbers"),
        (ARRAYS, np.full((2, 8), 1e39), "`z` must be finite numbers"),
        (ARRAYS, Z.astype(complex), "`z` must be finite numbers"),
        (ARRAYS, Z[:, :3], r"`z` must have the shape \[n, 8\] \(received \[2, 3\]\)"),
        (ARRAYS, Z[:1], "the music of each z"),
        (ARRAYS[:0], Z[:0], "the music of each z"),
    ],
)
def test_what_cannot_be_judged(steered: LatentConstraints, arrays: object, z: object, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        steered.judge_arrays(arrays, z)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CRITIC.probability(None), "`z` must be finite numbers"),
        (lambda: CRITIC.probability(np.full((1, 8), np.nan)), "`z` must be finite numbers"),
        (lambda: CRITIC.probability(Z[0]), r"`z` must have the shape \[n, 8\]"),
        (lambda: CRITIC.probability(Z, [True, False]), "density takes a value, or 4 times True or False"),
        (lambda: CRITIC.probability(Z, [[1, 2], [3]]), "density takes a value, or 4 times True or False"),
        (lambda: CRITIC.allowed_classes(None), "density must be high, low or a number"),
        (lambda: CRITIC.allowed_classes(np.zeros((0, 8))), "density must be high, low or a number"),
        (lambda: constrain(Z, [CRITIC], {"density": []}), "density takes a value, or 4 times"),
        (
            lambda: constrain(Z, [CRITIC], {"density": "high"}, weights={"density": "x"}),
            "`weight of density`",
        ),
        (lambda: constrain(Z, [CRITIC], {"density": "high"}, scale=np.zeros(8)), "8 numbers above 0"),
        (lambda: constrain(Z, [CRITIC], {"density": "high"}, scale=np.ones(3)), "8 numbers above 0"),
        (lambda: constrain(None, [CRITIC], {"density": "high"}, n=10**30), "`n` must be a whole number"),
    ],
)
def test_critics_and_steering(call: Callable, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        call()
    assert len(str(error.value)) < 200


def test_labels_that_are_no_text(steered: LatentConstraints) -> None:
    for label in (5, None, np.zeros((0, 8)), "x" * 1000):
        with pytest.raises(UserError, match=r"no critic was trained for .* there are density, personal"):
            steered.critic(label)
