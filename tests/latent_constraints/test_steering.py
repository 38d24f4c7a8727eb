import keras
import numpy as np
import pytest
import tensorflow as tf

from base_vae.errors import UserError
from latent_constraints.actor import Actor
from latent_constraints.config import ConstraintHParams
from latent_constraints.objective import Objective, side_by_side
from latent_constraints.steering import _ascent, constrain
from latent_constraints.training_data import Group
from tests.latent_constraints.known_critics import DIRECTION, Z_SIZE, place_critic, straight_critic, values_of

HPARAMS = ConstraintHParams(distance_weight=0.3, gradient_steps=60, mcmc_steps=60, mcmc_burn_in=60)
ACROSS = np.array([0.0, 0.0, 1.0, 0, 0, 0])
PLACE = np.array([0.0, 0, 0, 0, 1.5, -1.5])


@pytest.fixture(scope="module")
def critic():
    keras.utils.set_random_seed(0)
    return straight_critic()


@pytest.fixture(scope="module")
def critics(critic):
    return [critic, straight_critic("rests", ACROSS), place_critic(PLACE)]


@pytest.fixture(scope="module")
def actor(critic):
    keras.utils.set_random_seed(0)
    actor = Actor(Z_SIZE, critic.classes, (32,))
    objective = Objective([critic], np.ones(Z_SIZE), HPARAMS.distance_weight)
    actor.train(objective, [Group.prior(Z_SIZE)], 400, 128, 1e-2, seed=0)
    return actor


def test_a_critic_finds_a_straight_attribute(critic):
    line = critic.line.kernel.numpy()[:, 0]
    assert line @ DIRECTION / np.linalg.norm(line) > 0.99
    z = np.random.default_rng(5).standard_normal((500, Z_SIZE))
    found = critic.probability(z, critic.allowed_classes("high")) > 0.5
    assert np.mean(found == (values_of(z) > 0)) > 0.95


def test_a_critics_classes_are_a_distribution_in_order(critic):
    z = np.random.default_rng(5).standard_normal((50, Z_SIZE)).astype(np.float32)
    np.testing.assert_allclose(np.exp(critic(tf.constant(z)).numpy()).sum(1), 1.0, rtol=1e-5)
    along = np.linspace(-3, 3, 25)[:, np.newaxis] * DIRECTION
    high = critic.probability(along, critic.allowed_classes("high"))
    assert (np.diff(high) > 0).all()
    np.testing.assert_allclose(
        high + critic.probability(along, critic.allowed_classes("low")), 1.0, rtol=1e-5
    )


@pytest.mark.parametrize("method", ["actor", "gradient"])
@pytest.mark.parametrize("value", ["high", "low"])
def test_both_fast_methods_satisfy_a_constraint(critic, actor, method, value):
    steering = constrain(
        None, [critic], {"density": value}, method=method, actor=actor, hparams=HPARAMS, n=200, seed=3
    )
    above = np.mean(values_of(steering.z) > 0)
    assert (above if value == "high" else 1 - above) > 0.95
    assert 0.4 < np.mean(values_of(steering.start) > 0) < 0.6


@pytest.mark.parametrize("method", ["actor", "gradient"])
def test_what_satisfies_a_constraint_already_hardly_moves(critic, actor, method):
    z = np.random.default_rng(0).standard_normal((300, Z_SIZE)).astype(np.float32)
    moved = constrain(z, [critic], {"density": "high"}, method=method, actor=actor, hparams=HPARAMS).moved
    assert moved[values_of(z) > 1].mean() < 0.5 * moved[values_of(z) < -1].mean()


def test_chains_follow_the_prior_times_the_critic(critic):
    steering = constrain(None, [critic], {"density": "high"}, method="mcmc", hparams=HPARAMS, n=200, seed=1)
    assert steering.acceptance.shape == (200,)
    assert 0.5 < steering.acceptance.mean() < 0.98
    along = values_of(steering.z)
    # Half a normal distribution has the mean sqrt(2 / pi) = 0.80, and what lies across it stays N(0, 1).
    assert abs(along.mean() - 0.80) < 0.15
    assert abs(steering.z[:, 2:].std() - 1.0) < 0.1


def test_a_heavier_distance_moves_less(critic):
    moved = []
    for weight in (0.1, 1.0, 10.0):
        hparams = ConstraintHParams(distance_weight=weight, gradient_steps=60)
        moved.append(constrain(None, [critic], {"density": "high"}, hparams=hparams, n=100).moved.mean())
    assert moved[0] > moved[1] > moved[2] > 0


def test_distance_is_the_papers(critic):
    objective = Objective([critic], np.full(Z_SIZE, 0.5), 1.0)
    z, start = np.zeros((1, Z_SIZE), np.float32), np.zeros((1, Z_SIZE), np.float32)
    z[0, 0] = 2.0
    expected = np.log(1 + 2.0**2) / 0.5**2 / Z_SIZE
    np.testing.assert_allclose(objective.distance(tf.constant(z), tf.constant(start)), [expected], rtol=1e-6)


@pytest.mark.parametrize("method", ["gradient", "mcmc"])
def test_constraints_combine(critics, method):
    constraints = {"density": "high", "rests": "low", "personal": ""}
    z = constrain(None, critics, constraints, method=method, hparams=HPARAMS, n=100, seed=2).z
    least = 0.95 if method == "gradient" else 0.65  # chains follow the density, in which D counts once
    assert np.mean(values_of(z) > 0) > least
    assert np.mean(z @ ACROSS < 0) > least
    assert np.linalg.norm((z - PLACE)[:, 4:], axis=1).mean() < 1.0


def test_a_weight_decides_between_constraints_at_odds(critic):
    opposite = straight_critic("rests", -DIRECTION)
    constraints = {"density": "high", "rests": "high"}
    along = [
        values_of(
            constrain(
                None, [critic, opposite], constraints, hparams=HPARAMS, weights={"density": weight}, n=50
            ).z
        ).mean()
        for weight in (0.2, 1.0, 5.0)
    ]
    assert along[0] < along[1] < along[2]


@pytest.mark.parametrize("method", ["actor", "gradient", "mcmc"])
def test_the_same_seed_gives_the_same_bytes(critic, actor, method):
    def run(seed):
        low = {"density": "low"}
        return constrain(None, [critic], low, n=10, seed=seed, method=method, actor=actor, hparams=HPARAMS).z

    assert run(4).tobytes() == run(4).tobytes()
    assert run(4).tobytes() != run(5).tobytes()


def test_the_same_constraints_are_not_traced_again(critic):
    def traced(**kwargs):
        before = _ascent.cache_info().misses
        constrain(None, [critic], {"density": "high"}, n=5, **kwargs)
        return _ascent.cache_info().misses - before

    hparams = ConstraintHParams(gradient_steps=3)
    assert [traced(hparams=hparams, seed=seed) for seed in (0, 1)] == [1, 0]
    assert [traced(hparams=hparams, weights={"density": weight}) for weight in (2.0, 2.0, 3.0)] == [1, 0, 1]


def test_a_value_goes_to_its_slice(critic):
    z = constrain(None, [critic], {"density": "0.3"}, hparams=HPARAMS, n=200).z
    assert np.mean((values_of(z) > -0.2) & (values_of(z) < 0.87)) > 0.9


def test_critics_without_a_constraint_cost_nothing(critics):
    z = tf.zeros([3, Z_SIZE])
    objective = Objective(critics, np.ones(Z_SIZE), 1.0)
    np.testing.assert_allclose(
        objective.satisfaction(z, tf.constant(side_by_side(critics, {}, 3))), 0, atol=1e-5
    )


@pytest.mark.parametrize(
    ("constraints", "method", "message"),
    [
        ({"density": "high"}, "magic", "actor, gradient, mcmc"),
        ({"density": "high"}, "actor", "there is no actor"),
        ({"speed": "high"}, "gradient", "among those that were trained, density"),
        ({}, "gradient", "received none"),
        ({"density": "much"}, "gradient", "high, low or a number"),
    ],
)
def test_errors_name_what_cannot_be_done(critic, constraints, method, message):
    with pytest.raises(UserError, match=message):
        constrain(None, [critic], constraints, method=method)
